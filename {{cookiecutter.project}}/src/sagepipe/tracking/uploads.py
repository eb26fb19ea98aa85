"""Files on their way to where a store keeps artifacts."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

_AT_ONCE = 4  # one request a file: beside each other they wait for the server together


class Upload(NamedTuple):
    """One file.

    Attributes:
        file: Where it is.
        folder: The artifact folder that it goes to; None for the uppermost.
    """

    file: Path
    folder: str | None


def below(path: Path, folder: str | None) -> Iterator[Upload]:
    """List a file, or all files of a folder with the folders that they lie in.

    Args:
        path: The file or folder.
        folder: The artifact folder that it goes to.

    Yields:
        The files.
    """
    if not path.is_dir():
        yield Upload(path, folder)
        return
    for file in sorted(path.rglob("*")):
        if file.is_file():
            parts = [folder, *file.relative_to(path).parent.parts]
            yield Upload(file, "/".join(part for part in parts if part) or None)


def send(location: str, tracking_uri: str, files: Sequence[Upload]) -> None:
    """Put files where artifacts are kept.

    Args:
        location: The artifact location of a run or model.
        tracking_uri: The store.
        files: What to put there.
    """
    from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository
    from mlflow.store.artifact.local_artifact_repo import LocalArtifactRepository

    place: Any = get_artifact_repository(location, tracking_uri=tracking_uri)

    def put(upload: Upload) -> None:
        place.log_artifact(str(upload.file), upload.folder)

    if len(files) == 1 or isinstance(place, LocalArtifactRepository):
        for upload in files:
            put(upload)
        return
    with ThreadPoolExecutor(_AT_ONCE, "sagepipe-upload") as pool:
        list(pool.map(put, files))  # raises what one of them raised
