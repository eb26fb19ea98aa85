"""A step's run: nested in its execution's, with all that was recorded in it."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sagepipe import tracking
from sagepipe.tracking import LoggedModel, StepIdentity, store

OFF = StepIdentity("off", "flights", "abcdef012345", "train")


def runs(identity: StepIdentity) -> dict[str, Any]:
    """Return the experiment's runs by name."""
    client = store.client(identity.tracking_uri)
    experiment = client.get_experiment_by_name(identity.experiment)
    return {run.info.run_name: run for run in client.search_runs([experiment.experiment_id])}


def artifacts(identity: StepIdentity, run: Any, folder: str | None = None) -> list[str]:
    client = store.client(identity.tracking_uri)
    return [item.path for item in client.list_artifacts(run.info.run_id, folder)]


def test_a_step_is_nested_in_its_execution(identity: StepIdentity) -> None:
    with tracking.step_run(identity):
        pass
    parent, step = runs(identity)["abcdef012345"], runs(identity)["train"]
    assert step.data.tags["mlflow.parentRunId"] == parent.info.run_id
    assert (parent.info.status, step.info.status) == ("FINISHED", "FINISHED")
    assert (
        step.data.tags.items()
        >= {
            "sagepipe.execution_id": "abcdef012345",
            "sagepipe.step": "train",
            "sagepipe.job_name": "job-1",
            "sagepipe.image_uri": "image:1",
        }.items()
    )


def test_steps_of_an_execution_share_its_run_and_those_of_another_do_not(
    identity: StepIdentity,
) -> None:
    for step in (
        identity,
        replace(identity, step="evaluate"),
        replace(identity, execution_id="zzzzzz012345", step="other"),
    ):
        with tracking.step_run(step):
            pass
    found = runs(identity)
    assert set(found) == {"abcdef012345", "train", "evaluate", "zzzzzz012345", "other"}
    parents = {name: found[name].data.tags.get("mlflow.parentRunId") for name in found}
    assert parents["train"] == parents["evaluate"] == found["abcdef012345"].info.run_id
    assert parents["other"] == found["zzzzzz012345"].info.run_id


def test_parameters_and_results_stand_on_both_runs_and_other_metrics_on_the_steps(
    identity: StepIdentity, tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_text("1")
    with tracking.step_run(identity):
        tracking.log_step({"rate": 0.5}, "team.train:train", Path(__file__), {"rows": tmp_path})
        tracking.log_params({"depth": 3})
        tracking.log_metrics({"loss": 0.2}, step=4)
        tracking.log_result_metrics({"auc": 0.75})
        tracking.set_tags({"owner": "team"})
    parent, step = runs(identity)["abcdef012345"], runs(identity)["train"]
    assert step.data.params == {"rate": "0.5", "depth": "3"}
    assert step.data.metrics == {"loss": 0.2, "auc": 0.75}
    assert parent.data.params == {"train.rate": "0.5"}
    assert parent.data.metrics == {"auc": 0.75}
    assert step.data.tags["owner"] == "team"
    assert step.data.tags["sagepipe.data_hash.rows"].startswith("sha256:")


def test_the_commit_that_was_baked_into_the_image_stands_on_both_runs(
    identity: StepIdentity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAGEPIPE_GIT_COMMIT", "0123abc-dirty")
    with tracking.step_run(identity):
        tracking.log_step({}, "team.train:train", Path(__file__), {})
    for run in (runs(identity)["abcdef012345"], runs(identity)["train"]):
        assert run.data.tags["sagepipe.git_commit"] == "0123abc-dirty"
        assert run.data.tags["mlflow.source.git.commit"] == "0123abc"


def test_more_parameters_than_one_request_holds_are_all_recorded(identity: StepIdentity) -> None:
    with tracking.step_run(identity):
        tracking.log_params({f"p{number}": number for number in range(230)})
    assert len(runs(identity)["train"].data.params) == 230


def test_artifacts_lie_beside_the_store_and_a_file_is_recorded_once(
    identity: StepIdentity, tmp_path: Path
) -> None:
    (tmp_path / "report").mkdir()
    page = tmp_path / "report/raw.html"
    page.write_text("<p>")
    with tracking.step_run(identity):
        tracking.log_artifact(page, folder="first")
        tracking.log_artifact(page, folder="second")
        tracking.log_artifact(tmp_path / "report", folder="whole")
    step = runs(identity)["train"]
    assert artifacts(identity, step) == ["first", "whole"]
    assert artifacts(identity, step, "whole/report") == ["whole/report/raw.html"]
    assert list((tmp_path / "mlartifacts/flights").glob("*/artifacts/first/raw.html"))


def test_figures_data_sets_and_models_are_recorded(identity: StepIdentity, capfd: Any) -> None:
    import matplotlib.figure
    import mlflow
    import pandas
    from sklearn.linear_model import LogisticRegression

    frame = pandas.DataFrame({"a": [0.0, 1.0, 2.0, 3.0], "b": [1, 0, 1, 0]})
    model = LogisticRegression().fit(frame, [0, 0, 1, 1])
    with tracking.step_run(identity):
        tracking.log_figure(matplotlib.figure.Figure(), "roc.png")
        tracking.log_dataset(frame, "train", "training")
        made = tracking.log_model(model, frame.head(2))
    step = runs(identity)["train"]
    assert made == LoggedModel("flights/1", step.info.run_id)
    assert artifacts(identity, step) == ["roc.png"]
    data = step.inputs.dataset_inputs[0]
    assert (data.dataset.name, data.tags[0].value) == ("train", "training")
    logged = mlflow.get_logged_model(step.outputs.model_outputs[0].model_id)
    info = mlflow.models.get_model_info(logged.model_uri)
    assert info.signature.inputs.input_names() == ["a", "b"]
    assert info.saved_input_example_info["type"] == "dataframe"
    assert mlflow.pyfunc.load_model(logged.model_uri).predict(frame).tolist() == [0, 0, 1, 1]
    assert "WARNING" not in capfd.readouterr().err


def test_each_logged_model_is_the_next_version_of_the_pipelines_registered_model(
    identity: StepIdentity, fitted: tuple[Any, Any]
) -> None:
    import mlflow

    with tracking.step_run(identity):
        first = tracking.log_model(*fitted)
    with tracking.step_run(replace(identity, execution_id="zzzzzz012345")):
        second = tracking.log_model(*fitted)
        other = tracking.log_model(*fitted, registered_name="delays")
    assert [made.model_version for made in (first, second, other)] == [
        "flights/1",
        "flights/2",
        "delays/1",
    ]
    registry = store.client(identity.tracking_uri)
    for made in (first, second, other):
        name, _, version = made.model_version.rpartition("/")
        assert registry.get_model_version(name, version).run_id == made.run_id
        loaded = mlflow.pyfunc.load_model(f"models:/{made.model_version}")
        assert loaded.predict(fitted[1]).tolist() == [0, 0, 1, 1]


def test_a_model_that_the_registry_refuses_is_recorded_without_a_version(
    identity: StepIdentity, fitted: tuple[Any, Any], capsys: Any
) -> None:
    with tracking.step_run(identity):
        made = tracking.log_model(*fitted, registered_name="late/flights")
        tracking.log_metrics({"auc": 0.5})
    step = runs(identity)["train"]
    assert made == ("none", step.info.run_id)
    assert len(step.outputs.model_outputs) == 1
    assert step.data.metrics == {"auc": 0.5}
    assert "a version of late/flights not recorded: MlflowException" in capsys.readouterr().err


def test_a_model_that_mlflow_can_not_log_has_its_run_only(
    identity: StepIdentity, fitted: tuple[Any, Any], capsys: Any
) -> None:
    with tracking.step_run(identity):
        made = tracking.log_model(object(), fitted[1])
    assert made == ("none", runs(identity)["train"].info.run_id)
    assert "the model not recorded" in capsys.readouterr().err


def test_a_logged_model_is_read_back_from_the_metadata_that_it_left() -> None:
    logged = LoggedModel("flights/3", "0123abc")
    assert logged.metadata == {"mlflow.model_version": "flights/3", "mlflow.run_id": "0123abc"}
    assert LoggedModel.of({"rows": 3, **logged.metadata}) == logged
    assert LoggedModel.of({}) == LoggedModel.of({"mlflow.run_id": ""}) == ("none", "none")


def test_mlflows_own_functions_record_on_the_steps_run(identity: StepIdentity) -> None:
    import mlflow

    with tracking.step_run(identity):
        mlflow.log_metric("epoch_loss", 0.5)
    assert mlflow.active_run() is None
    assert runs(identity)["train"].data.metrics == {"epoch_loss": 0.5}


def test_a_failure_ends_both_runs_with_its_reason(identity: StepIdentity) -> None:
    with pytest.raises(ValueError), tracking.step_run(identity):
        raise ValueError("no rows")
    parent, step = runs(identity)["abcdef012345"], runs(identity)["train"]
    assert (parent.info.status, step.info.status) == ("FAILED", "FAILED")
    assert step.data.tags["sagepipe.failure_reason"] == "no rows"
    assert parent.data.tags["sagepipe.failure_reason"] == "train: no rows"


def test_an_end_from_outside_is_recorded_as_killed(identity: StepIdentity) -> None:
    with pytest.raises(KeyboardInterrupt), tracking.step_run(identity):
        raise KeyboardInterrupt
    assert {run.info.status for run in runs(identity).values()} == {"KILLED"}


def test_an_execution_runs_while_a_step_does_and_has_failed_when_one_has(
    identity: StepIdentity,
) -> None:
    with tracking.step_run(identity):
        assert runs(identity)["abcdef012345"].info.status == "RUNNING"
    with pytest.raises(ValueError), tracking.step_run(replace(identity, step="evaluate")):
        assert runs(identity)["abcdef012345"].info.status == "RUNNING"
        raise ValueError
    with tracking.step_run(replace(identity, step="report")):
        pass
    assert runs(identity)["abcdef012345"].info.status == "FAILED"


def test_a_step_that_succeeds_when_retried_clears_its_execution(identity: StepIdentity) -> None:
    with pytest.raises(ValueError), tracking.step_run(identity):
        raise ValueError
    with tracking.step_run(replace(identity, job_name="job-2")):
        pass
    assert runs(identity)["abcdef012345"].info.status == "FINISHED"


def test_a_call_that_mlflow_refuses_is_a_warning(identity: StepIdentity, capsys: Any) -> None:
    with tracking.step_run(identity):
        tracking.log_params({"depth": 3})
        tracking.log_params({"depth": 4})
        tracking.log_metrics({"auc": 0.5})
    assert "sagepipe: tracking: depth not recorded: MlflowException" in capsys.readouterr().err
    assert runs(identity)["train"].data.metrics == {"auc": 0.5}


def test_a_server_out_of_reach_is_a_warning_and_the_step_goes_on(capsys: Any) -> None:
    with tracking.step_run(replace(OFF, tracking_uri="http://127.0.0.1:9")) as run:
        assert run is None
        tracking.log_metrics({"auc": 0.5})
    err = capsys.readouterr().err
    assert "http://127.0.0.1:9 can't be used, so this step is not recorded" in err


def test_without_a_run_every_call_does_nothing() -> None:
    tracking.log_params({"a": 1})
    tracking.log_metrics({"a": 1})
    tracking.log_figure(None, "a.png")  # type: ignore[arg-type]
    tracking.log_artifact("nowhere")
    tracking.log_dataset(None, "a", "b")  # type: ignore[arg-type]
    assert tracking.log_model(None, None) == ("none", "none")  # type: ignore[arg-type]
    tracking.set_tags({"a": "b"})


def test_off_imports_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mlflow", None)  # importing it would raise
    with tracking.step_run(OFF) as run:
        assert run is None
    tracking.fail_execution("off", "flights", "abcdef012345", "reason")
    tracking.fail_step(OFF, "reason")
    assert tracking.find_execution("off", "flights", "abcdef012345") is None
