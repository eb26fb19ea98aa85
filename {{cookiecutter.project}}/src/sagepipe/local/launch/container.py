"""Hosts as containers of Docker's or Podman's: the real image.

A host gets the folders under ``/opt/ml`` that SageMaker would mount, each by itself, so that the
image's other folders there are not hidden; the variables that the request and the platform set,
and none of this machine's; no network but its own loopback, unless it is asked for. Hosts of one
job share a network of their own, as in SageMaker. One that serves can be reached from this machine.
"""

import os
import shlex
import signal
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import suppress

from sagepipe.contract import hosting, names
from sagepipe.contract.runners import CONTAINER, PODMAN
from sagepipe.local import note
from sagepipe.local.errors import StepError
from sagepipe.local.expressions import PENDING
from sagepipe.local.launch import engine, mounts, record
from sagepipe.local.launch.engine import Engine
from sagepipe.local.launch.launch import SERVE, Command, Launch
from sagepipe.local.launch.mounts import Mount
from sagepipe.local.launch.networks import Networks
from sagepipe.local.settings import LocalSettings

_NOT_STARTED = 125  # docker run, "Exit status": the fault is with the engine itself


class ContainerLauncher:
    """Starts hosts in containers.

    Args:
        settings: The run's settings.

    Raises:
        LocalError: No container engine works here; the text says what would help.

    Attributes:
        name: How it runs them, for the record.
    """

    def __init__(self, settings: LocalSettings) -> None:
        self._settings = settings
        self._engine = engine.find(settings.engine)
        self._networks = Networks(self._engine)
        self._digests: dict[str, str] = {}
        self._there: set[str] = set()
        self.name = f"{CONTAINER} ({self._engine.name})"

    def faults(self, command: Command) -> Iterator[str]:
        """Find an image that isn't on this machine.

        Args:
            command: What a job asks for.

        Yields:
            Each fault as one line.
        """
        image = self._settings.stand_in(command.image).name
        if image in self._there or command.image == str(PENDING):
            return
        if self._engine.has(image):
            self._there.add(image)
            return
        target = "serve" if command.arguments == (SERVE,) else "train"
        remedy = self._engine.remedy(image, target)
        yield f"image {image} is not on this machine: {remedy}"

    def overlays(self, command: Command) -> bool:
        """Say whether a host can have overlays, which Podman makes.

        Args:
            command: What a job asks for.

        Returns:
            Whether the engine is Podman, and can be told the folders' names.
        """
        return self._engine.name == PODMAN and ":" not in os.fspath(self._settings.root)

    def start(self, launch: Launch) -> "StartedContainer":
        """Start a host.

        Args:
            launch: The host.

        Returns:
            Its container.

        Raises:
            StepError: The engine can't be started, or makes no network.
        """
        environment = self._engine.environment()
        name = _name(launch)
        image = self._settings.stand_in(launch.command.image).name
        common = [
            *self._variables(launch, environment, image),
            *_arguments(mounts.tracking(launch.environment)),
            *_arguments(mounts.opt_ml(launch)),
            *_overlays(launch),
            *("--hostname", launch.host),
            *self._network(launch),
        ]
        run = [self._engine.program, "run", "--rm", "--pull", "never", *self._options()]
        command = [*run, "--log-driver", "none", "--name", name, *common]
        command += _words(launch.command, image)
        record.write(
            launch.folder,
            runner=self.name,
            command=command,
            inside=[*run, "--interactive", *common, "--entrypoint", "", image],
            environment=environment,
            folder=launch.folder,
            own=[*launch.command.entrypoint, *launch.command.arguments] or [image],
        )
        with open(launch.log, "ab") as output:
            try:
                process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    env=environment,
                    start_new_session=True,
                )
            except OSError as error:
                self._networks.leave(launch)
                raise StepError(f"{command[0]} can't be started: {error}") from None
        return StartedContainer(process, self._engine, name, launch, self._networks)

    def undo(self, launch: Launch) -> list[str]:
        """Say how a host is ended by somebody else.

        Args:
            launch: The host.

        Returns:
            The command that removes its container, and the job's network after the last one.
        """
        remove = self._engine.removing(_name(launch))
        if not self._networks.needed(launch):
            return remove
        return ["sh", "-c", f"{shlex.join(remove)}; {shlex.join(self._networks.removing(launch))}"]

    def _options(self) -> Iterator[str]:
        yield from ("--security-opt", "label=disable")  # SELinux would hide the mounted folders
        if self._engine.user:
            yield from ("--user", self._engine.user)
        if self._engine.name == PODMAN:
            yield "--http-proxy=false"  # it would pass this machine's on

    def _variables(self, launch: Launch, environment: dict[str, str], image: str) -> Iterator[str]:
        """Give the host's variables, by name alone where they can be: others see command lines."""
        variables = dict(launch.environment)
        if names.IMAGE_VARIABLE in variables:  # a component's, which records it
            variables[names.IMAGE_DIGEST_VARIABLE] = self._digest(image)
        if self._engine.user:
            variables.setdefault("HOME", "/tmp")  # that user has none in the image
        for name, value in variables.items():
            if engine.READS.match(name):
                yield from ("--env", f"{name}={value}")
            else:
                environment[name] = value
                yield from ("--env", name)

    def _digest(self, image: str) -> str:
        """Ask the engine what an image is, once."""
        if image not in self._digests:
            self._digests[image] = self._engine.digest(image)
        return self._digests[image]

    def _network(self, launch: Launch) -> list[str]:
        outside = self._settings.network and launch.network
        if launch.port is not None:
            published = f"{hosting.LOOPBACK}:{launch.port}:{hosting.DEFAULT_PORT}"
            return [*self._engine.bridge, "--publish", published]
        if self._networks.needed(launch):
            return self._networks.join(launch, outside)
        own = ["--add-host", f"{launch.host}:{hosting.LOOPBACK}"]
        return own if outside else ["--network", "none", *own]


class StartedContainer:
    """A container, by the engine's command that runs it.

    Args:
        process: The command.
        engine: The engine.
        name: The container's name.
        launch: The host.
        networks: The networks of jobs.

    Attributes:
        group: The command's process group.
    """

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        engine: Engine,
        name: str,
        launch: Launch,
        networks: Networks,
    ) -> None:
        self._process = process
        self._engine = engine
        self._name = name
        self._launch = launch
        self._networks = networks
        self.group: int | None = process.pid

    def wait(self) -> None:
        """Wait until it has ended."""
        os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOWAIT)

    def signal(self, number: int) -> None:
        """Send a signal to the container's first process; all others end with it.

        Args:
            number: The signal.
        """
        if os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG):
            return
        sent = self._engine("kill", "--signal", signal.Signals(number).name, self._name)
        if sent.returncode != 0:  # it hasn't begun yet, and so it never shall
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def close(self) -> int:
        """Reap the command, and remove what it could not.

        Returns:
            The exit status, 128 + n where signal n ended the container's first process.
        """
        status = self._process.wait()
        if status == _NOT_STARTED:
            note.add(self._launch.log, f"{self._engine.name} could not start the container")
        if status < 0 or status == _NOT_STARTED:
            subprocess.run(
                self._engine.removing(self._name), stdin=subprocess.DEVNULL, capture_output=True
            )
        self._networks.leave(self._launch)
        return status


def _name(launch: Launch) -> str:
    return f"{launch.job}-{launch.host}"


def _words(command: Command, image: str) -> list[str]:
    """Ask for a command by Docker's rules: an entrypoint replaces the image's own and its CMD."""
    if not command.entrypoint:
        return [image, *command.arguments]
    first, *rest = command.entrypoint
    return ["--entrypoint", first, image, *rest, *command.arguments]


def _overlays(launch: Launch) -> Iterator[str]:
    for path in launch.overlaid:
        if path not in launch.read_only:
            yield from ("--volume", f"{launch.folder / path.lstrip('/')}:{path}:O")


def _arguments(found: Iterable[Mount]) -> Iterator[str]:
    for mount in found:
        fields = ["type=bind", f"source={mount.source}", f"target={mount.target}"]
        if mount.read_only:
            fields.append("readonly")
        yield from ("--mount", ",".join(fields))
