"""Large files between steps: linked where nobody can alter them, copied where root could."""

import json

import pytest

from sagepipe.contract.runners import CONTAINER, SANDBOX
from sagepipe.local.files import clone, modes_bind
from sagepipe.local.settings import Image

SIZE = 64 * 2**20


def steps(project, *more):
    first = project.processing(
        "first", f"open(OUT / 'o/large', 'wb').truncate({SIZE})", outputs={"o": "s3://b/first"}
    )
    body = "print(json.dumps([os.stat(IN / 'i/large').st_ino, os.stat(IN / 'i/large').st_blocks]))"
    second = project.processing(
        "second", "\n".join((body, *more)), inputs={"i": "s3://b/first"}, DependsOn=["first"]
    )
    return first, second


@pytest.fixture
def linked(project):
    (project.folder / "a").write_text("a")
    if clone(project.folder / "a", project.folder / "b"):
        pytest.skip("this file system clones: blocks are shared, inodes are not")


@pytest.mark.once
@pytest.mark.usefixtures("linked")
def test_64_megabytes_of_one_step_are_the_nexts_without_a_block_more(project, elsewhere):
    out, err = elsewhere(*steps(project), unprivileged=True).communicate(timeout=60)
    assert out.split()[1:] == ["Succeeded"], err
    execution = project.history.get()
    inode, blocks = json.loads(project.log(execution, "second"))
    written = project.ml(execution, "first") / "processing/output/o/large"
    stored = project.s3("s3://b/first/large")
    assert inode == written.stat().st_ino == stored.stat().st_ino
    assert blocks * 512 < 2**20


@pytest.mark.usefixtures("linked")
def test_what_is_linked_cannot_be_altered(project, elsewhere):
    runner = elsewhere(*steps(project, "open(IN / 'i/large', 'r+b')"), unprivileged=True)
    out, err = runner.communicate(timeout=60)
    assert out.split()[1:] == ["Failed"], err
    assert "PermissionError" in project.log(project.history.get(), "second")


@pytest.mark.skipif(modes_bind(), reason="whoever modes bind gets a link")
def test_root_gets_a_copy_that_it_may_alter(project):
    execution = project.run(*steps(project, "open(IN / 'i/large', 'r+b').write(b'x')"))
    assert execution.status == "Succeeded"
    with open(project.s3("s3://b/first/large"), "rb") as stored:
        assert stored.read(1) == b"\0"


def test_jobs_of_one_image_in_containers_are_reason_enough_to_link_nothing(project):
    images = {"other:*": Image(runner=CONTAINER)}
    assert project.settings_with(images=images).in_containers
    assert not project.settings_with(runner=SANDBOX).in_containers
    assert not project.settings_with().in_containers
