"""Checkpoints: brought at the start, stored while the job runs and when it ends.

Sources: SageMaker Developer Guide, "Use checkpoints in Amazon SageMaker"; CreateTrainingJob,
CheckpointConfig. All hosts are given all files; what one deletes is deleted.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sagepipe.contract import paths
from sagepipe.local.expressions import PENDING
from sagepipe.local.jobs import mirror
from sagepipe.local.jobs.job import Job

_TAKEN = (paths.TRAINING_INPUT, paths.MODEL, paths.TRAINING_OUTPUT)


def faults(request: Mapping[str, Any]) -> Iterator[str]:
    """Check where checkpoints are written.

    Args:
        request: The step's arguments; what isn't known yet stands as ``PENDING``.

    Yields:
        The fault as one line.
    """
    path = _path(request)
    if path in (None, PENDING):
        return
    if not isinstance(path, str) or not path.startswith(f"{paths.ML_ROOT}/"):
        yield f"CheckpointConfig.LocalPath is {path!r}; here it has to lie under {paths.ML_ROOT}/"
    elif ".." in path.split("/"):
        yield f"CheckpointConfig.LocalPath {path!r} leads out of its folder (..)"
    elif any(_meet(path, taken) for taken in _TAKEN):
        yield f"CheckpointConfig.LocalPath {path!r} is a folder that SageMaker uses itself"


@contextmanager
def kept(job: Job) -> Iterator[None]:
    """Bring a job's checkpoints, and store what becomes of them.

    Args:
        job: The job.

    Yields:
        Nothing.

    Raises:
        StepError: They could not be stored.
    """
    path = _path(job.request)
    if path is None:
        yield
        return
    uri = f"{job.request['CheckpointConfig']['S3Uri'].rstrip('/')}/"
    mirrors = []
    for host in job.hosts:
        host.write_json(paths.CHECKPOINT_CONFIG_FILE, {"LocalPath": path})
        job.storage.download(uri, host.place(path), link=False)
        mirrors.append(mirror.Mirror(host.place(path), uri, job.storage, deletes=True))
    with mirror.running(mirrors):
        yield
    for item in mirrors:
        item.all()


def _path(request: Mapping[str, Any]) -> Any:
    config = request.get("CheckpointConfig")
    return (config.get("LocalPath") or paths.CHECKPOINTS) if config else None


def _meet(one: str, other: str) -> bool:
    first, second = f"{one.rstrip('/')}/", f"{other}/"
    return first.startswith(second) or second.startswith(first)
