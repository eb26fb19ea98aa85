"""Folders that a host may write to without altering the files that are linked into them.

On this machine's own system they are overlays in a mount namespace of the host's own. Podman can do
the same by itself; Docker can't.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path

from sagepipe.local.launch import enter
from sagepipe.local.launch.launch import Launch

_CHANGES = "changes"
_TRY = "open({0!r}, 'a').write('y')"


@cache
def possible(folder: Path) -> bool:
    """Say whether this machine lets its user make overlays, by making one.

    Args:
        folder: Where they are to lie: not every file system can hold changes.

    Returns:
        Whether it does.
    """
    if sys.platform != "linux":
        return False
    try:
        return _tried(folder)
    except OSError:  # a full disk, say
        return False


def _tried(folder: Path) -> bool:
    with tempfile.TemporaryDirectory(prefix=".overlay-", dir=folder) as tried:
        file = Path(tried, "lower", "file")
        file.parent.mkdir()
        file.write_text("x", encoding="utf-8")
        command = [sys.executable, "-I", "-S", "-c", _TRY.format(os.fspath(file))]
        command = [*_words([(file.parent, Path(tried, _CHANGES))]), *command]
        ended = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True)
        _tidy(Path(tried))
        return ended.returncode == 0 and file.read_text(encoding="utf-8") == "x"


def entering(launch: Launch) -> list[str]:
    """Say how a command gets to see a host's overlays.

    Args:
        launch: The host.

    Returns:
        The words before the command; none where there are no overlays.
    """
    if not launch.overlaid:
        return []
    return _words(
        [
            (
                launch.folder / path.lstrip("/"),
                None if path in launch.read_only else launch.folder / _CHANGES / str(number),
            )
            for number, path in enumerate(launch.overlaid)
        ]
    )


def tidy(host: Path) -> None:
    """Remove what the kernel needed while overlays were there; what was written to them stays.

    Args:
        host: The host's folder.
    """
    if (host / _CHANGES).is_dir():
        _tidy(host / _CHANGES)


def _tidy(folder: Path) -> None:
    for work in folder.glob("*.work"):
        with suppress(OSError):
            (work / "work").chmod(0o700)
        shutil.rmtree(work, ignore_errors=True)


def _words(folders: list[tuple[Path, Path | None]]) -> list[str]:
    pairs = [os.fspath(word or "") for pair in folders for word in pair]
    return [sys.executable, "-I", "-S", enter.__file__, *pairs, "--"]
