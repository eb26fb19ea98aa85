"""Unpacking model.tar.gz."""

import tarfile
from collections.abc import Iterator
from pathlib import Path

from sagepipe.runtime.errors import JobError

MAX_BYTES = 64 * 2**30  # unpacked; no job's default volume (30 GB) could hold more
MAX_MEMBERS = 100_000


def unpack(
    archive: Path, folder: Path, *, max_bytes: int = MAX_BYTES, max_members: int = MAX_MEMBERS
) -> Path:
    """Unpack a model archive, and nothing outside the folder.

    Args:
        archive: A ``model.tar.gz``.
        folder: Where its members go; made if it isn't there.
        max_bytes: The most that all members may hold together.
        max_members: The most members.

    Returns:
        The folder.

    Raises:
        JobError: The file is no archive, is cut short, or holds a member that leads out of the
            folder, is neither file nor folder, or is one too many. Nothing is written then.
    """
    try:
        with tarfile.open(archive, "r:*") as tar:
            members = list(_checked(archive, tar, max_bytes, max_members))
            folder.mkdir(parents=True, exist_ok=True)
            for member in members:
                tar.extract(member, folder, set_attrs=False, filter="data")
    except (tarfile.TarError, EOFError, OSError) as error:
        raise JobError(
            f"{archive} can't be unpacked: {error}; it has to be a whole model.tar.gz, "
            "as a training job writes it"
        ) from error
    return folder


def _checked(
    archive: Path, tar: tarfile.TarFile, max_bytes: int, max_members: int
) -> Iterator[tarfile.TarInfo]:
    """Go through all members before any is written."""
    total = 0
    for count, member in enumerate(tar, start=1):
        fault = _fault(member)
        if fault:
            raise JobError(f"{archive} is refused: member {member.name!r} {fault}")
        total += member.size
        if total > max_bytes:
            raise JobError(f"{archive} is refused: unpacked it holds more than {max_bytes:,} bytes")
        if count > max_members:
            raise JobError(f"{archive} is refused: it holds more than {max_members:,} members")
        yield member


def _fault(member: tarfile.TarInfo) -> str:
    """Say what is wrong with a member, or nothing."""
    if member.name.startswith(("/", "\\")) or ":" in member.name.split("/")[0]:
        return "has an absolute path"
    if ".." in member.name.split("/"):
        return "leads out of the archive's folder (..)"
    if member.issym() or member.islnk():
        return f"is a link (to {member.linkname!r}); SageMaker refuses links in a model archive too"
    if not (member.isfile() or member.isdir()):
        return "is neither a file nor a folder"
    return ""
