"""A step's folder: new for each attempt, with the logs of the attempts before it."""

import os
import shutil
from pathlib import Path

from sagepipe.local.history import LOG


def fresh(folder: Path) -> None:
    """Make a step's folder, or empty it of an earlier attempt; that one's log stays beside the new.

    Args:
        folder: The folder. Whatever ends this on its way, the next call does the rest.
    """
    folder.mkdir(exist_ok=True)
    log = folder / LOG
    logs = {path.name for path in folder.glob(_name("*"))}
    if log.exists() and log.stat().st_size:
        log.rename(folder / _name(str(len(logs) + 1)))
    for entry in list(os.scandir(folder)):
        if entry.name in logs or entry.name == _name(str(len(logs) + 1)):
            continue
        if entry.is_dir(follow_symlinks=False):
            _remove(Path(entry.path))
        else:
            os.unlink(entry.path)


def _name(number: str) -> str:
    return Path(LOG).stem + f".{number}" + Path(LOG).suffix


def _remove(folder: Path) -> None:
    """Remove a folder, also where a job has taken the right to do so away."""
    for path, _, _ in os.walk(folder):
        os.chmod(path, 0o700)
    shutil.rmtree(folder)
