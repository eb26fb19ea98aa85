"""Writing model.tar.gz and output.tar.gz."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

_LEVEL = 1  # models hardly compress; the fastest level costs the least


def create(folders: Sequence[Path], target: Path) -> list[str]:
    """Pack what folders contain, at the archive's root.

    The same contents give the same bytes, file times aside. Symbolic links are left out: the
    endpoint that unpacks a model refuses them. Of files of one name the first folder's is taken.

    Args:
        folders: What to pack.
        target: The archive to write.

    Returns:
        What was left out, each with the reason.
    """
    import gzip
    import tarfile

    left_out: list[str] = []
    packed: dict[str, bool] = {}  # whether it is a folder
    with (
        open(target, "wb") as raw,
        gzip.GzipFile("", "wb", _LEVEL, raw, mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w", dereference=True) as archive,
    ):
        for entry, name in (pair for folder in folders for pair in _entries(folder)):
            if entry.is_symlink() or not (entry.is_file() or entry.is_dir()):
                left_out.append(f"{name} is neither a file nor a folder")
                continue
            above = name.rpartition("/")[0]
            if name in packed or (above and not packed.get(above)):
                if not (entry.is_dir() and packed.get(name)):
                    left_out.append(f"another host's {name} is there already")
                continue
            packed[name] = entry.is_dir()
            info = archive.gettarinfo(entry.path, name)
            info.uid = info.gid = 0
            info.uname = info.gname = ""
            if info.isreg():
                with open(entry.path, "rb") as content:
                    archive.addfile(info, content)
            else:
                archive.addfile(info)
    return left_out


def _entries(folder: Path, prefix: str = "") -> Iterator[tuple[os.DirEntry[str], str]]:
    with os.scandir(folder) as listing:
        entries = sorted(listing, key=lambda entry: entry.name)
    for entry in entries:
        name = prefix + entry.name
        yield entry, name
        if entry.is_dir(follow_symlinks=False):
            yield from _entries(Path(entry.path), f"{name}/")
