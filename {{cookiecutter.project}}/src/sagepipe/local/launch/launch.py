"""What is to be started for one host of a job, and what starts it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

TRAIN, SERVE = "train", "serve"
FUNCTION = "function"  # no container's: a function of the project is called


@dataclass(frozen=True)
class Command:
    """What a container is told to run.

    The platform's rules are Docker's: an entrypoint replaces the image's own, arguments replace its
    ``CMD``; a training job without either gets the argument ``train``, a model ``serve``.

    Attributes:
        image: The image's URI.
        entrypoint: ``ContainerEntrypoint``; the image's own where empty.
        arguments: ``ContainerArguments``, or the one argument that the platform adds.
    """

    image: str
    entrypoint: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True)
class Launch:
    """One host of a job, about to start.

    Attributes:
        command: What to run.
        environment: What the request and the platform set, and nothing else.
        folder: The host's folder; ``opt/ml`` in it stands for ``/opt/ml``.
        log: The file that standard output and error are added to.
        host: Its name, such as ``algo-1``.
        hosts: The names of all hosts of the job.
        network: Whether it may reach the network.
        port: Where it has to listen on this machine's 127.0.0.1, if it serves.
        job: The job's name.
        read_only: Folders under ``/opt/ml`` that it may not write to.
        overlaid: Folders under ``/opt/ml`` that hold links to files of others: these must not be
            altered when it writes there. Some of them may be ``read_only`` too.
    """

    command: Command
    environment: Mapping[str, str]
    folder: Path
    log: Path
    host: str
    hosts: Sequence[str]
    network: bool = True
    port: int | None = None
    job: str = ""
    read_only: Sequence[str] = ()
    overlaid: Sequence[str] = ()


class Started(Protocol):
    """A process, or a container, that runs.

    Attributes:
        group: The number of its process group, if it has one of its own.
    """

    group: int | None

    def wait(self) -> None:
        """Wait until it has ended, and leave it to ``close`` to clear it away."""

    def signal(self, number: int) -> None:
        """Send a signal to it and, where it is SIGKILL, to all that it started."""

    def close(self) -> int:
        """Clear it away.

        Returns:
            Its exit status, minus n where signal n ended it.
        """


class Launcher(Protocol):
    """Starts the hosts of jobs in one way.

    Where the runner itself is killed, the guardian ends all processes whose environment says
    ``SAGEMAKER_BASE_DIR=<folder>/opt/ml``, or that are in ``Started.group``. So whatever a launcher
    starts has that entry in its environment from its first moment, or ends by itself when this
    process is gone, or is ended by the command that ``undo`` names.

    Attributes:
        name: How it starts them, for the record.
    """

    @property
    def name(self) -> str: ...

    def faults(self, command: Command) -> Iterator[str]:
        """Find what can't be run in this way, before anything is started.

        Args:
            command: What a job asks for; words that aren't known yet are left out.

        Yields:
            Each fault as one line.
        """

    def overlays(self, command: Command) -> bool:
        """Say whether its hosts can have overlays (see ``Launch.overlaid``).

        Args:
            command: What a job asks for.
        """

    def start(self, launch: Launch) -> Started:
        """Start a host.

        Args:
            launch: The host.

        Returns:
            What was started.

        Raises:
            StepError: It can't be started.
        """

    def undo(self, launch: Launch) -> list[str]:
        """Say how a host is ended by somebody else, when the runner is gone.

        Args:
            launch: The host, which may or may not have started.

        Returns:
            A command for what isn't a process of this machine's; empty where processes are all.
        """
