"""Replacing files all at once or not at all."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from sagepipe.cli.adoption import AdoptError

KEPT = "before-adopt"


def changed(root: Path, staged: Path, names: Sequence[str]) -> list[str]:
    """List the files that would not be what they are.

    Args:
        root: The project.
        staged: A folder with the new files, in the project's order.
        names: Paths from the project; what is not staged is to go.
    """
    return [name for name in names if _content(root / name) != _content(staged / name)]


def check_committed(root: Path, names: Sequence[str]) -> None:
    """Refuse to replace what git could not bring back.

    Args:
        root: The project; where git does not know it, there is nothing to refuse.
        names: Paths from the project.

    Raises:
        AdoptError: Some have changes that are not committed.
    """
    there = [name for name in names if (root / name).exists()]
    if not there:
        return
    command = ["git", "status", "--porcelain", "--untracked-files=all", "--", *there]
    try:
        said = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return
    if files := [line[3:] for line in said.splitlines()]:
        raise AdoptError(
            f"{', '.join(files)} would be replaced and have changes that are not committed: "
            "commit them, or say --yes"
        )


def swap(root: Path, staged: Path, kept: Path, names: Sequence[str]) -> None:
    """Put the new files into their places, and the old ones aside; back again if that fails.

    Args:
        root: The project.
        staged: The new files.
        kept: A folder on the same disk for the old ones.
        names: Paths from the project; what is not staged is only put aside.

    Raises:
        AdoptError: A file could not be put into its place; all are as they were.
    """
    done: list[str] = []
    try:
        for name in names:
            done.append(name)
            if (root / name).exists():
                (kept / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).replace(kept / name)
            if (staged / name).exists():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (staged / name).replace(root / name)
    except OSError as error:
        for name in reversed(done):
            if (kept / name).exists():
                (kept / name).replace(root / name)
            elif not (staged / name).exists():
                (root / name).unlink(missing_ok=True)
        raise AdoptError(f"{error}; everything is as it was") from error


def _content(file: Path) -> bytes | None:
    return file.read_bytes() if file.is_file() else None
