"""Whole runs, in each runner: the same definition, the same result."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import tarfile
import time

import pytest

NAMES = {
    "process": "process (relocated /opt/ml)",
    "sandbox": "sandbox (bwrap)",
    "container": "container (",
}


def test_a_processing_job_gets_its_inputs_and_its_outputs_are_stored(hosts):
    hosts.project.put("s3://b/raw/a.csv", "1,2")
    body = """
        text = (ML / "processing/input/raw/a.csv").read_text()
        (ML / "processing/output/sums/sum.txt").write_text(str(sum(map(int, text.split(",")))))
        print("added")
    """
    step = hosts.processing("add", body, inputs={"raw": "s3://b/raw"}, outputs={"sums": "s3://b/o"})
    execution = hosts.project.run(step)
    assert execution.status == "Succeeded", hosts.project.log(execution, "add")
    assert execution.runner.startswith(NAMES[hosts.runner])
    assert hosts.project.s3("s3://b/o/sum.txt").read_text() == "3"
    assert hosts.project.log(execution, "add") == "added\n"


def test_a_training_job_runs_the_train_command_of_its_image(hosts):
    body = """
        print(json.dumps({
            "hyperparameters": json.loads(
                (ML / "input/config/hyperparameters.json").read_text()
            ),
            "hosts": json.loads((ML / "input/config/resourceconfig.json").read_text())["hosts"],
            "environment": dict(os.environ),
        }))
        (ML / "model/model.txt").write_text("a model")
        (ML / "output/data/notes.txt").write_text("notes")
    """
    step = hosts.training("fit", body, hyperparameters={"depth": "5", "rate": "0.1"})
    execution = hosts.project.run(step)
    log = hosts.project.log(execution, "fit")
    assert execution.status == "Succeeded", log
    found = json.loads(log)
    assert found["hyperparameters"] == {"depth": "5", "rate": "0.1"}
    assert found["hosts"] == ["algo-1"]
    job = execution.step("fit")
    assert found["environment"]["TRAINING_JOB_NAME"] == job.job_name
    assert found["environment"]["TRAINING_JOB_ARN"].endswith(f"training-job/{job.job_name}")
    assert not [name for name in found["environment"] if name.startswith("SM_")]
    with tarfile.open(hosts.project.s3(f"s3://b/models/{job.job_name}/output/model.tar.gz")) as tar:
        assert tar.getnames() == ["model.txt"]
    with tarfile.open(
        hosts.project.s3(f"s3://b/models/{job.job_name}/output/output.tar.gz")
    ) as tar:
        assert tar.getnames() == ["notes.txt"]


def test_a_failed_job_gives_its_reason_and_its_exit_status(hosts):
    body = """
        (ML / "output/failure").write_text("no rows left")
        sys.exit(3)
    """
    execution = hosts.project.run(hosts.training("fit", body))
    assert execution.status == "Failed"
    reason = execution.step("fit").failure_reason
    assert reason == "AlgorithmError: no rows left, exit code: 3"


def test_a_job_that_is_stopped_may_still_save_its_model(hosts, timers_wait_until):
    body = """
        def end(*_):
            (ML / "model/model.txt").write_text("half a model")
            sys.exit(0)
        signal.signal(signal.SIGTERM, end)
        print("listening", flush=True)
        while True:
            signal.pause()
    """
    limit = {"StoppingCondition": {"MaxRuntimeInSeconds": 1}}

    def listening():
        logs = hosts.settings.runs.glob("*/fit/log.txt")
        return any("listening" in log.read_text() for log in logs)

    with timers_wait_until(listening):
        execution = hosts.project.run(hosts.training("fit", body, more=limit))
    job = execution.step("fit").job_name
    assert execution.status == "Failed"
    assert "MaxRuntimeExceeded" in execution.step("fit").failure_reason
    with tarfile.open(hosts.project.s3(f"s3://b/models/{job}/output/model.tar.gz")) as tar:
        assert tar.extractfile("model.txt").read() == b"half a model"


class TestCommands:
    """An entrypoint and arguments, by Docker's rules."""

    def said(self, hosts, kind, image, **given):
        make = {"Processing": hosts.processing, "Training": hosts.training}[kind]
        key = {"Processing": "AppSpecification", "Training": "AlgorithmSpecification"}[kind]
        step = make("job", "print('the train command')")
        asked = step["Arguments"][key]
        asked.pop("ContainerEntrypoint", None)
        asked["ImageUri" if kind == "Processing" else "TrainingImage"] = image
        asked.update(given)
        execution = hosts.project.run(step)
        return hosts.project.log(execution, "job")

    def test_a_training_job_without_either_runs_train(self, container, image):
        assert self.said(container, "Training", image) == "the train command\n"

    def test_train_is_an_argument_of_the_images_entrypoint(self, container, build):
        assert self.said(container, "Training", build("entry")) == "entry was given: train\n"

    def test_arguments_alone_take_the_place_of_train(self, container, build):
        said = self.said(container, "Training", build("entry"), ContainerArguments=["a", "b c"])
        assert said == "entry was given: a b c\n"

    def test_an_entrypoint_alone_gets_no_train(self, container, build):
        entrypoint = ["echo", "mine"]
        said = self.said(container, "Training", build("entry"), ContainerEntrypoint=entrypoint)
        assert said == "mine\n"

    def test_both_replace_all_that_the_image_says(self, container, build):
        given = {"ContainerEntrypoint": ["echo", "mine"], "ContainerArguments": ["x"]}
        assert self.said(container, "Training", build("entry"), **given) == "mine x\n"

    def test_a_processing_job_without_either_runs_what_the_image_says(self, container, image):
        assert self.said(container, "Processing", image) == "the command of the image\n"

    def test_a_processing_job_has_no_argument_of_its_own(self, container, build):
        said = self.said(container, "Processing", build("entry"))
        assert said.startswith("entry was given: ") and "train" not in said

    def test_without_the_image_its_own_entrypoint_is_refused(self, sandbox):
        from sagepipe.local import DefinitionError

        step = sandbox.processing("job", "")
        del step["Arguments"]["AppSpecification"]["ContainerEntrypoint"]
        with pytest.raises(DefinitionError, match=r"its own ENTRYPOINT can't be run; run it with"):
            sandbox.project.run(step)


class TestTracking:
    """An MLflow store in the project's folder."""

    BODY = """
        database = os.environ["MLFLOW_TRACKING_URI"].removeprefix("sqlite:///")
        connection = sqlite3.connect(database)
        connection.execute("CREATE TABLE IF NOT EXISTS runs (name TEXT)")
        connection.execute("INSERT INTO runs VALUES ('mine')")
        connection.commit()
        artifacts = Path(database).parent / "mlartifacts/1"
        artifacts.mkdir(parents=True, exist_ok=True)
        (artifacts / "plot.png").write_text("plot")
    """

    def run(self, hosts, body):
        store = hosts.project.folder / "mlflow.db"
        environment = {"MLFLOW_TRACKING_URI": f"sqlite:///{store}"}
        step = hosts.processing("job", body, environment=environment)
        return hosts.project.run(step), store

    def test_is_written_to(self, hosts):
        for count in (1, 2):
            execution, store = self.run(hosts, self.BODY)
            assert execution.status == "Succeeded", hosts.project.log(execution, "job")
            with sqlite3.connect(store) as connection:
                assert connection.execute("SELECT count(*) FROM runs").fetchone() == (count,)
        assert (hosts.project.folder / "mlartifacts/1/plot.png").read_text() == "plot"

    def test_is_all_of_the_project_that_can_be_written_to(self, isolated):
        (isolated.project.folder / "data").mkdir()
        (isolated.project.folder / "data/raw.csv").write_text("raw")
        (isolated.project.folder / "README.md").write_text("read me")
        body = """
            project = Path(os.environ["MLFLOW_TRACKING_URI"].removeprefix("sqlite:///")).parent
            refused = []
            for name in ("README.md", "data/raw.csv", "data/new.csv", ".sagepipe/new"):
                try:
                    (project / name).write_text("changed")
                except OSError:
                    refused.append(name)
            print(refused)
        """
        execution, _ = self.run(isolated, body)
        names = ["README.md", "data/raw.csv", "data/new.csv", ".sagepipe/new"]
        assert isolated.project.log(execution, "job") == f"{names}\n"


# A runner that can be killed from outside.
RUNNER = """
import json, sys
from pathlib import Path
from sagepipe import local

given = json.loads(sys.argv[1])
settings = local.LocalSettings(project=Path(given["project"]), runner=given["runner"])
local.run(given["definition"], {}, settings)
"""


def test_a_runner_that_is_killed_leaves_nothing_behind(hosts, tmp_path):
    """The script of the job says that it runs through a file of its output folder."""
    body = """
        lock = open(ML / "processing/output/held/lock", "w")
        fcntl.flock(lock, fcntl.LOCK_EX)
        print("locked", flush=True)
        subprocess.run(["sleep", "600"], close_fds=False)
    """
    step = hosts.processing("job", body, outputs={"held": "s3://b/held"})
    given = {
        "project": str(tmp_path),
        "runner": hosts.runner,
        "definition": hosts.project.define(step),
    }
    events = tmp_path / "events"
    with open(events, "w") as output:
        runner = subprocess.Popen(
            [sys.executable, "-c", RUNNER, json.dumps(given)], stdout=output, stderr=output
        )
    log = await_line(tmp_path, "locked", runner)
    os.kill(runner.pid, signal.SIGKILL)
    runner.wait()
    lock = log.parent / "opt/ml/processing/output/held/lock"
    done = subprocess.run(["flock", "--timeout", "120", str(lock), "true"])
    assert done.returncode == 0, "the job lives on"


def await_line(project, line, runner):
    """Follow a run's only log until a line is there."""
    until = time.monotonic() + 60
    while time.monotonic() < until and runner.poll() is None:
        for log in project.glob(".sagepipe/runs/*/job/log.txt"):
            if line in log.read_text().splitlines():
                return log
        time.sleep(0.01)
    raise AssertionError((project / "events").read_text())
