"""Knowing whether the process that runs an execution is still there."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_FILE = "run.lock"
_GUARDIAN = "guardian.lock"


@contextmanager
def held(folder: Path, wait: bool = True) -> Iterator[None]:
    """Hold a run's lock; the system lets go of it however the process ends.

    Args:
        folder: The run's folder.
        wait: Whether to wait for it.

    Yields:
        Nothing.

    Raises:
        BlockingIOError: Another process holds it.
    """
    with open(folder / _FILE, "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield


@contextmanager
def guarded(folder: Path) -> Iterator[int]:
    """Wait until no guardian is at work in a run's folder, and make a lock for the next one.

    Args:
        folder: The run's folder.

    Yields:
        A descriptor; as long as a process has inherited it, the next caller waits.
    """
    with open(folder / _GUARDIAN, "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file.fileno()


@contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Be alone with a folder for a moment.

    Args:
        folder: The folder; it is its own lock file.

    Yields:
        Nothing.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def is_held(folder: Path) -> bool:
    """Say whether a run's process is there.

    Args:
        folder: The run's folder.

    Returns:
        Whether someone holds the lock.
    """
    try:
        with open(folder / _FILE) as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False
