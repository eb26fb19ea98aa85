"""The folder that stands for S3."""

import json
import os
import stat

import pytest

from sagepipe.local.errors import StepError
from sagepipe.local.files import clone, protect, release
from sagepipe.local.storage import Storage


@pytest.fixture
def storage(tmp_path):
    return Storage(tmp_path / "s3", tmp_path, link=False)


def put(tmp_path, key, text="x"):
    place = tmp_path / "s3" / key
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text)
    return place


def names(storage, uri):
    return sorted(name for _, name in storage.objects(uri))


def test_a_prefix_with_and_without_slash_gives_the_same_tree(storage, tmp_path):
    put(tmp_path, "b/data/train/a.csv")
    put(tmp_path, "b/data/train/deep/b.csv")
    assert names(storage, "s3://b/data/train") == ["a.csv", "deep/b.csv"]
    assert names(storage, "s3://b/data/train/") == ["a.csv", "deep/b.csv"]


def test_an_exact_object_gives_its_basename(storage, tmp_path):
    put(tmp_path, "b/data/train/a.csv")
    assert names(storage, "s3://b/data/train/a.csv") == ["a.csv"]


def test_a_partial_basename_keeps_whole_names(storage, tmp_path):
    put(tmp_path, "b/data/train-a.csv")
    put(tmp_path, "b/data/train-b/c.csv")
    put(tmp_path, "b/data/other.csv")
    assert names(storage, "s3://b/data/train") == ["train-a.csv", "train-b/c.csv"]


def test_a_prefix_is_text_so_that_a_longer_neighbour_matches_too(storage, tmp_path):
    put(tmp_path, "b/out/train/a.csv")
    put(tmp_path, "b/out/train_labels/b.csv")
    assert names(storage, "s3://b/out/train") == ["a.csv", "train_labels/b.csv"]
    assert names(storage, "s3://b/out/train/") == ["a.csv"]


def test_a_whole_bucket_is_a_prefix(storage, tmp_path):
    put(tmp_path, "b/a.csv")
    put(tmp_path, "bb/other.csv")
    assert names(storage, "s3://b") == ["a.csv"]


def test_nothing_is_found_where_nothing_is(storage):
    assert storage.objects("s3://b/none") == []


def test_local_paths_stand_for_uris(storage, tmp_path):
    (tmp_path / "data dir").mkdir()
    (tmp_path / "data dir/flights.csv").write_text("x")
    uri = storage.uri("data dir/flights.csv")
    assert uri == f"file://{tmp_path}/data%20dir/flights.csv"
    assert storage.objects(uri) == [(tmp_path / "data dir/flights.csv", "flights.csv")]
    assert names(storage, storage.uri("data dir")) == ["flights.csv"]


def test_a_local_folder_is_no_prefix_of_text(storage, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data/a.csv").write_text("x")
    (tmp_path / "data-old.csv").write_text("x")
    assert names(storage, storage.uri("data")) == ["a.csv"]


@pytest.mark.parametrize(
    "uri", ["s3://", "s3:///key", "s3://b/../../etc", "https://b/key", "", "s3://.uploads/x"]
)
def test_a_uri_that_is_none_or_leads_out_is_refused(storage, uri):
    with pytest.raises(StepError):
        storage.path(uri)


def test_upload_leaves_out_symbolic_links_and_empty_folders(storage, tmp_path):
    folder = tmp_path / "out"
    (folder / "empty").mkdir(parents=True)
    (folder / "sub").mkdir()
    (folder / "sub/a.csv").write_text("a")
    (folder / "link.csv").symlink_to(folder / "sub/a.csv")
    (folder / "linked").symlink_to(folder / "sub")
    assert storage.upload(folder, "s3://b/k/") == 1
    assert names(storage, "s3://b/k/") == ["sub/a.csv"]
    assert not (tmp_path / "s3/b/k/empty").exists()


def test_upload_adds_to_what_is_there_and_replaces_equal_names(storage, tmp_path):
    put(tmp_path, "b/k/old.csv", "old")
    replaced = put(tmp_path, "b/k/same.csv", "old")
    reader = open(replaced)  # noqa: SIM115
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "same.csv").write_text("new")
    storage.upload(folder, "s3://b/k")
    assert names(storage, "s3://b/k/") == ["old.csv", "same.csv"]
    assert replaced.read_text() == "new"
    assert reader.read() == "old", "an object was changed in place"
    reader.close()


def test_nothing_lies_about_after_an_upload(storage, tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "a").write_text("a")
    storage.upload(folder, "s3://b/k")
    storage.upload(folder, "s3://b/k")
    storage.upload(folder, storage.uri("elsewhere/k"))
    assert list((tmp_path / "s3/.uploads").iterdir()) == []
    assert [path.name for path in (tmp_path / "elsewhere").iterdir()] == ["k"]


def test_an_upload_that_breaks_off_leaves_no_object(storage, tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "a").write_text("a")
    with pytest.raises(RuntimeError), storage.staged("s3://b/k") as staged:
        (staged / "a").write_text("half")
        raise RuntimeError
    assert storage.objects("s3://b/k") == []
    assert list((tmp_path / "s3/.uploads").iterdir()) == []


def test_an_object_and_a_prefix_of_one_name_are_refused_by_name(storage, tmp_path):
    put(tmp_path, "b/k")
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "a").write_text("a")
    with pytest.raises(StepError, match="an object and a prefix"):
        storage.upload(folder, "s3://b/k")
    with pytest.raises(StepError, match="an object and a prefix"):
        storage.upload(folder, "s3://b/k/deeper")


def test_a_jobs_small_input_is_its_own_copy(tmp_path):
    storage = Storage(tmp_path / "s3", tmp_path, link=True, link_from=100)
    original = put(tmp_path, "b/k/small.csv", "small")
    storage.download("s3://b/k", tmp_path / "job")
    (tmp_path / "job/small.csv").write_text("changed")
    assert original.read_text() == "small"


class TestLargeObjects:
    """A file counts as large from 100 bytes here."""

    @pytest.fixture
    def folder(self, tmp_path):
        folder = tmp_path / "out"
        folder.mkdir()
        (folder / "large.bin").write_bytes(b"x" * 1000)
        return folder

    def storage(self, tmp_path, link):
        return Storage(tmp_path / "s3", tmp_path, link=link, link_from=100)

    def test_cost_no_space_twice_where_links_are_safe(self, tmp_path, folder):
        storage = self.storage(tmp_path, link=True)
        storage.upload(folder, "s3://b/k")
        storage.download("s3://b/k", tmp_path / "job")
        stored, given = tmp_path / "s3/b/k/large.bin", tmp_path / "job/large.bin"
        if clone(stored, tmp_path / "clone"):
            pytest.skip("this file system clones, which needs no links")
        assert stored.samefile(given)

    def test_are_read_only_so_that_a_job_cannot_alter_them(self, tmp_path, folder):
        storage = self.storage(tmp_path, link=True)
        storage.upload(folder, "s3://b/k")
        storage.download("s3://b/k", tmp_path / "job")
        assert (tmp_path / "s3/b/k/large.bin").stat().st_mode & 0o222 == 0

    def test_are_copied_where_read_only_means_nothing(self, tmp_path, folder):
        storage = self.storage(tmp_path, link=False)
        storage.upload(folder, "s3://b/k")
        storage.download("s3://b/k", tmp_path / "job")
        (tmp_path / "job/large.bin").write_bytes(b"y")
        assert (tmp_path / "s3/b/k/large.bin").read_bytes() == b"x" * 1000

    def test_of_the_users_own_are_never_linked(self, tmp_path, folder):
        storage = self.storage(tmp_path, link=True)
        storage.download(storage.uri("out"), tmp_path / "job")
        (tmp_path / "job/large.bin").write_bytes(b"y")
        assert (folder / "large.bin").read_bytes() == b"x" * 1000
        assert os.access(folder / "large.bin", os.W_OK)


def test_links_in_a_folder_of_the_users_own_lead_to_their_files(storage, tmp_path):
    (tmp_path / "shared.csv").write_text("x")
    (tmp_path / "data").mkdir()
    (tmp_path / "data/a.csv").symlink_to(tmp_path / "shared.csv")
    (tmp_path / "data/round").symlink_to(tmp_path / "data")
    assert names(storage, storage.uri("data")) == ["a.csv"]


def test_objects_come_in_the_order_of_their_keys(storage, tmp_path):
    for key in ("b/k/a/z.csv", "b/k/a.csv", "b/k/a-b.csv", "b/k/B.csv"):
        put(tmp_path, key)
    found = [name for _, name in storage.objects("s3://b/k/")]
    assert found == ["B.csv", "a-b.csv", "a.csv", "a/z.csv"]


class TestManifest:
    def put(self, tmp_path, content):
        put(tmp_path, "b/list.manifest", json.dumps(content))

    def test_names_objects_below_its_prefix(self, storage, tmp_path):
        self.put(tmp_path, [{"prefix": "s3://b/data/tr"}, "ain/a.csv", "ain/deep/b.csv"])
        for key in ("b/data/train/a.csv", "b/data/train/deep/b.csv", "b/data/train/other.csv"):
            put(tmp_path, key)
        assert storage.manifest("s3://b/list.manifest") == [
            (tmp_path / "s3/b/data/train/a.csv", "ain/a.csv"),
            (tmp_path / "s3/b/data/train/deep/b.csv", "ain/deep/b.csv"),
        ]

    def test_of_a_missing_object_is_refused_by_the_objects_name(self, storage, tmp_path):
        self.put(tmp_path, [{"prefix": "s3://b/data/"}, "none.csv"])
        with pytest.raises(StepError, match=r"names s3://b/data/none.csv: no such object: /"):
            storage.manifest("s3://b/list.manifest")

    @pytest.mark.parametrize("content", [{}, [], ["a.csv"], [{"suffix": "x"}], 3])
    def test_of_another_form_is_refused(self, storage, tmp_path, content):
        self.put(tmp_path, content)
        with pytest.raises(StepError, match=r"s3://b/list.manifest is no list of"):
            storage.manifest("s3://b/list.manifest")

    @pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", 3])
    def test_cannot_lead_out_of_its_prefix(self, storage, tmp_path, name):
        self.put(tmp_path, [{"prefix": f"file://{tmp_path}/"}, name])
        with pytest.raises(StepError, match="is no name under"):
            storage.manifest("s3://b/list.manifest")

    def test_that_is_not_there_is_named(self, storage):
        with pytest.raises(StepError, match="manifest s3://b/none: no such object"):
            storage.manifest("s3://b/none")


def test_removing_leaves_other_objects_and_no_empty_folder(storage, tmp_path):
    for key in ("b/k/a", "b/k/deep/b", "b/k/deep/c", "b/k/alone/d"):
        put(tmp_path, key)
    storage.remove(["a", "deep/b", "alone/d", "never/there"], "s3://b/k")
    assert names(storage, "s3://b/k/") == ["deep/c"]
    assert not (tmp_path / "s3/b/k/alone").exists()


def test_what_a_job_goes_on_writing_to_is_never_linked(tmp_path):
    storage = Storage(tmp_path / "s3", tmp_path, link=True, link_from=100)
    file = tmp_path / "checkpoint"
    file.write_bytes(b"1" * 1000)
    storage.store({"deep/checkpoint": file}, "s3://b/k", link=False)
    file.write_bytes(b"2" * 1000)
    assert (tmp_path / "s3/b/k/deep/checkpoint").read_bytes() == b"1" * 1000
    storage.download("s3://b/k/", tmp_path / "next", link=False)
    seeded = tmp_path / "next/deep/checkpoint"
    assert seeded.stat().st_mode & stat.S_IWUSR
    assert not seeded.samefile(tmp_path / "s3/b/k/deep/checkpoint")


def test_64_megabytes_from_one_step_to_the_next_take_no_block_more(tmp_path):
    storage = Storage(tmp_path / "s3", tmp_path, link=True)
    folder = tmp_path / "out"
    folder.mkdir()
    with open(folder / "large.bin", "wb") as file:
        file.truncate(64 * 2**20)
    storage.upload(folder, "s3://b/k")
    storage.download("s3://b/k/", tmp_path / "job")
    given = (tmp_path / "job/large.bin").stat()
    assert given.st_size == 64 * 2**20
    if clone(folder / "large.bin", tmp_path / "clone"):
        pytest.skip("this file system clones: blocks are shared, inodes are not")
    assert given.st_ino == (folder / "large.bin").stat().st_ino
    assert given.st_blocks * 512 < 2**20


def test_a_protected_folder_is_read_only_until_its_release(tmp_path):
    folder = tmp_path / "channel"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep/a.csv").write_text("a")
    protect(folder)
    modes = [
        path.stat().st_mode & 0o222 for path in (folder, folder / "deep", folder / "deep/a.csv")
    ]
    assert modes == [0, 0, 0]
    release(folder)
    assert folder.stat().st_mode & (folder / "deep").stat().st_mode & stat.S_IWUSR
