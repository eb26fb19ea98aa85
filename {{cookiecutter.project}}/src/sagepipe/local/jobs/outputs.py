"""What a job leaves: the files of all its hosts under one prefix, or in one archive.

Sources: SageMaker Developer Guide, "Amazon SageMaker Training Storage Folders", "Uncompressed model
output"; CreateProcessingJob. Where SageMaker doesn't say what it does: of files of one name the
first host's is kept, and the log names the others; uncompressed output lies in ``output/model/``
and ``output/data/``.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sagepipe.contract import paths
from sagepipe.local import archive
from sagepipe.local.files import files
from sagepipe.local.jobs.job import Job

_UNCOMPRESSED = "NONE"
_FOLDERS = (
    (paths.MODEL, paths.MODEL_ARCHIVE, "model"),
    (paths.OUTPUT_DATA, paths.OUTPUT_ARCHIVE, "data"),
)


def upload(job: Job, path: str, uri: str) -> None:
    """Store what hosts have in a folder, as it is.

    Args:
        job: The job.
        path: The folder, under ``/opt/ml``.
        uri: The prefix.
    """
    job.storage.store(_merged(job, path), uri)


def upload_model(job: Job, prefix: str, compression: Any) -> None:
    """Store a training job's model and output; both appear at once.

    Args:
        job: The job.
        prefix: Where to.
        compression: ``OutputDataConfig.CompressionType``.
    """
    if compression == _UNCOMPRESSED:
        named = {
            f"{folder}/{name}": file
            for path, _, folder in _FOLDERS
            for name, file in _merged(job, path).items()
        }
        job.storage.store(named, prefix)
        return
    with job.storage.staged(prefix) as staged:
        for path, name, _ in _FOLDERS:
            left = [host.left(path) for host in job.hosts]
            folders = [folder for folder in left if folder and any(folder.iterdir())]
            if folders:
                for left_out in archive.create(folders, staged / name):
                    job.note(f"left out of {name}: {left_out}")
        job.storage.publish(staged, prefix)


def model_uri(prefix: str, compression: Any) -> str:
    """Say where a training job's model lies.

    Args:
        prefix: As for ``upload_model``.
        compression: The same.

    Returns:
        ``ModelArtifacts.S3ModelArtifacts``: an archive, or a prefix.
    """
    return f"{prefix}/model/" if compression == _UNCOMPRESSED else f"{prefix}/{paths.MODEL_ARCHIVE}"


def _merged(job: Job, path: str) -> Mapping[str, Path]:
    found: dict[str, Path] = {}
    for host in job.hosts:
        folder = host.left(path)
        if folder is None:
            job.note(f"{host.name}'s {path} is no folder any more: nothing of it is uploaded")
            continue
        for name in files(folder):
            if name in found:
                job.note(f"{host.name}'s {name} is left out: an earlier host's is there already")
            found.setdefault(name, folder / name)
    return found
