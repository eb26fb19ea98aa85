"""Jobs that are recorded in MLflow."""

from typing import Any

import pytest

from sagepipe.tracking import store


@pytest.fixture
def tracked(box: Any, tmp_path: Any) -> Any:
    box.environment = {
        "MLFLOW_TRACKING_URI": f"sqlite:///{tmp_path}/mlflow.db",
        "MLFLOW_EXPERIMENT_NAME": "flights",
        "SAGEPIPE_STEP": "a-step",
        "SAGEPIPE_IMAGE_URI": "image:1",
    }
    return box


def runs(box: Any) -> dict[str, Any]:
    client = store.client(box.environment["MLFLOW_TRACKING_URI"])
    experiment = client.get_experiment_by_name("flights")
    found = client.search_runs([experiment.experiment_id])
    return {run.info.run_name: (client, run) for run in found}


def test_a_jobs_parameters_metrics_and_pages_are_recorded(tracked: Any) -> None:
    outputs = ("train", "metrics", "curves", "report", "notes")
    tracked.processing({"raw": {"flights.csv": b"a,b"}}, outputs)
    assert tracked.run("parts:prepare", "--seed", "7").returncode == 0
    client, step = runs(tracked)["a-step"]
    _, parent = runs(tracked)["abcdef012345"]
    assert step.data.params == {
        "seed": "7",
        "fraction": "0.5",
        "shuffle": "True",
        "columns": "['a']",
    }
    assert parent.data.params["a-step.seed"] == "7"
    assert step.data.metrics == parent.data.metrics == {"auc": 0.75, "late.recall": 0.5}
    assert "sagepipe.data_hash.raw" in step.data.tags
    folders = [item.path for item in client.list_artifacts(step.info.run_id)]
    assert folders == ["curves", "notes", "report"]


def test_metrics_named_after_columns_are_recorded_each_under_a_name_that_mlflow_takes(
    tracked: Any,
) -> None:
    assert tracked.processing(outputs=["metrics"]).run("parts:about_columns").returncode == 0
    _, step = runs(tracked)["a-step"]
    assert step.data.metrics == {
        "psi._ _a_": 1.0,
        "psi._ _a__": 2.0,
        "psi.__ _a_": 3.0,
        "psi.Größe_ m/s": 4.0,
        "psi.b": 5.0,
    }


@pytest.mark.parametrize(
    ("how", "reason", "left"),
    [
        ("raise", "ValueError: no such airport: 'XXX' (parts.py:", ["report"]),
        ("kill", "Killed: the step's process was ended by SIGKILL", []),
    ],
)
def test_a_failed_jobs_runs_end_with_the_reason(
    tracked: Any, how: str, reason: str, left: list[str]
) -> None:
    tracked.processing(outputs=["report"]).run("parts:go_wrong", "--how", how)
    client, step = runs(tracked)["a-step"]
    _, parent = runs(tracked)["abcdef012345"]
    assert (step.info.status, parent.info.status) == ("FAILED", "FAILED")
    assert step.data.tags["sagepipe.failure_reason"].startswith(reason)
    assert parent.data.tags["sagepipe.failure_reason"].startswith(f"a-step: {reason}")
    assert [item.path for item in client.list_artifacts(step.info.run_id)] == left


def test_a_job_that_ends_its_process_itself_has_succeeded_here_and_in_mlflow(tracked: Any) -> None:
    done = tracked.processing(outputs=["report"]).run("parts:go_wrong", "--how", "leave-well")
    assert done.returncode == 0
    assert "the component ended the process itself" in done.stderr
    assert not (tracked.ml / "output/message").exists()
    _, step = runs(tracked)["a-step"]
    _, parent = runs(tracked)["abcdef012345"]
    assert (step.info.status, parent.info.status) == ("FINISHED", "FINISHED")
