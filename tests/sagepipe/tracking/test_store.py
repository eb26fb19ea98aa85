"""How long tracking waits for a server."""

import os

import pytest

from sagepipe.tracking import store

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
