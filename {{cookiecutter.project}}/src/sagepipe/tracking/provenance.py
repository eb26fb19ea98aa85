"""Where code and data come from."""

import hashlib
import os
from pathlib import Path

from sagepipe.contract import names

HASHED_BYTES = 2**30  # beyond this, about 1 s of hashing, names and sizes have to do


def git_commit(folder: Path) -> str:
    """Name the commit of the code in a folder.

    Args:
        folder: Any folder of a working copy.

    Returns:
        The commit's hash, with ``-dirty`` where tracked files differ from it; what
        ``SAGEPIPE_GIT_COMMIT`` says, as in an image; or nothing outside git.
    """
    baked = os.environ.get(names.GIT_COMMIT_VARIABLE)
    if baked:
        return baked
    said = _git(folder, "status", "--porcelain=v2", "--branch", "--untracked-files=no").splitlines()
    heads = [line.split()[2] for line in said if line.startswith("# branch.oid ")]
    if not heads or heads == ["(initial)"]:  # the latter where nothing is committed yet
        return ""
    return heads[0] if all(line.startswith("#") for line in said) else f"{heads[0]}-dirty"


def data_hash(path: Path, limit: int = HASHED_BYTES) -> str:
    """Hash a file, or a folder's visible files by name and content.

    Args:
        path: The file or folder.
        limit: The most bytes to read.

    Returns:
        ``sha256:…`` of the content; ``sha256-sizes:…`` of names and sizes for data beyond the
        limit.
    """
    files = [path] if path.is_file() else sorted(_visible(path))
    whole = sum(file.stat().st_size for file in files) <= limit
    digest = hashlib.sha256()
    for file in files:
        name = file.name if file == path else file.relative_to(path).as_posix()
        digest.update(f"{name}\0{file.stat().st_size}\0".encode())
        if whole:
            with file.open("rb") as stream:
                while block := stream.read(2**20):
                    digest.update(block)
    return f"sha256{'' if whole else '-sizes'}:{digest.hexdigest()}"


def _visible(folder: Path) -> list[Path]:
    """List files; what is hidden, or lies in a hidden folder, is not data."""
    return [
        file
        for file in folder.rglob("*")
        if file.is_file()
        and not any(part.startswith(".") for part in file.relative_to(folder).parts)
    ]


def _git(folder: Path, *arguments: str) -> str:
    import subprocess

    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, text=True, timeout=10
        )
    except (OSError, subprocess.SubprocessError):  # no git here, or a hanging network disk
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
