"""What of this machine a host sees in its sandbox or container, and where."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sagepipe.contract import names, paths
from sagepipe.local.launch.launch import Launch

_SQLITE = "sqlite:///"
_ARTIFACTS = "mlartifacts"  # where tracking puts a SQLite store's artifacts


@dataclass(frozen=True)
class Mount:
    """A file or folder of this machine's.

    Attributes:
        source: The file or folder.
        target: Where the host sees it.
        read_only: Whether it may only read it.
    """

    source: Path
    target: str
    read_only: bool = False


def opt_ml(launch: Launch) -> Iterator[Mount]:
    """List the folders under ``/opt/ml``, each by itself.

    Args:
        launch: The host.

    Yields:
        What lies in the host's ``opt/ml``, and what of that may only be read.
    """
    root = launch.folder / paths.ML_ROOT.lstrip("/")
    for entry in sorted(root.iterdir()):
        yield Mount(entry, f"{paths.ML_ROOT}/{entry.name}")
    yield from read_only(launch)


def read_only(launch: Launch) -> Iterator[Mount]:
    """List the folders under ``/opt/ml`` that may only be read.

    Args:
        launch: The host.

    Yields:
        A mount for each.
    """
    for path in launch.read_only:
        yield Mount(launch.folder / path.lstrip("/"), path, read_only=True)


def tracking(environment: Mapping[str, str]) -> Iterator[Mount]:
    """List what a job needs to record its run in an MLflow store of this machine's.

    A SQLite database is written to through files beside it, which come and go. So its folder, as a
    rule the project's, has to be writable; whatever else lies in it already may only be read.

    Args:
        environment: The job's variables; they name the store.

    Yields:
        The store's folder under its own path, and what is to be protected in it.
    """
    uri = environment.get(names.TRACKING_URI_VARIABLE, "")
    if uri.startswith(f"{_SQLITE}/"):
        database = Path(uri[len(_SQLITE) :])
        folder = database.parent
    elif uri.startswith(("/", "file:")):
        database = None
        folder = Path(unquote(urlsplit(uri).path))
    else:
        return
    folder.mkdir(parents=True, exist_ok=True)
    yield Mount(folder, os.fspath(folder))
    if database:
        for entry in sorted(folder.iterdir()):
            if not _of_store(entry, database) and not entry.is_symlink():
                yield Mount(entry, os.fspath(entry), read_only=True)


def _of_store(entry: Path, database: Path) -> bool:
    """Say whether a file belongs to a SQLite store: the database, its journals, its artifacts."""
    return entry.name == database.name or entry.name.startswith((f"{database.name}-", _ARTIFACTS))
