"""What a local run needs to know about this machine and this project."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sagepipe.contract import limits

ACCOUNT = "000000000000"
REGION = "local"


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


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
        max_parallel: How many steps run at once; the number of cores where not given.
        environment: What the image's ``ENV`` lines would set, for every job.
        stop_grace: Seconds from SIGTERM to SIGKILL when a job is stopped.
    """

    root: Path = Path(".sagepipe")
    project: Path = field(default_factory=Path.cwd)
    train: Path | None = None
    serve: Path | None = None
    functions: Mapping[str, str] = field(default_factory=dict)
    python: Path = Path(sys.executable)
    max_parallel: int | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    stop_grace: float = limits.STOP_GRACE_SECONDS

    def __post_init__(self) -> None:
        project = Path(os.path.abspath(self.project))
        object.__setattr__(self, "project", project)
        object.__setattr__(self, "root", project / self.root)
        for name in ("train", "serve"):
            if (file := getattr(self, name)) is not None:
                object.__setattr__(self, name, project / file)
        # Not resolved: a virtual environment's python is a symbolic link.
        object.__setattr__(self, "python", Path(os.path.abspath(self.python)))

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
