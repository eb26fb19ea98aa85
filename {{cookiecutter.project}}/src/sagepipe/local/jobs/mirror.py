"""Folders of a running job whose files are stored as they change: checkpoints, continuous outputs.

Sources: SageMaker Developer Guide, "Use checkpoints in Amazon SageMaker"; CreateProcessingJob,
ProcessingS3Output. A file is stored once it hasn't changed between two looks, so that it is seldom
half-written; in S3 it appears at once, as every object.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from typing import TypeAlias

from sagepipe.local.errors import StepError
from sagepipe.local.files import files
from sagepipe.local.storage import Storage

INTERVAL = 1.0  # seconds from one look to the next

_Seen: TypeAlias = Mapping[str, tuple[int, int, int]]


class Mirror:
    """Keeps a prefix as a folder is, as long as the job leaves it in its place.

    Args:
        folder: The folder.
        uri: The prefix.
        storage: Where it lies.
        deletes: Whether what is deleted in the folder is deleted there too.
    """

    def __init__(self, folder: Path, uri: str, storage: Storage, deletes: bool) -> None:
        self._folder = folder
        self._uri = uri
        self._storage = storage
        self._deletes = deletes
        self._stored = self._seen = self._look()

    def settled(self) -> None:
        """Store what has changed, but not since the last look."""
        if not self._there():
            return
        before, self._seen = self._seen, self._look()
        self._bring({name: seen for name, seen in self._seen.items() if before.get(name) == seen})

    def all(self) -> None:
        """Store whatever has changed; the job has ended."""
        if self._there():
            self._seen = self._look()
            self._bring(self._seen)

    def _there(self) -> bool:
        return self._folder.is_dir() and not self._folder.is_symlink()

    def _bring(self, ready: _Seen) -> None:
        changed = {name: seen for name, seen in ready.items() if self._stored.get(name) != seen}
        gone = self._stored.keys() - self._seen.keys()
        self._storage.store({name: self._folder / name for name in changed}, self._uri, link=False)
        if self._deletes:
            self._storage.remove(gone, self._uri)
        kept = {name: seen for name, seen in self._stored.items() if name not in gone}
        self._stored = {**kept, **changed}

    def _look(self) -> _Seen:
        looked = ((name, _state(self._folder / name)) for name in files(self._folder))
        return {name: seen for name, seen in looked if seen}


@contextmanager
def running(mirrors: Sequence[Mirror]) -> Iterator[None]:
    """Look after folders while a job runs.

    Args:
        mirrors: The folders.

    Yields:
        Nothing.

    Raises:
        StepError: Something could not be stored.
    """
    if not mirrors:
        yield
        return
    over = Event()
    faults: list[StepError] = []
    thread = Thread(target=_watch, args=[mirrors, over, faults], name="mirror", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
    if faults:
        raise faults[0]


def _watch(mirrors: Sequence[Mirror], over: Event, faults: list[StepError]) -> None:
    while not over.wait(INTERVAL):
        for mirror in mirrors:
            try:
                with suppress(FileNotFoundError):  # deleted under our eyes: next time
                    mirror.settled()
            except StepError as error:
                faults.append(error)
                return
            except OSError as error:
                faults.append(StepError(f"files can't be stored while the job runs: {error}"))
                return


def _state(file: Path) -> tuple[int, int, int] | None:
    try:
        found = file.stat()
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
