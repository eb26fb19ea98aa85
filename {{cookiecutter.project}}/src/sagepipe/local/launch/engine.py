"""Docker or Podman: which of them is used, and its commands."""

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass

from sagepipe.contract.runners import CONTAINER, DOCKER, ENGINES, PODMAN
from sagepipe.local.errors import LocalError

_RUNNER = f"--runner {CONTAINER}"
_OTHERWISE = ", or run with --runner sandbox or --runner process"
_BUILD = "build it with `{engine} build -f docker/Dockerfile --target {target} -t {image} .`"

# What its command needs of the caller's environment, and what it might make something of.
_CLIENT = (
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "LANG",
    "TMPDIR",
    "XDG_RUNTIME_DIR",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "DBUS_SESSION_BUS_ADDRESS",
    "SSH_AUTH_SOCK",
)
_CLIENT_PREFIXES = ("DOCKER_", "CONTAINER_", "CONTAINERS_", "STORAGE_")
READS = re.compile(
    rf"{'|'.join(_CLIENT)}|_?({'|'.join(_CLIENT_PREFIXES)}|BUILDAH_|REGISTRY_|XDG_|LD_|GO|SSL_)"
    r"|(?i:\w+_proxy)"
)


@dataclass(frozen=True)
class Engine:
    """A container engine of this machine's.

    Attributes:
        name: ``docker`` or ``podman``.
        program: Its command's path.
        user: Whom containers have to run as, so that what they write is this user's; the image's
            own user where empty.
    """

    name: str
    program: str
    user: str = ""

    def __call__(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one of its commands to its end.

        Args:
            arguments: The command's words.

        Returns:
            How it ended and what it printed.
        """
        return subprocess.run(
            [self.program, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True
        )

    def environment(self) -> dict[str, str]:
        """Collect what its command needs of the caller's environment.

        Returns:
            Variables by name.
        """
        return {
            name: value
            for name, value in os.environ.items()
            if name in _CLIENT or name.startswith(_CLIENT_PREFIXES)
        }

    @property
    def bridge(self) -> list[str]:
        """The options of ``run`` for a network in which a port can be published.

        It is what engines do by themselves, but that Podman's configuration may say ``host``; a
        user without rights has no bridge there, and a network of another kind that will do.
        """
        return ["--network", "bridge"] if self.name == PODMAN and os.geteuid() == 0 else []

    def removing(self, container: str) -> list[str]:
        """Say how a container is ended at once and removed.

        Args:
            container: Its name.

        Returns:
            The command.
        """
        at_once = ["--time", "0"] if self.name == PODMAN else []
        return [self.program, "rm", "--force", *at_once, container]

    def has(self, image: str) -> bool:
        """Say whether an image is on this machine.

        Args:
            image: Its name.

        Returns:
            Whether it is.
        """
        return self("image", "inspect", image).returncode == 0

    def digest(self, image: str) -> str:
        """Say what an image is: the digest that a registry knows it by, or its id where none does.

        Args:
            image: Its name.

        Returns:
            It, or nothing where the engine does not say.
        """
        said = self("image", "inspect", image)
        if said.returncode != 0:
            return ""
        described = json.loads(said.stdout)[0]
        pushed = [name.partition("@")[2] for name in described.get("RepoDigests") or ()]
        return next(filter(None, pushed), "") or f"image id {described.get('Id', '')}"

    def building(self, image: str, target: str) -> str:
        """Say how an image is built.

        Args:
            image: Its name.
            target: The stage of the project's Dockerfile that makes it.

        Returns:
            The command.
        """
        return _BUILD.format(engine=self.name, target=target, image=image)

    def remedy(self, image: str, target: str) -> str:
        """Say how an image gets here.

        Args:
            image: Its name.
            target: The stage of the project's Dockerfile that makes it.

        Returns:
            The command that builds it, and what else would do.
        """
        return (
            f"{self.building(image, target)}, get it with `{self.name} pull {image}`, or name "
            'another for it in sagepipe.toml: [images] "pattern of its URI" = { image = "..." }'
        )


def find(wanted: str | None, what: str = _RUNNER, otherwise: str = _OTHERWISE) -> Engine:
    """Find an engine that works.

    Args:
        wanted: The one to use; any where not given, Docker first.
        what: What it is for, as errors begin.
        otherwise: What would do without one, as errors end.

    Returns:
        The engine.

    Raises:
        LocalError: There is none; the text says what would help.
    """
    if wanted is not None and wanted not in ENGINES:
        known = " and ".join(ENGINES)
        raise LocalError(f"container engine {wanted!r} is unknown; there are {known}")
    said: list[str] = []
    for name in [wanted] if wanted else ENGINES:
        program = shutil.which(name)
        if program is None:
            continue
        version = "{{.Server.Version}}" if name == DOCKER else "{{.Client.Version}}"
        tried = Engine(name, program)("version", "--format", version)
        if tried.returncode == 0:
            return Engine(name, program, _user(name, program))
        said.append(f"{name}: {_last_line(tried.stderr)}")
    if said:
        raise LocalError(
            f"{what}: no container engine works ({'; '.join(said)}): start it{otherwise}"
        )
    raise LocalError(
        f"{what} needs {wanted or ' or '.join(ENGINES)}, which isn't on PATH: install it{otherwise}"
    )


def _user(name: str, program: str) -> str:
    """Say whom containers run as where they are started by a daemon of root's for someone else."""
    if name == PODMAN or os.geteuid() == 0:
        return ""
    options = Engine(name, program)("info", "--format", "{{.SecurityOptions}}").stdout
    return "" if "rootless" in options else f"{os.geteuid()}:{os.getegid()}"


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["no answer"])[-1]
