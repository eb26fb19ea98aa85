"""What a local run needs to know about this machine and this project."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from sagepipe.contract import limits
from sagepipe.contract.runners import CONTAINER, PROCESS

ACCOUNT = "000000000000"
REGION = "local"


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(frozen=True)
class Image:
    """What is said of the images of a pattern; what is ``None`` is as for all other images.

    Attributes:
        python: The interpreter that stands for its Python.
        train: The Python file that stands for its ``train`` command.
        serve: The Python file that stands for its ``serve`` command.
        runner: How its jobs are run.
        name: What the container engine of this machine calls it.
    """

    python: Path | None = None
    train: Path | None = None
    serve: Path | None = None
    runner: str | None = None
    name: str | None = None


@dataclass(frozen=True)
class StandIn:
    """What stands for one image here.

    Attributes:
        python: The interpreter.
        train: The Python file of its ``train`` command, if any.
        serve: The Python file of its ``serve`` command, if any.
        runner: How its jobs are run.
        name: What the container engine calls it.
    """

    python: Path
    train: Path | None
    serve: Path | None
    runner: str
    name: str


@dataclass(frozen=True)
class LocalSettings:
    """Where a run keeps its things and what stands for the image.

    Attributes:
        root: The folder of runs, of the S3 stand-in and of the database.
        project: The project's folder; local paths that stand for S3 URIs start here.
        train: The Python file that stands for the image's ``train`` command.
        serve: The Python file that stands for the serving image's ``serve`` command.
        functions: What stands for a Lambda function or a queue's consumer: a pattern of its ARN,
            name or URL, and ``module:function``.
        python: The interpreter that stands for the image's Python.
        runner: How jobs are run: ``process``, ``sandbox`` or ``container``.
        images: What stands for which image: patterns of URIs (``*``, ``?``, ``[…]``); the first
            that fits counts, and this Python and the files above where none does.
        network: Whether jobs in a sandbox or a container may reach the network.
        engine: ``docker`` or ``podman``; the one that works where not given, Docker first.
        max_parallel: How many steps run at once; the number of cores where not given.
        environment: What the image's ``ENV`` lines would set, for every job.
        cold: Whether to start every process anew, rather than fork it from one that is warm.
        stop_grace: Seconds from SIGTERM to SIGKILL when a job is stopped.
        interrupt: For a Training step on spot instances, after how many seconds its job is
            interrupted once.
        debug: The step whose component runs under the debugger, at this process's terminal.
    """

    root: Path = Path(".sagepipe")
    project: Path = field(default_factory=Path.cwd)
    train: Path | None = None
    serve: Path | None = None
    functions: Mapping[str, str] = field(default_factory=dict)
    python: Path = Path(sys.executable)
    runner: str = PROCESS
    images: Mapping[str, Image] = field(default_factory=dict)
    network: bool = False
    engine: str | None = None
    max_parallel: int | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    cold: bool = False
    stop_grace: float = limits.STOP_GRACE_SECONDS
    interrupt: Mapping[str, float] = field(default_factory=dict)
    debug: str | None = None

    def __post_init__(self) -> None:
        project = Path(os.path.abspath(self.project))
        object.__setattr__(self, "project", project)
        object.__setattr__(self, "root", project / self.root)
        for name in ("train", "serve"):
            if (file := getattr(self, name)) is not None:
                object.__setattr__(self, name, project / file)
        # Not resolved: a virtual environment's python is a symbolic link.
        object.__setattr__(self, "python", Path(os.path.abspath(self.python)))

    def stand_in(self, uri: str) -> StandIn:
        """Say what stands for an image.

        Args:
            uri: Its URI.

        Returns:
            What the first pattern that fits says, and what holds for all images where it is silent.
        """
        fitting = (image for pattern, image in self.images.items() if fnmatchcase(uri, pattern))
        found = next(fitting, Image())
        return StandIn(
            python=self._absolute(found.python) or self.python,
            train=self._absolute(found.train) or self.train,
            serve=self._absolute(found.serve) or self.serve,
            runner=found.runner or self.runner,
            name=found.name or uri,
        )

    def _absolute(self, path: Path | None) -> Path | None:
        return Path(os.path.abspath(self.project / path.expanduser())) if path else None

    @property
    def in_containers(self) -> bool:
        """Whether jobs of some image run in containers, as whoever the image says."""
        runners = {self.runner, *(image.runner for image in self.images.values())}
        return CONTAINER in runners

    @property
    def parallel(self) -> int:
        """How many steps run at once."""
        return self.max_parallel or _cores()

    @property
    def runs(self) -> Path:
        """The folder that holds one folder an execution."""
        return self.root / "runs"

    @property
    def s3(self) -> Path:
        """The folder that stands for S3: ``s3://bucket/key`` is ``<s3>/bucket/key``."""
        return self.root / "s3"

    @property
    def models(self) -> Path:
        """The folder of what CreateModel made."""
        return self.root / "models"

    @property
    def database(self) -> Path:
        """The SQLite file of executions, steps and model packages."""
        return self.root / "sagepipe.db"


def arn(resource: str) -> str:
    """Name a resource as AWS would.

    Args:
        resource: Kind and name, such as ``training-job/x``.

    Returns:
        An ARN whose region ``local`` says where it lives.
    """
    return f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:{resource}"
