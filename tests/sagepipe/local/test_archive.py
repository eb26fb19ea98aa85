"""model.tar.gz and output.tar.gz."""

import tarfile

from sagepipe.local.archive import create


def folder_with(tmp_path, *names):
    folder = tmp_path / "model"
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    return folder


def test_members_stand_at_the_archives_root(tmp_path):
    folder = folder_with(tmp_path, "model.onnx", "code/inference.py")
    assert create(folder, tmp_path / "model.tar.gz") == []
    with tarfile.open(tmp_path / "model.tar.gz") as archive:
        assert archive.getnames() == ["code", "code/inference.py", "model.onnx"]
        assert archive.extractfile("model.onnx").read() == b"model.onnx"


def test_links_are_left_out_and_named(tmp_path):
    folder = folder_with(tmp_path, "a")
    (folder / "b").symlink_to("a")
    (folder / "loop").symlink_to(folder)
    assert create(folder, tmp_path / "model.tar.gz") == ["b", "loop"]
    with tarfile.open(tmp_path / "model.tar.gz") as archive:
        assert archive.getnames() == ["a"]


def test_hard_links_become_files(tmp_path):
    folder = folder_with(tmp_path, "a")
    (folder / "b").hardlink_to(folder / "a")
    create(folder, tmp_path / "model.tar.gz")
    with tarfile.open(tmp_path / "model.tar.gz") as archive:
        assert all(member.isreg() for member in archive)


def test_the_same_folder_gives_the_same_bytes(tmp_path):
    folder = folder_with(tmp_path, "b", "a", "c/d")
    create(folder, tmp_path / "1.tar.gz")
    create(folder, tmp_path / "2.tar.gz")
    assert (tmp_path / "1.tar.gz").read_bytes() == (tmp_path / "2.tar.gz").read_bytes()
