"""Model archives are unpacked whole, inside their folder, or not at all."""

import io
import tarfile
from pathlib import Path

import pytest

from sagepipe.runtime.archive import unpack
from sagepipe.runtime.errors import JobError


def member(name: str, content: bytes = b"x", **fields: object) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for field, value in fields.items():
        setattr(info, field, value)
    return info, content


def pack(file: Path, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    with tarfile.open(file, "w:gz") as tar:
        for info, content in members:
            tar.addfile(info, io.BytesIO(content))
    return file


def test_members_keep_their_places(tmp_path: Path) -> None:
    archive = pack(
        tmp_path / "model.tar.gz",
        member("./model.onnx", b"onnx"),
        member("code", b"", type=tarfile.DIRTYPE),
        member("code/inference.py", b"pass"),
    )
    folder = unpack(archive, tmp_path / "out")
    assert (folder / "model.onnx").read_bytes() == b"onnx"
    assert (folder / "code/inference.py").read_bytes() == b"pass"


@pytest.mark.parametrize(
    ("bad", "fault"),
    [
        (member("/etc/passwd"), "absolute path"),
        (member("../outside"), "leads out"),
        (member("code/../../outside"), "leads out"),
        (member("link", b"", type=tarfile.SYMTYPE, linkname="/etc"), "is a link"),
        (member("link", b"", type=tarfile.LNKTYPE, linkname="good"), "is a link"),
        (member("pipe", b"", type=tarfile.FIFOTYPE), "neither a file nor a folder"),
        (member("disk", b"", type=tarfile.BLKTYPE), "neither a file nor a folder"),
    ],
    ids=["absolute", "parent", "inner-parent", "symlink", "hard-link", "fifo", "device"],
)
def test_archive_with_a_dangerous_member_is_refused_before_anything_is_written(
    tmp_path: Path, bad: tuple[tarfile.TarInfo, bytes], fault: str
) -> None:
    archive = pack(tmp_path / "model.tar.gz", member("good"), bad)
    with pytest.raises(JobError, match=fault):
        unpack(archive, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "outside").exists()


def test_archive_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    archive = pack(tmp_path / "model.tar.gz", member("zeros", bytes(5000)))
    with pytest.raises(JobError, match="more than 4,999 bytes"):
        unpack(archive, tmp_path / "out", max_bytes=4999)
    assert not (tmp_path / "out").exists()


def test_archive_with_too_many_members_is_refused(tmp_path: Path) -> None:
    archive = pack(tmp_path / "model.tar.gz", member("a"), member("b"), member("c"))
    with pytest.raises(JobError, match="more than 2 members"):
        unpack(archive, tmp_path / "out", max_members=2)


@pytest.mark.parametrize("kept", [0, 40, 0.5], ids=["nothing", "header", "half"])
def test_cut_archive_is_refused_by_name(tmp_path: Path, kept: float) -> None:
    whole = pack(tmp_path / "whole.tar.gz", member("weights", bytes(range(256)) * 400)).read_bytes()
    archive = tmp_path / "model.tar.gz"
    archive.write_bytes(whole[: int(kept if kept in (0, 40) else len(whole) * kept)])
    with pytest.raises(JobError, match=r"model\.tar\.gz can't be unpacked"):
        unpack(archive, tmp_path / "out")
