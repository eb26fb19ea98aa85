"""Folders in which files wait for the rename that makes them objects.

Each lies on the file system that its files go to. What stands for S3 has one place for all of them;
a folder beside files of the user's own leaves a link there, so that it is found again where the
process was killed.
"""

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sagepipe.local import identity

_FOLDER = ".uploads"  # no bucket's name begins with a dot


@contextmanager
def staged(root: Path, beside: Path | None) -> Iterator[Path]:
    """Make a folder; it is gone afterwards.

    Args:
        root: What stands for S3.
        beside: A place of the user's own beside which it shall be; in ``root`` where not given.

    Yields:
        The folder.
    """
    known = root / _FOLDER / f".sagepipe-{identity.random(16)}"
    folder = beside.parent / known.name if beside else known
    known.parent.mkdir(parents=True, exist_ok=True)
    if beside:
        known.symlink_to(folder)
    try:
        folder.mkdir(parents=True)
        yield folder
    finally:
        clear([known])


def under_way(root: Path) -> list[Path]:
    """List the folders that are in use, and those that killed processes left.

    Args:
        root: What stands for S3.

    Returns:
        What ``clear`` takes.
    """
    folder = root / _FOLDER
    return list(folder.iterdir()) if folder.is_dir() else []


def clear(found: Iterable[Path]) -> None:
    """Remove folders, wherever they lie.

    Args:
        found: From ``under_way``.
    """
    for known in found:
        if known.is_symlink():
            folder = known.readlink()
            if folder.name == known.name:  # its own random name: nobody else's folder
                shutil.rmtree(folder, ignore_errors=True)
            known.unlink(missing_ok=True)
        else:
            shutil.rmtree(known, ignore_errors=True)
