"""A model in MLflow, when the server is lost on the way."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import recorded
import servers

from sagepipe import tracking
from sagepipe.tracking import StepIdentity, spool, store

pytestmark = pytest.mark.once

# Requests of log_model: the last that the server did.
LOST = ("POST logged-models", "PUT model.skops", "PATCH logged-models", "POST model-versions")


@pytest.fixture
def server(http_server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[servers.Faulty]:
    """A server that can be told to go wrong."""
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with servers.faulty(http_server) as server:
        yield server


@pytest.fixture
def step(server: servers.Faulty, new_execution: str, tmp_path: Path) -> StepIdentity:
    """A step that keeps what the server does not take."""
    place = tmp_path / spool.NAME
    return StepIdentity(server.address, "flights", new_execution, "train", "job-1", spool=place)


def kept(tmp_path: Path) -> Path:
    (folder,) = spool.find([tmp_path])
    return folder


def found(uri: str, identity: StepIdentity) -> list[Any]:
    """All models of a step's run, also those that its run does not name."""
    client = store.client(uri)
    run = next(run for run in runs_of(client, identity) if run.info.run_name == "train")
    there = client.search_logged_models(
        [run.info.experiment_id], f"source_run_id = '{run.info.run_id}'"
    )
    assert [output.model_id for output in run.outputs.model_outputs] == [
        model.model_id for model in there
    ]
    return [(str(it.status), [(m.key, m.value) for m in it.metrics or ()]) for it in there]


def runs_of(client: Any, identity: StepIdentity) -> Any:
    experiment = client.get_experiment_by_name(identity.experiment).experiment_id
    wanted = f"tags.`{tracking.tags.EXECUTION_ID}` = '{identity.execution_id}'"
    return client.search_runs([experiment], wanted)


@pytest.mark.parametrize("lost", LOST)
def test_a_server_that_is_lost_after_any_request_leaves_one_model_and_one_version(
    lost: str,
    server: servers.Faulty,
    http_server: str,
    step: StepIdentity,
    fitted: tuple[Any, Any],
    tmp_path: Path,
) -> None:
    with tracking.step_run(step):
        tracking.log_metrics({"loss": 0.5})
        server.lost = lost
        tracking.log_model(*fitted)
    server.lost = server.fault = ""
    tracking.sync(kept(tmp_path), http_server)
    assert found(http_server, step) == [("READY", [("loss", 0.5)])]
    ((_, status, *_, own),) = recorded.content(http_server, step)["train"]["models"]
    assert (status, own) == ("READY", True)
