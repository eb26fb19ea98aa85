"""Whole runs in one store: first steps at once, retries, hosts, tuning, resume, the step cache."""

import json
import os
import subprocess
import sys
import textwrap
from collections import Counter
from pathlib import Path

import pytest

import sagepipe
from sagepipe.tracking import runs, store, tags

pytestmark = pytest.mark.once

LIBRARY = Path(sagepipe.__file__).parents[1]
PARTS = """
    import shutil
    import time
    from pathlib import Path

    from sagepipe import dsl, tracking
    from sagepipe.dsl import Dataset, Input, Metrics, Model, Output


    @dsl.component
    def first(number: Output[Dataset], here: str, other: str) -> None:
        '''Start, and end when the other first step has started too.'''
        Path(here).touch()
        end = time.monotonic() + 300
        while not Path(other).exists():
            assert time.monotonic() < end, "the other never came"
            time.sleep(0.02)
        Path(number.path).write_text(Path(here).name)


    @dsl.component
    def unlucky(
        left: Input[Dataset], right: Input[Dataset], both: Output[Dataset], staging: str
    ) -> None:
        '''Leave what can't be stored the first time.'''
        if Path(staging).is_file():
            Path(staging).unlink()
        else:
            shutil.rmtree(staging, ignore_errors=True)
            Path(staging).write_text("a file where a folder has to be")
        Path(both.path).write_text("both")


    @dsl.component(instance_count=2)
    def share(both: Input[Dataset], metrics: Output[Metrics], hosts: dsl.Hosts) -> None:
        '''Say who works.'''
        tracking.log_params({"host": hosts.current})
        metrics.log_metric("machines", len(hosts.all))


    @dsl.component(kind="training", metrics=("score",))
    def fit(
        train: Input[Dataset], model: Output[Model], metrics: Output[Metrics], rate: str = "0"
    ) -> None:
        '''Be as good as the rate says.'''
        Path(model.directory, "rate.txt").write_text(rate)
        metrics.log_metric("score", float(rate))


    @dsl.component
    def judge(model: Input[Model], gate: str) -> None:
        '''Fail unless there is a file.'''
        if not Path(gate).exists():
            raise ValueError("the gate is shut")
"""
PIPELINE = """
    from sagepipe import dsl
    from team.parts import first, fit, judge, share, unlucky


    def cached(task):
        return task.set_caching_options(True, "P1D")


    @dsl.pipeline(name="everything")
    def everything(left: str, right: str, staging: str, gate: str) -> None:
        one, two = cached(first(here=left, other=right)), cached(first(here=right, other=left))
        joined = cached(
            unlucky(left=one.outputs["number"], right=two.outputs["number"], staging=staging)
        )
        both = joined.set_retry(2, "1s").outputs["both"]
        cached(share(both=both))
        best = dsl.tune(
            fit,
            arguments={"train": both},
            ranges={"rate": dsl.Categorical("0.25", "0.75")},
            objective="score",
            strategy="Grid",
            max_jobs=2,
            max_parallel_jobs=2,
        )
        judge(model=cached(best).outputs["model"], gate=gate)
"""
SETTINGS = """
    [project]
    name = "everything"
    package = "team"
    default_pipeline = "everything"

    [local]
    train = "train.py"
    serve = "serve.py"

    [env.local]
    bucket = "local"
    role_arn = "arn:aws:iam::000000000000:role/local"
    image_uri = "train:local"
    serving_image_uri = ""
    mlflow_tracking_uri = "sqlite:///mlflow.db"

    [env.local.parameters]
    left = "{root}/left"
    right = "{root}/right"
    staging = "{root}/.sagepipe/s3/.uploads"
    gate = "{root}/gate"
"""
TRAIN = "from sagepipe.runtime import main_training\n\nmain_training()\n"


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    root = tmp_path_factory.mktemp("everything")
    files = {
        "sagepipe.toml": SETTINGS.format(root=root),
        "train.py": TRAIN,
        "src/team/__init__.py": "",
        "src/team/parts.py": PARTS,
        "src/team/pipelines/__init__.py": "",
        "src/team/pipelines/everything.py": PIPELINE,
    }
    for name, content in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(content).lstrip(), encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def run(project):
    """Run ``sagepipe run`` in the project; give the execution as it reports it."""

    def run(*options):
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "MLFLOW_"))}
        done = subprocess.run(
            [sys.executable, "-m", "sagepipe.cli", "run", "--json", "--parallel", "2", *options],
            cwd=project,
            env={**kept, "PYTHONPATH": f"{project / 'src'}{os.pathsep}{LIBRARY}"},
            capture_output=True,
            text=True,
            timeout=600,
        )
        assert done.stdout and "warning" not in done.stderr, done.stderr
        return json.loads(done.stdout.splitlines()[-1])["execution"]

    return run


@pytest.fixture(scope="module")
def failed(run):
    return run()


@pytest.fixture(scope="module")
def after_failing(project, failed):
    """What MLflow has of the run before anybody goes on with it."""
    return recorded(project, failed)


@pytest.fixture(scope="module")
def resumed(run, project, after_failing):
    (project / "gate").touch()
    return run("--resume", "last")


@pytest.fixture(scope="module")
def cached(run, resumed):
    return run()


def recorded(project, execution):
    """An execution's runs in MLflow, the oldest first."""
    client = store.client(f"sqlite:///{project}/mlflow.db")
    experiment = client.get_experiment_by_name("everything").experiment_id
    return runs.search(client, experiment, {tags.EXECUTION_ID: execution["id"]})


def named(found, name):
    return [run for run in found if run.info.run_name == name]


def parent(found, execution):
    (above,) = named(found, execution["id"])
    return above


def test_first_steps_at_once_have_one_parent_and_all_steps_are_nested_in_it(failed, after_failing):
    assert {step["name"]: step["status"] for step in failed["steps"]} == {
        **dict.fromkeys(("first", "first-2", "unlucky", "share", "tune-fit"), "Succeeded"),
        "judge": "Failed",
    }
    above = parent(after_failing, failed).info.run_id
    nested = [run for run in after_failing if run.data.tags.get(tags.PARENT_RUN) == above]
    assert Counter(run.info.run_name for run in nested) == {
        "first": 1,
        "first-2": 1,
        "unlucky": 2,
        "share": 1,
        "tune-fit": 1,
        "judge": 1,
    }
    assert len(after_failing) == 1 + len(nested) + 2  # two trials, below the tuning step's


def test_a_step_that_was_retried_has_a_run_for_each_attempt(failed, after_failing):
    attempts = named(after_failing, "unlucky")
    assert {step["name"]: step["attempts"] for step in failed["steps"]}["unlucky"] == 2
    assert len({run.info.run_id for run in attempts}) == 2
    assert attempts[-1].info.status == "FINISHED"


def test_of_several_hosts_the_first_records(after_failing):
    (shared,) = named(after_failing, "share")
    assert shared.data.params["host"] == "algo-1"
    assert shared.data.metrics == {"machines": 2.0}


def test_a_tuning_step_has_a_child_for_each_trial_and_the_best_is_marked(failed, after_failing):
    (tuning,) = named(after_failing, "tune-fit")
    trials = [
        run for run in after_failing if run.data.tags.get(tags.PARENT_RUN) == tuning.info.run_id
    ]
    found = {run.data.params["rate"]: run for run in trials}
    assert {rate: run.data.metrics["score"] for rate, run in found.items()} == {
        "0.25": 0.25,
        "0.75": 0.75,
    }
    assert [rate for rate, run in found.items() if tags.BEST in run.data.tags] == ["0.75"]
    assert tuning.data.tags[tags.BEST_TRIAL] == found["0.75"].info.run_name
    assert tuning.data.metrics == {"score": 0.75}


def test_a_failed_step_fails_its_execution_with_the_reason(failed, after_failing):
    (judged,) = named(after_failing, "judge")
    above = parent(after_failing, failed)
    assert (judged.info.status, above.info.status) == ("FAILED", "FAILED")
    assert "the gate is shut" in above.data.tags[tags.FAILURE_REASON]
    others = {run.info.status for run in after_failing} - {"FAILED"}
    assert others == {"FINISHED"}


def test_a_resumed_execution_goes_on_in_its_own_run(project, failed, after_failing, resumed):
    found = recorded(project, resumed)
    assert (resumed["id"], resumed["status"]) == (failed["id"], "Succeeded")
    above = parent(found, resumed)
    assert above.info.run_id == parent(after_failing, failed).info.run_id
    assert above.info.status == "FINISHED"
    assert tags.FAILURE_REASON not in above.data.tags
    assert [run.info.status for run in named(found, "judge")] == ["FAILED", "FINISHED"]
    assert len(found) == len(after_failing) + 1  # what had succeeded did not run again


def test_a_cached_step_points_at_the_run_that_produced_it(project, after_failing, cached):
    hits = {step["name"] for step in cached["steps"] if step["cached_from"]}
    assert hits == {"first", "first-2", "unlucky", "share", "tune-fit"}
    found = recorded(project, cached)
    for step in hits:
        (pointing,) = named(found, step)
        assert pointing.data.tags[tags.REUSED_RUN] == named(after_failing, step)[-1].info.run_id
    (judged,) = named(found, "judge")
    assert tags.REUSED_RUN not in judged.data.tags
    above = parent(found, cached)
    assert (above.data.metrics["machines"], above.info.status) == (2.0, "FINISHED")
