"""What stands for an image where there is none: this machine's programs and the project's files."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from sagepipe.contract import hosting, names, paths
from sagepipe.local.errors import StepError
from sagepipe.local.launch.launch import SERVE, TRAIN, Command, Launch
from sagepipe.local.settings import LocalSettings, StandIn

_PYTHON = re.compile(r"python(3(\.\d+)?)?")

# What this machine has to tell every process; nothing else of the caller's environment gets in.
_INHERITED = (
    "HOME",
    "USER",
    "LOGNAME",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
    "TMPDIR",
    "LD_LIBRARY_PATH",  # interpreters that need it to start
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
)


def faults(command: Command, image: StandIn) -> Iterator[str]:
    """Find what needs the image itself.

    Args:
        command: What a job asks for.
        image: What stands for its image.

    Yields:
        Each fault as one line.
    """
    if command.entrypoint:
        return
    if command.arguments not in ((TRAIN,), (SERVE,)):
        yield (
            "ContainerEntrypoint is missing, and without the image its own ENTRYPOINT can't be "
            "run; run it with --runner container"
        )
        return
    (word,) = command.arguments
    file = _file(command, image)
    if file is None or not file.is_file():
        yield (
            f"the image's {word} command is to be run, and the file that stands for it "
            f"({file or f'LocalSettings.{word}'}) is not there"
        )


def terminal() -> dict[str, str]:
    """Say what terminal this is, which no job knows.

    Returns:
        Variables by name.
    """
    return {name: os.environ[name] for name in ("TERM", "COLORTERM") if name in os.environ}


def words(command: Command, image: StandIn, search: str) -> list[str]:
    """Say what this machine runs for a command.

    Args:
        command: What a job asks for.
        image: What stands for its image.
        search: The folders of programs, as in ``PATH``.

    Returns:
        The program's path and its arguments.

    Raises:
        StepError: There is no such program.
    """
    if not command.entrypoint:
        return [str(image.python), str(_file(command, image))]
    return [
        _program(command.entrypoint[0], image, search),
        *command.entrypoint[1:],
        *command.arguments,
    ]


def environment(settings: LocalSettings, launch: Launch, image: StandIn) -> dict[str, str]:
    """Collect a host's variables, but for where its ``/opt/ml`` is.

    Args:
        settings: The run's settings.
        launch: The host.
        image: What stands for its image.

    Returns:
        This machine's own, those that stand for the image's ``ENV`` lines, the host's.
    """
    found = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    search = os.environ.get("PATH", os.defpath)
    found["PATH"] = f"{image.python.parent}{os.pathsep}{search}"
    found["PYTHONUNBUFFERED"] = "1"  # as images set it, so that the log is live
    if names.IMAGE_VARIABLE in launch.environment:  # a component's, which records it
        found[names.IMAGE_DIGEST_VARIABLE] = names.NO_IMAGE
    found.update(settings.environment)
    found.update(launch.environment)
    if launch.port is not None:
        found[hosting.PORT_VARIABLE] = str(launch.port)
        found[hosting.HOST_VARIABLE] = hosting.LOOPBACK
    return found


def _file(command: Command, image: StandIn) -> Path | None:
    return image.train if command.arguments == (TRAIN,) else image.serve


def _program(name: str, image: StandIn, search: str) -> str:
    if _PYTHON.fullmatch(name) and not (image.python.parent / name).exists():
        return str(image.python)
    if name.startswith((f"{paths.ML_ROOT}/", f"{paths.SERVING_PROGRAM}/")):
        return name
    found = shutil.which(name, path=search)
    if found is None:
        raise StepError(f"{name!r} is not to be found on PATH, or may not be run")
    return found
