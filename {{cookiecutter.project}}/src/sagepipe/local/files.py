"""Folders of files: listing them, making them read-only, copies that share their blocks."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

READ_ONLY = 0o444
_READ_ONLY_FOLDER = 0o555
_FOLDER = 0o755
_DAC_OVERRIDE = 1 << 1  # linux/capability.h
_FICLONE = 0x40049409  # linux/fs.h


def files(folder: Path, links: bool = False, prefix: str = "") -> Iterator[str]:
    """List a folder's files at any depth.

    Args:
        folder: The folder.
        links: Whether links to files count; links to folders never do.
        prefix: What each name begins with.

    Yields:
        Paths below the folder.
    """
    with os.scandir(folder) as listing:
        entries = sorted(listing, key=lambda entry: entry.name)
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from files(Path(entry.path), links, f"{prefix}{entry.name}/")
        elif entry.is_file(follow_symlinks=links):
            yield prefix + entry.name


def protect(folder: Path) -> None:
    """Make a folder and all in it read-only, which root alone can write to all the same.

    Args:
        folder: The folder.
    """
    for place, _, names in os.walk(folder, topdown=False):
        for name in names:
            os.chmod(os.path.join(place, name), READ_ONLY)
        os.chmod(place, _READ_ONLY_FOLDER)


def release(folder: Path) -> None:
    """Let a protected folder be deleted by its owner.

    Args:
        folder: The folder; files in it stay read-only.
    """
    for place, _, _ in os.walk(folder):
        os.chmod(place, _FOLDER)


def modes_bind() -> bool:
    """Say whether a read-only file is one to this process; to root, as a rule, it is not.

    Returns:
        Whether it is.
    """
    try:
        with open("/proc/self/status", encoding="ascii") as status:
            able = next(line for line in status if line.startswith("CapEff:"))
    except (OSError, StopIteration):
        return os.geteuid() != 0
    return not int(able.split()[1], 16) & _DAC_OVERRIDE


def clone(source: Path, target: Path) -> bool:
    """Copy a file without copying its blocks, where the file system can.

    Args:
        source: The file.
        target: The copy, which isn't there yet.

    Returns:
        Whether it could.
    """
    if sys.platform == "darwin":
        import ctypes

        made: int = ctypes.CDLL(None).clonefile(os.fsencode(source), os.fsencode(target), 0)
        return made == 0
    if sys.platform != "linux":
        return False
    import fcntl

    with open(source, "rb") as read, open(target, "wb") as write:
        try:
            fcntl.ioctl(write.fileno(), _FICLONE, read.fileno())
        except OSError:
            target.unlink()
            return False
    return True
