"""What is nested in what: training jobs of a tuning step, reused steps, steps that failed first."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import sagepipe
from sagepipe import tracking
from sagepipe.tracking import StepIdentity, store, tags
from sagepipe.tracking.runs import open_step

LIBRARY = Path(sagepipe.__file__).parents[1]
TRIAL = """
import sys
from sagepipe import tracking
uri, number = sys.argv[1:]
print("ready", flush=True)
sys.stdin.readline()
name = f"abcdef012345-tune-Zz09Zz09Zz-{number}-0123abcd"
identity = tracking.StepIdentity(
    uri, "flights", "abcdef012345", "tune", name, trial=f"tune-{number}"
)
with tracking.step_run(identity):
    tracking.log_metrics({"auc": 0.5})
"""


def trial(identity: StepIdentity, number: int) -> StepIdentity:
    job = f"abcdef012345-tune-Zz09Zz09Zz-{number:03d}-0123abcd"
    return replace(identity, step="tune", job_name=job, trial=f"tune-{number:03d}")


def runs(uri: str) -> dict[str, Any]:
    client = store.client(uri)
    experiment = client.get_experiment_by_name("flights")
    found = client.search_runs([experiment.experiment_id])
    assert len({run.info.run_name for run in found}) == len(found)
    return {run.info.run_name: run for run in found}


def above(found: dict[str, Any], name: str) -> str | None:
    by_id = {run.info.run_id: run.info.run_name for run in found.values()}
    return by_id.get(found[name].data.tags.get(tags.PARENT_RUN))


def test_training_jobs_of_a_tuning_step_are_nested_in_its_run(
    identity: StepIdentity, uri: str
) -> None:
    for number, rate in ((1, 0.1), (2, 0.2)):
        with tracking.step_run(trial(identity, number)):
            tracking.log_step({"rate": rate}, "team.train:train", Path(__file__), {})
            tracking.log_result_metrics({"auc": rate})
    found = runs(uri)
    assert {name: above(found, name) for name in found} == {
        "abcdef012345": None,
        "tune": "abcdef012345",
        "tune-001": "tune",
        "tune-002": "tune",
    }
    assert [found[name].data.params for name in ("tune-001", "tune-002", "tune")] == [
        {"rate": "0.1"},
        {"rate": "0.2"},
        {},
    ]
    assert {run.info.status for run in found.values()} == {"FINISHED"}


def test_the_best_training_job_is_marked_and_its_tuning_step_has_its_metrics(
    identity: StepIdentity, uri: str
) -> None:
    for number, auc in ((1, 0.6), (2, 0.8), (3, 0.7)):
        with tracking.step_run(trial(identity, number)):
            tracking.log_result_metrics({"auc": auc})
    for _ in range(2):  # telling it again changes nothing
        tracking.mark_best(uri, "flights", identity.execution_id, [trial(identity, 2).job_name])
    found = runs(uri)
    assert [name for name in sorted(found) if tags.BEST in found[name].data.tags] == ["tune-002"]
    assert found["tune"].data.tags[tags.BEST_TRIAL] == "tune-002"
    assert found["tune"].data.metrics == {"auc": 0.8}


def test_a_tuning_step_has_failed_only_where_all_its_training_jobs_have(
    identity: StepIdentity, uri: str
) -> None:
    with pytest.raises(ValueError), tracking.step_run(trial(identity, 1)):
        raise ValueError("diverged")
    found = runs(uri)
    assert [found[name].info.status for name in ("tune", "abcdef012345")] == ["FAILED", "FAILED"]
    with tracking.step_run(trial(identity, 2)):
        found = runs(uri)
        assert [found[name].info.status for name in ("tune", "abcdef012345")] == ["RUNNING"] * 2
    found = runs(uri)
    assert found["tune-001"].info.status == "FAILED"
    for name in ("tune", "abcdef012345"):
        assert found[name].info.status == "FINISHED"
        assert tags.FAILURE_REASON not in found[name].data.tags


def test_a_killed_training_job_is_ended_by_its_supervisor(identity: StepIdentity, uri: str) -> None:
    with store.first_use(uri):
        open_step(store.client(uri), trial(identity, 1))
    tracking.fail_step(trial(identity, 1), "Killed")
    assert {run.info.status for run in runs(uri).values()} == {"FAILED"}


def test_training_jobs_that_come_first_at_once_share_one_tuning_run(uri: str) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", TRIAL, uri, number],
            env={**os.environ, "PYTHONPATH": str(LIBRARY)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in ("001", "002", "003")
    ]
    for process in processes:
        assert process.stdout and process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    assert [process.wait(120) for process in processes] == [0, 0, 0]
    for process in processes:
        process.communicate()
    found = runs(uri)
    assert sorted(found) == ["abcdef012345", "tune", "tune-001", "tune-002", "tune-003"]
    assert {above(found, f"tune-00{number}") for number in (1, 2, 3)} == {"tune"}


def test_a_step_that_succeeds_at_last_leaves_no_reason_on_its_execution(
    identity: StepIdentity, uri: str
) -> None:
    with pytest.raises(ValueError), tracking.step_run(identity):
        raise ValueError("no rows")
    with tracking.step_run(replace(identity, job_name="job-2")):
        pass
    client = store.client(uri)
    experiment = client.get_experiment_by_name("flights")
    (parent,) = [
        run
        for run in client.search_runs([experiment.experiment_id])
        if run.data.tags[tags.LEVEL] == tags.EXECUTION
    ]
    assert parent.info.status == "FINISHED"
    assert not {tags.FAILURE_REASON, tags.NOTE} & set(parent.data.tags)


def test_a_reused_step_points_at_the_run_that_made_its_outputs_and_has_its_results(
    identity: StepIdentity, uri: str
) -> None:
    with tracking.step_run(identity):
        tracking.log_step({"rate": 0.5}, "team.train:train", Path(__file__), {})
        tracking.log_metrics({"loss": 0.1})
        tracking.log_result_metrics({"auc": 0.75})
    made = runs(uri)["train"].info.run_id
    later = "zzzzzz012345"
    tracking.record_reused(uri, "flights", later, {"train": identity.execution_id})
    tracking.record_reused(uri, "flights", "yyyyyy012345", {"train": later})
    client = store.client(uri)
    for execution in (later, "yyyyyy012345"):
        parent = runs_of(client, execution)[execution]
        step = runs_of(client, execution)["train"]
        assert step.data.tags[tags.REUSED_RUN] == made
        assert step.data.tags[tags.PARENT_RUN] == parent.info.run_id
        assert parent.data.metrics == {"auc": 0.75}
        assert parent.data.params == {"train.rate": "0.5"}
        assert (parent.info.status, step.info.status) == ("FINISHED", "FINISHED")


def runs_of(client: Any, execution: str) -> dict[str, Any]:
    experiment = client.get_experiment_by_name("flights")
    found = client.search_runs(
        [experiment.experiment_id], f"tags.`{tags.EXECUTION_ID}` = '{execution}'"
    )
    return {run.info.run_name: run for run in found}


def test_a_step_of_a_run_that_was_not_tracked_points_at_nothing(uri: str) -> None:
    tracking.record_reused(uri, "flights", "zzzzzz012345", {"train": "abcdef012345"})
    assert tracking.find_execution(uri, "flights", "zzzzzz012345") is None
