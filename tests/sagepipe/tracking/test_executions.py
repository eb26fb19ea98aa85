"""Executions as whoever runs them sees them."""

import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sagepipe
from sagepipe import tracking
from sagepipe.cli import telling
from sagepipe.local import Execution, StepExecution
from sagepipe.tracking import StepIdentity, runs, store, tags

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LIBRARY = Path(sagepipe.__file__).parents[1]

STEP = """
import sys
from sagepipe import tracking
uri, step = sys.argv[1:]
print("ready", flush=True)
sys.stdin.readline()
with tracking.step_run(tracking.StepIdentity(uri, "flights", "abcdef012345", step)):
    tracking.log_result_metrics({step: 1})
"""


def left_open(identity: StepIdentity) -> None:
    """Leave a step's run as a killed process does."""
    with store.first_use(identity.tracking_uri):
        runs.open_step(store.client(identity.tracking_uri), identity)


def statuses(identity: StepIdentity) -> dict[str, str]:
    client = store.client(identity.tracking_uri)
    experiment = client.get_experiment_by_name(identity.experiment)
    found = client.search_runs([experiment.experiment_id])
    return {run.info.run_name: run.info.status for run in found}


def reasons(identity: StepIdentity) -> dict[str, str]:
    client = store.client(identity.tracking_uri)
    experiment = client.get_experiment_by_name(identity.experiment)
    found = client.search_runs([experiment.experiment_id])
    return {run.info.run_name: run.data.tags[tags.FAILURE_REASON] for run in found}


def test_an_execution_is_found_by_its_id(identity: StepIdentity) -> None:
    assert tracking.find_execution(identity.tracking_uri, "flights", "abcdef012345") is None
    with tracking.step_run(identity):
        pass
    found = tracking.find_execution(identity.tracking_uri, "flights", "abcdef012345")
    assert found is not None and found.status == "FINISHED"
    assert found.page.startswith(f"#/experiments/{found.experiment_id}/runs/{found.run_id}?")
    assert tracking.find_execution(identity.tracking_uri, "flights", "another") is None


def test_failing_an_execution_ends_what_still_seems_to_run(identity: StepIdentity) -> None:
    with tracking.step_run(replace(identity, step="preprocess")):
        pass
    left_open(identity)
    tracking.fail_execution(identity.tracking_uri, "flights", "abcdef012345", "auc below the bar")
    assert statuses(identity) == {
        "abcdef012345": "FAILED",
        "preprocess": "FINISHED",
        "train": "FAILED",
    }


def test_a_step_gets_its_own_reason_and_never_another_ones(identity: StepIdentity) -> None:
    left_open(identity)
    left_open(replace(identity, step="evaluate"))
    tracking.fail_execution(
        identity.tracking_uri,
        "flights",
        "abcdef012345",
        "evaluate failed: no model",
        {"evaluate": "no model"},
    )
    assert reasons(identity) == {
        "abcdef012345": "evaluate failed: no model",
        "evaluate": "no model",
        "train": "ended without a word",
    }


def test_a_stopped_execution_is_killed_and_says_in_which_step(identity: StepIdentity) -> None:
    left_open(identity)
    stopped = Execution(
        id="abcdef012345",
        pipeline="flights",
        status="Stopped",
        parameters={},
        started=NOW,
        folder=Path("runs"),
        steps=(StepExecution("train", "Training", "Stopped", NOW, Path("runs/train")),),
    )
    reason, steps = telling.ending(stopped)
    tracking.fail_execution(
        identity.tracking_uri, "flights", "abcdef012345", reason, steps, stopped=True
    )
    assert statuses(identity) == {"abcdef012345": "KILLED", "train": "KILLED"}
    assert reasons(identity) == {
        "abcdef012345": "Stopped: the run was asked to stop while train ran",
        "train": "Stopped: the run was asked to stop",
    }


def test_failing_a_step_leaves_the_others_alone(identity: StepIdentity) -> None:
    left_open(identity)
    left_open(replace(identity, step="other"))
    tracking.fail_step(identity, "Killed")
    assert statuses(identity) == {"abcdef012345": "FAILED", "train": "FAILED", "other": "RUNNING"}


def test_failing_what_was_never_recorded_does_nothing(uri: str, capsys: Any) -> None:
    tracking.fail_execution(uri, "flights", "abcdef012345", "reason")
    tracking.fail_step(StepIdentity(uri, "flights", "abcdef012345", "train"), "reason")
    assert capsys.readouterr().err == ""


def test_a_store_out_of_reach_is_a_warning(capsys: Any) -> None:
    tracking.fail_execution("http://127.0.0.1:9", "flights", "abcdef012345", "reason")
    assert "execution abcdef012345 is not marked as failed" in capsys.readouterr().err


def test_steps_that_first_use_a_new_store_at_once_share_one_execution(tmp_path: Path) -> None:
    uri = f"sqlite:///{tmp_path}/new/mlflow.db"
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", STEP, uri, step],
            env={**os.environ, "PYTHONPATH": str(LIBRARY)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for step in ("a", "b")
    ]
    for process in processes:
        assert process.stdout and process.stdout.readline() == "ready\n"
    said = [process.communicate("go\n", timeout=180)[1] for process in processes]
    assert said == ["", ""]
    identity = StepIdentity(uri, "flights", "abcdef012345", "a")
    assert statuses(identity) == dict.fromkeys(("abcdef012345", "a", "b"), "FINISHED")
    assert sorted(file.name for file in (tmp_path / "new").iterdir()) == ["mlflow.db"]
