"""What MLflow's UI shows of executions when it opens."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from sagepipe import tracking
from sagepipe.tracking import StepIdentity, store

TAG = "mlflow.sharedViewState.sagepipe"


def execute(identity: StepIdentity, number: int, rate: float) -> None:
    with tracking.step_run(replace(identity, execution_id=f"execution{number:03d}")):
        tracking.log_step({"rate": rate, "seed": 7}, "team.train:train", Path(__file__), {})
        tracking.log_metrics({"loss": 0.1})
        tracking.log_result_metrics({"auc": 0.75})


def shown(uri: str) -> list[str]:
    experiment = store.client(uri).get_experiment_by_name("flights")
    return list(json.loads(experiment.tags[TAG])["selectedColumns"])


def test_an_experiment_opens_with_results_and_the_parameters_that_differ(
    identity: StepIdentity, uri: str
) -> None:
    execute(identity, 1, 0.1)
    page = tracking.arrange(uri)
    results = ["attributes.`Duration`", "metrics.`auc`"]
    assert shown(uri) == [*results, "params.`train.rate`", "params.`train.seed`"]
    execute(identity, 2, 0.2)
    assert tracking.arrange(uri) == page
    assert shown(uri) == [*results, "params.`train.rate`"]
    experiment = store.client(uri).get_experiment_by_name("flights").experiment_id
    assert page.startswith(f"#/experiments/{experiment}/runs?workflowType=machine_learning")
    assert page.endswith("viewStateShareKey=sagepipe")


def test_intervals_take_no_columns_from_metrics(identity: StepIdentity, uri: str) -> None:
    with tracking.step_run(identity):
        tracking.log_result_metrics({"auc": 0.7, "auc_low": 0.6, "auc_high": 0.8, "rows": 5})
    tracking.arrange(uri)
    assert shown(uri)[1:] == ["metrics.`auc`", "metrics.`rows`"]


def test_where_nothing_ran_the_list_of_experiments_opens(uri: str) -> None:
    assert tracking.arrange(uri) == "#/experiments?workflowType=machine_learning"


def test_a_store_that_cannot_be_used_is_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.MonkeyPatch.context() as patience:
        patience.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
        assert tracking.arrange("http://127.0.0.1:9").startswith("#/experiments?")
    assert "the columns of MLflow's pages are not set" in capsys.readouterr().err
