"""What becomes of a job and of its records when the tracking server is not what it should be."""

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import recorded
import servers
import situations

from sagepipe import tracking
from sagepipe.tracking import StepIdentity, TrackingError, spool

KEPT = Path(__file__).parents[3] / "docs/reference/tracking-failures.json"
UPDATE = "SM_TEMPLATE_UPDATE_FAILURES"  # set it to keep new results; then run without xdist
CELLS = [
    pytest.param(situation, policy, id=f"{situation.fault or 'well'}-{situation.after}-{policy}")
    for situation in situations.SITUATIONS
    for policy in situations.POLICIES
]


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Servers that refuse are not asked again."""
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")


@pytest.fixture
def server(http_server: str) -> Iterator[servers.Faulty]:
    """A server that can be told to go wrong."""
    with servers.faulty(http_server) as server:
        yield server


@pytest.fixture(scope="module")
def whole(
    new_store: Path, fitted: tuple[Any, Any], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """What a store has of the work when nothing is wrong."""
    folder = tmp_path_factory.mktemp("whole")
    uri = f"sqlite:///{shutil.copy(new_store, folder)}"
    identity = StepIdentity(uri, "flights", "abcdef012345", "train", "job-1")
    with tracking.step_run(identity):
        recorded.work(fitted, folder)
    return named(recorded.content(uri, identity), identity)


def step(uri: str, folder: Path, execution_id: str, policy: str) -> StepIdentity:
    return StepIdentity(
        uri, "flights", execution_id, "train", "job-1", policy=policy, spool=folder / spool.NAME
    )


@pytest.mark.parametrize(("situation", "policy"), CELLS)
@pytest.mark.usefixtures("impatient")
def test_each_cell_of_the_table(
    situation: situations.Situation,
    policy: str,
    server: servers.Faulty,
    http_server: str,
    fitted: tuple[Any, Any],
    whole: dict[str, Any],
    new_execution: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    dead = f"http://127.0.0.1:{servers.free_port()}"
    uri = dead if situation.fault == "dead" else server.address
    identity = step(uri, tmp_path, new_execution, policy)
    server.fault = situation.fault if situation.fault not in ("dead", "refuse") else ""
    server.after = situation.after

    with pytest.MonkeyPatch.context() as waiting:
        if situation.fault == "hang":  # only it never answers; a busy machine may take seconds
            waiting.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "2")
        try:
            with tracking.step_run(identity):
                recorded.work(fitted, tmp_path)
                if situation.fault == "refuse":
                    tracking.log_params({"rate": 0.6})
            failure = ""
        except TrackingError as error:
            failure = str(error)

    server.fault = ""
    came = outcome(identity, http_server, failure, whole, server.asked, capsys.readouterr().err)
    assert came == situation.outcome(policy)
    note(situation.what, policy, came)


def outcome(
    identity: StepIdentity,
    server: str,
    failure: str,
    whole: dict[str, Any],
    asked: int,
    said: str,
) -> str:
    """Say what came of a step, in the table's words; anything else fails here."""
    kept = list(spool.find([identity.spool.parent] if identity.spool else []))
    if failure:
        assert "mlflow_policy is 'required'" in failure and identity.tracking_uri in failure
        assert not kept
        return situations.FAILS
    if kept:
        assert spool.ADVICE in said
        assert [item.step for item in tracking.sync(kept[0], server)] == ["train"]
        assert named(recorded.content(server, identity), identity) == whole
        return situations.KEPT
    found = named(recorded.content(server, identity), identity)
    if not found:
        assert not asked and not said
        return situations.NOT_ASKED
    assert found == whole
    return situations.WARNED if "rate not recorded" in said else situations.RECORDED


def named(content: dict[str, Any], identity: StepIdentity) -> dict[str, Any]:
    """Put one execution's id for all."""
    text = json.dumps(content, sort_keys=True).replace(identity.execution_id, "abcdef012345")
    return dict(json.loads(text))


def note(what: str, policy: str, came: str) -> None:
    """Hold the documentation's table to what was seen, or write it anew."""
    found = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    if os.environ.get(UPDATE):
        found.setdefault(what, {})[policy] = came
        KEPT.write_text(json.dumps(found, indent=2) + "\n")
    assert found.get(what, {}).get(policy) == came


def test_the_documentation_has_every_situation_and_no_other() -> None:
    assert list(json.loads(KEPT.read_text())) == [item.what for item in situations.SITUATIONS]


@pytest.mark.usefixtures("impatient")
def test_syncing_twice_or_from_a_copy_changes_nothing(
    uri: str, fitted: tuple[Any, Any], tmp_path: Path
) -> None:
    dead = step("http://127.0.0.1:9", tmp_path / "out", "abcdef012345", "best-effort")
    (tmp_path / "out").mkdir()
    with tracking.step_run(dead):
        recorded.work(fitted, tmp_path)
    copy = shutil.copytree(tmp_path / "out", tmp_path / "copy")
    assert len(tracking.sync(tmp_path / "out" / spool.NAME, uri)) == 1
    once = recorded.content(uri, dead)
    assert once["train"]["status"] == once["abcdef012345"]["status"] == "FINISHED"
    assert tracking.sync(tmp_path / "out" / spool.NAME, uri) == []
    assert tracking.sync(copy / spool.NAME, uri) == []
    assert recorded.content(uri, dead) == once


@pytest.mark.usefixtures("impatient")
def test_a_sync_that_was_cut_off_is_gone_on_with(
    server: servers.Faulty,
    http_server: str,
    fitted: tuple[Any, Any],
    new_execution: str,
    whole: dict[str, Any],
    tmp_path: Path,
) -> None:
    identity = step("http://127.0.0.1:9", tmp_path, new_execution, "best-effort")
    with tracking.step_run(identity):
        recorded.work(fitted, tmp_path)
    (folder,) = spool.find([tmp_path])
    for after in range(3):
        server.fault, server.after = "500", after
        with pytest.raises(TrackingError, match="they are kept: sync again"):
            tracking.sync(folder, server.address)
    server.fault = ""
    assert len(tracking.sync(folder, server.address)) == 1
    assert named(recorded.content(http_server, identity), identity) == whole


@pytest.mark.usefixtures("impatient")
def test_mlflows_own_functions_are_kept_too(uri: str, tmp_path: Path) -> None:
    import mlflow

    identity = step("http://127.0.0.1:9", tmp_path, "abcdef012345", "best-effort")
    with tracking.step_run(identity):
        mlflow.log_metric("epoch_loss", 0.5)
    assert mlflow.active_run() is None
    (folder,) = spool.find([tmp_path])
    tracking.sync(folder, uri)
    assert recorded.content(uri, identity)["train"]["metrics"] == {"epoch_loss": [(0, 0.5)]}


@pytest.mark.usefixtures("impatient")
def test_a_failed_step_is_kept_and_uploaded_as_failed(uri: str, tmp_path: Path) -> None:
    identity = step("http://127.0.0.1:9", tmp_path, "abcdef012345", "best-effort")
    with pytest.raises(ValueError), tracking.step_run(identity):
        raise ValueError("no rows")
    (folder,) = spool.find([tmp_path])
    tracking.sync(folder, uri)
    found = recorded.content(uri, identity)
    assert {run["status"] for run in found.values()} == {"FAILED"}


@pytest.mark.usefixtures("impatient")
def test_a_step_that_fails_by_itself_says_so_though_the_server_is_required(
    server: servers.Faulty, new_execution: str, tmp_path: Path
) -> None:
    identity = step(server.address, tmp_path, new_execution, "required")
    with pytest.raises(ValueError, match="no rows"), tracking.step_run(identity):
        server.fault = "drop"
        raise ValueError("no rows")


@pytest.mark.usefixtures("impatient")
def test_without_an_output_there_is_nowhere_to_keep_records(capsys: Any) -> None:
    identity = replace(step("http://127.0.0.1:9", Path(), "abcdef012345", ""), spool=None)
    with tracking.step_run(replace(identity, policy="best-effort")) as run:
        assert run is None
    assert "so this step is not recorded" in capsys.readouterr().err
