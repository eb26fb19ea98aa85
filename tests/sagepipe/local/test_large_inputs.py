"""Large files that may not be made read-only: linked, and seen by the job as an overlay."""

import json
import os
import shutil
import stat

import pytest

from sagepipe.contract.runners import PROCESS, SANDBOX
from sagepipe.local.files import clone, modes_bind
from sagepipe.local.launch import overlays
from sagepipe.local.storage import OVERLAY_FROM

pytestmark = pytest.mark.once

ALTER = """
own = IN / "own/table"
with open(own, "r+b") as file:
    file.write(b"altered")
with open(IN / "own/small", "a") as file:
    file.write("more")
(IN / "own/new").write_text("new")
print(own.read_bytes()[:7], own.stat().st_size, sorted(os.listdir(IN / "own")))
os.rename(IN / "own/small", IN / "own/renamed")
"""


@pytest.fixture
def own(project):
    """A folder of the user's own, of which one file is large."""
    (project.folder / "a").write_text("a")
    if clone(project.folder / "a", project.folder / "b"):
        pytest.skip("this file system clones")
    if not overlays.possible(project.folder):
        pytest.skip("this machine allows no overlays")
    folder = project.folder / "own"
    folder.mkdir()
    with open(folder / "table", "wb") as table:
        table.write(b"original")
        table.truncate(OVERLAY_FROM)
    (folder / "small").write_text("small")
    return folder


def reading(project, body, uri="own", **more):
    return project.processing("reads", body, inputs={"own": uri}, **more)


def unharmed(own):
    assert (own / "table").read_bytes()[:8] == b"original"
    assert stat.S_IMODE((own / "table").stat().st_mode) & stat.S_IWUSR
    assert {file.name: file.stat().st_size for file in own.iterdir()} == {
        "table": OVERLAY_FROM,
        "small": 5,
    }


def linked(project, own, execution):
    place = project.ml(execution, "reads") / "processing/input/own"
    return {file.name: file.samefile(place / file.name) for file in own.iterdir()}


@pytest.mark.parametrize("runner", [PROCESS, SANDBOX])
def test_a_job_alters_what_it_was_given_and_the_users_file_stays(project, own, runner):
    if runner == SANDBOX and not shutil.which("bwrap"):
        pytest.skip("this machine has no bubblewrap")
    project.settings_with(runner=runner)
    execution = project.run(reading(project, ALTER))
    assert execution.status == "Succeeded", project.log(execution, "reads")
    assert project.log(execution, "reads").strip() == (
        f"b'altered' {OVERLAY_FROM} ['new', 'small', 'table']"
    )
    unharmed(own)
    assert linked(project, own, execution) == {"table": True, "small": True}


def test_whoever_has_no_privileges_has_overlays_too(project, own, elsewhere):
    body = "\n".join((ALTER, "os.chmod(own, 0o400); open(own, 'r+b')"))
    out, err = elsewhere(reading(project, body), unprivileged=True).communicate(timeout=60)
    assert out.split()[1:] == ["Failed"], err
    execution = project.history.get()
    log = project.log(execution, "reads")
    assert "b'altered'" in log
    assert "PermissionError" in log  # modes bind it as before
    unharmed(own)
    assert linked(project, own, execution) == {"table": True, "small": True}


def test_what_a_job_moves_to_its_output_is_not_the_users(project, own):
    body = "import shutil; shutil.move(IN / 'own/table', OUT / 'moved/table')"
    execution = project.run(reading(project, body, outputs={"moved": "s3://b/moved"}))
    assert execution.status == "Succeeded"
    unharmed(own)
    assert not (own / "table").samefile(project.s3("s3://b/moved/table"))


def test_a_fast_file_channel_cannot_be_written_to_and_the_users_modes_stay(project, own):
    body = """
        try:
            open(ML / "input/data/train/table", "r+b")
        except OSError as error:
            print(error.strerror)
    """
    source = {"S3DataType": "S3Prefix", "S3Uri": "own"}
    channel = {"ChannelName": "train", "DataSource": {"S3DataSource": source}}
    step = project.training("reads", body, more={"InputDataConfig": [channel]})
    step["Arguments"]["AlgorithmSpecification"]["TrainingInputMode"] = "FastFile"
    execution = project.run(step)
    assert project.log(execution, "reads").strip() == "Read-only file system"
    unharmed(own)


@pytest.mark.skipif(modes_bind(), reason="whoever modes bind gets a read-only link")
def test_root_gets_links_to_large_outputs_of_other_steps(project, own):
    body = f"open(OUT / 'o/large', 'wb').truncate({OVERLAY_FROM})"
    first = project.processing("first", body, outputs={"o": "s3://b/first"})
    body = "open(IN / 'own/large', 'r+b').write(b'x')"
    second = reading(project, body, "s3://b/first", DependsOn=["first"])
    execution = project.run(first, second)
    assert execution.status == "Succeeded"
    stored = project.s3("s3://b/first/large")
    assert stored.samefile(project.ml(execution, "reads") / "processing/input/own/large")
    assert stored.read_bytes()[:1] == b"\0"


def test_each_of_several_hosts_has_changes_of_its_own(project, own):
    config = "json.loads((ML / 'config/resourceconfig.json').read_text())"
    body = f"""
        name = {config}["current_host"]
        with open(IN / "own/table", "r+b") as file:
            file.write(name.encode())
        print(open(IN / "own/table", "rb").read(6))
    """
    step = reading(project, body)
    step["Arguments"]["ProcessingResources"] = {
        "ClusterConfig": {
            "InstanceCount": 2,
            "InstanceType": "ml.m5.large",
            "VolumeSizeInGB": 1,
        }
    }
    execution = project.run(step)
    assert execution.status == "Succeeded", project.log(execution, "reads")
    assert "b'algo-1'" in project.log(execution, "reads")
    assert "b'algo-2'" in project.log(execution, "reads")
    unharmed(own)


def test_overlays_leave_nothing_that_its_owner_cannot_delete(project, own):
    execution = project.run(reading(project, ALTER))
    changes = execution.step("reads").folder / "changes"
    assert [entry.name for entry in changes.iterdir()] == ["0"]


def test_a_shell_in_the_step_sees_the_overlay(project, own):
    execution = project.run(reading(project, ALTER))
    folder = execution.step("reads").folder
    record = json.loads((folder / "launch.json").read_text())
    assert record["inside"][-1] == "--"
    script = f"cd {folder}/opt/ml/processing/input/own && ls && echo x > table"
    os.spawnvp(os.P_WAIT, record["inside"][0], [*record["inside"], "sh", "-c", script])
    unharmed(own)


def test_without_overlays_the_users_file_is_copied(project, own, monkeypatch):
    monkeypatch.setattr(overlays, "possible", lambda folder: False)
    execution = project.run(reading(project, ALTER))
    assert execution.status == "Succeeded"
    unharmed(own)
    brought = project.ml(execution, "reads") / "processing/input/own/table"
    assert not brought.samefile(own / "table")
    assert brought.read_bytes()[:7] == b"altered"
