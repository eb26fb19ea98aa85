"""How long tracking waits for a server, and servers that SageMaker manages."""

import os
import sys

import pytest

from sagepipe import tracking
from sagepipe.tracking import StepIdentity, TrackingError, store

TIMEOUT = "MLFLOW_HTTP_REQUEST_TIMEOUT"


def test_opening_is_less_patient_than_working_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(TIMEOUT, raising=False)
    for _ in range(2):
        with store.short_patience():
            assert os.environ[TIMEOUT] == "10"
        assert os.environ[TIMEOUT] == "60"


def test_what_the_environment_says_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TIMEOUT, "7")
    with store.short_patience():
        assert os.environ[TIMEOUT] == "7"
    assert os.environ[TIMEOUT] == "7"


MANAGED = "arn:aws:sagemaker:eu-west-1:123456789012:mlflow-tracking-server/team"


def test_an_arn_without_its_plugin_is_one_error_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "sagemaker_mlflow", None)
    identity = StepIdentity(MANAGED, "flights", "abcdef012345", "train", policy="required")
    with pytest.raises(TrackingError) as caught, tracking.step_run(identity):
        pass
    said = str(caught.value)
    assert MANAGED in said and "\n" not in said
    assert 'add "sagemaker-mlflow" to the extra train in pyproject.toml' in said


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:sagemaker:eu-west-1:123456789012:endpoint/team",
        "arn:aws:s3:::bucket",
        "arn:aws-cn:sagemaker:cn-north-1:123456789012:mlflow-tracking-server/team",
    ],
)
def test_an_arn_of_anything_else_is_refused(arn: str) -> None:
    with pytest.raises(TrackingError, match="names no MLflow server"):
        store.client(arn)
