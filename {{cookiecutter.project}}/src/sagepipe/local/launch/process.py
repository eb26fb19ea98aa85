"""Hosts as plain processes: ``/opt/ml`` lies in their folder, and a variable says where."""

import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from sagepipe.contract import hosting, paths
from sagepipe.local.errors import StepError
from sagepipe.local.launch.launch import SERVE, TRAIN, Command, Launch
from sagepipe.local.settings import LocalSettings

LAUNCH_FILE = "launch.json"
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


class ProcessLauncher:
    """Starts hosts as processes of this machine.

    Args:
        settings: The run's settings.
    """

    def __init__(self, settings: LocalSettings) -> None:
        self._settings = settings
        self._files: dict[tuple[str, ...], Path | None] = {
            (TRAIN,): settings.train,
            (SERVE,): settings.serve,
        }

    def faults(self, command: Command) -> Iterator[str]:
        """Find what needs an image, or a file where no file can lie.

        Args:
            command: What a job asks for.

        Yields:
            Each fault as one line.
        """
        for word in command.entrypoint:
            if word.startswith(f"{paths.ML_ROOT}/"):
                yield (
                    f"ContainerEntrypoint names {word}, but processes have their /opt/ml "
                    "elsewhere; run a module of the project with -m"
                )
        if command.entrypoint:
            return
        if command.arguments not in self._files:
            yield (
                "ContainerEntrypoint is missing; processes have no image whose own ENTRYPOINT "
                "could be run"
            )
            return
        (word,), file = command.arguments, self._files[command.arguments]
        if file is None or not file.is_file():
            yield (
                f"the image's {word} command is to be run, and the file that stands for it "
                f"({file or f'LocalSettings.{word}'}) is not there"
            )

    def start(self, launch: Launch) -> "StartedProcess":
        """Start a host.

        Args:
            launch: The host.

        Returns:
            Its process.

        Raises:
            StepError: The program can't be started.
        """
        environment = self._environment(launch)
        command = self._command(launch.command, environment["PATH"])
        work = launch.folder / "work"
        work.mkdir(exist_ok=True)
        _record(launch.folder, command, environment, work)
        with open(launch.log, "ab") as output:
            try:
                process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    cwd=work,
                    env=environment,
                    start_new_session=True,
                )
            except OSError as error:
                raise StepError(f"{command[0]} can't be started: {error}") from None
        return StartedProcess(process)

    def undo(self, launch: Launch) -> list[str]:
        """Leave nothing but processes.

        Returns:
            No command.
        """
        return []

    def _command(self, command: Command, search: str) -> list[str]:
        if not command.entrypoint:
            return [str(self._settings.python), str(self._files[command.arguments])]
        return [
            self._program(command.entrypoint[0], search),
            *command.entrypoint[1:],
            *command.arguments,
        ]

    def _program(self, name: str, search: str) -> str:
        if _PYTHON.fullmatch(name) and not (self._settings.python.parent / name).exists():
            return str(self._settings.python)
        found = shutil.which(name, path=search)
        if found is None:
            raise StepError(f"{name!r} is not to be found on PATH, or may not be run")
        return found

    def _environment(self, launch: Launch) -> dict[str, str]:
        environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        search = os.environ.get("PATH", os.defpath)
        environment["PATH"] = f"{self._settings.python.parent}{os.pathsep}{search}"
        environment["PYTHONUNBUFFERED"] = "1"  # as images set it, so that the log is live
        environment.update(self._settings.environment)
        environment.update(launch.environment)
        if launch.port is not None:
            environment[hosting.PORT_VARIABLE] = str(launch.port)
            environment[hosting.HOST_VARIABLE] = hosting.LOOPBACK
        environment[paths.BASE_DIR_VARIABLE] = str(launch.folder / paths.ML_ROOT.lstrip("/"))
        return environment


class StartedProcess:
    """A process in a session of its own.

    Args:
        process: The process.

    Attributes:
        group: Its process group's number, which is its own.
    """

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self.group: int | None = process.pid

    def wait(self) -> None:
        """Wait until it has ended."""
        if hasattr(os, "waitid"):
            # Not reaped yet, so that its number can't have become another process's.
            os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOWAIT)
        else:
            self._process.wait()

    def signal(self, number: int) -> None:
        """Send a signal to the process and all of its session's.

        Args:
            number: The signal.
        """
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)

    def close(self) -> int:
        """Reap it; a container ends with its first process, and so do the children it left.

        Returns:
            Its exit status, minus n where signal n ended it.
        """
        self.signal(signal.SIGKILL)
        return self._process.wait()


def _record(folder: Path, command: list[str], environment: Mapping[str, str], work: Path) -> None:
    """Write down what is started, so that a person can do it again."""
    content = {
        "command": command,
        "environment": environment,
        "folder": str(work),
        "runner": "process",
    }
    file = folder / LAUNCH_FILE
    file.touch(mode=0o600)  # the environment may hold a password
    file.write_text(json.dumps(content, indent=2), encoding="utf-8")
