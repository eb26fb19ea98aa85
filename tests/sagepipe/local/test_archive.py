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
    assert create([folder], tmp_path / "model.tar.gz") == []
    with tarfile.open(tmp_path / "model.tar.gz") as archive:
        assert archive.getnames() == ["code", "code/inference.py", "model.onnx"]
        assert archive.extractfile("model.onnx").read() == b"model.onnx"


def test_links_are_left_out_and_named(tmp_path):
    folder = folder_with(tmp_path, "a")
    (folder / "b").symlink_to("a")
    (folder / "loop").symlink_to(folder)
    assert create([folder], tmp_path / "model.tar.gz") == [
        "b is neither a file nor a folder",
        "loop is neither a file nor a folder",
    ]
    with tarfile.open(tmp_path / "model.tar.gz") as archive:
        assert archive.getnames() == ["a"]


def test_hard_links_become_files(tmp_path):
    folder = folder_with(tmp_path, "a")
    (folder / "b").hardlink_to(folder / "a")
    create([folder], tmp_path / "model.tar.gz")
    with tarfile.open(tmp_path / "model.tar.gz") as archive:
        assert all(member.isreg() for member in archive)


def test_the_same_folder_gives_the_same_bytes(tmp_path):
    folder = folder_with(tmp_path, "b", "a", "c/d")
    create([folder], tmp_path / "1.tar.gz")
    create([folder], tmp_path / "2.tar.gz")
    assert (tmp_path / "1.tar.gz").read_bytes() == (tmp_path / "2.tar.gz").read_bytes()


class TestSeveralHosts:
    def test_share_one_archive(self, tmp_path):
        first = folder_with(tmp_path / "1", "shards/1", "config")
        second = folder_with(tmp_path / "2", "shards/2")
        assert create([first, second], tmp_path / "model.tar.gz") == []
        with tarfile.open(tmp_path / "model.tar.gz") as archive:
            assert archive.getnames() == ["config", "shards", "shards/1", "shards/2"]

    def test_of_files_of_one_name_the_first_hosts_is_kept(self, tmp_path):
        first, second = folder_with(tmp_path / "1", "model"), folder_with(tmp_path / "2", "model")
        (second / "model").write_text("second")
        left_out = create([first, second], tmp_path / "model.tar.gz")
        assert left_out == ["another host's model is there already"]
        with tarfile.open(tmp_path / "model.tar.gz") as archive:
            assert archive.extractfile("model").read() == b"model"

    def test_a_name_is_no_file_and_folder_at_once(self, tmp_path):
        first, second = folder_with(tmp_path / "1", "a"), folder_with(tmp_path / "2", "a/b/c")
        left_out = create([first, second], tmp_path / "model.tar.gz")
        with tarfile.open(tmp_path / "model.tar.gz") as archive:
            assert archive.getnames() == ["a"]
        assert len(left_out) == 3
