"""What a step writes into MLflow's SQLite store by itself is what MLflow's client would write."""

import re
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import recorded

from sagepipe import tracking
from sagepipe.tracking import StepIdentity, sqlite, store
from sagepipe.tracking.sqlite import database

NAN, INFINITE = float("nan"), float("inf")


@pytest.fixture
def both(new_store: Path, tmp_path: Path) -> list[Path]:
    """Two equal stores: for our client, and for MLflow's."""
    places = [tmp_path / name for name in ("ours", "mlflows")]
    for place in places:
        place.mkdir()
        shutil.copy(new_store, place / "mlflow.db")
    return [place / "mlflow.db" for place in places]


@pytest.fixture
def clients(both: list[Path]) -> list[Any]:
    """A client of each kind, each with an experiment and a run in it."""
    ours, mlflows = (f"sqlite:///{file}" for file in both)
    found = [store.step_client(ours), store.client(mlflows)]
    assert isinstance(found[0], sqlite.SqliteClient)
    return found


def rows(file: Path) -> dict[str, list[str]]:
    """Return all that a store holds by table, its ids and times made alike."""
    with closing(sqlite3.connect(file)) as db:
        names = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
        whole = {
            table: [repr(row) for row in db.execute(f'SELECT * FROM "{table}"')]
            for (table,) in db.execute(names).fetchall()
        }
        called = dict(db.execute("SELECT run_uuid, name FROM runs"))
        called |= dict(db.execute("SELECT model_id, 'm-' || name FROM logged_models"))
        called |= dict(db.execute("SELECT dataset_uuid, name FROM datasets"))
        called |= dict(
            db.execute("SELECT input_uuid, source_type || source_id || destination_id FROM inputs")
        )
    called = {name: _plain(text, called) for name, text in called.items()}
    here = str(file.parent)
    return {
        table: sorted(_plain(row, called).replace(here, "HERE") for row in found)
        for table, found in whole.items()
    }


def _plain(text: str, called: dict[str, str]) -> str:
    for key, name in called.items():
        text = text.replace(key, f"<{name}>")
    return re.sub(r"\b1[6-9]\d{11}\b", "<ms>", text)


def test_a_step_leaves_the_rows_that_mlflows_client_leaves(
    both: list[Path],
    fitted: tuple[Any, Any],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    for file, revision in zip(both, (database.REVISION, "another"), strict=True):
        monkeypatch.setattr(sqlite.client, "REVISION", revision)
        uri = f"sqlite:///{file}"
        identity = StepIdentity(uri, "flights", "abcdef012345", "train", "job-1", "image:1")
        for step in (identity, replace(identity, step="evaluate")):
            with tracking.step_run(step) as run:
                assert run is not None
                assert isinstance(run.client, sqlite.SqliteClient) == (file == both[0])
                recorded.work(fitted, tmp_path)
        with pytest.raises(ValueError), tracking.step_run(replace(identity, step="late")):
            raise ValueError("no rows")
        with tracking.step_run(replace(identity, step="late", job_name="job-2")):
            pass
    ours, mlflows = (rows(file) for file in both)
    assert len(ours["model_versions"]) == 2
    assert ours == mlflows
    ours, mlflows = (recorded.content(f"sqlite:///{file}", identity) for file in both)
    assert ours == mlflows


def test_metrics_that_repeat_or_are_no_numbers_are_kept_as_mlflow_keeps_them(
    clients: list[Any], both: list[Path]
) -> None:
    from mlflow.entities import Metric

    batches = [
        [("a", 1.0, 5, 0), ("a", 2.0, 6, 1), ("b", NAN, 5, 0), ("c", INFINITE, 5, 0)],
        [("a", 1.0, 5, 0), ("a", 9.0, 7, 0), ("b", 3.0, 5, 0), ("c", -INFINITE, 6, 0)],
        [("a", 2.0, 6, 1), ("a", 4.0, 6, 1), ("b", NAN, 5, 0), ("d", 1.0, 5, 2)],
    ]
    for client in clients:
        experiment = client.create_experiment("metrics", "file:///somewhere")
        run_id = client.create_run(experiment, run_name="run", tags={}).info.run_id
        for batch in batches:
            client.log_batch(run_id, metrics=[Metric(*values) for values in batch])
    ours, mlflows = (rows(file) for file in both)
    for table in ("metrics", "latest_metrics"):
        assert ours[table] == mlflows[table]


def test_what_mlflow_refuses_is_refused_with_its_code_and_nothing_of_it_is_kept(
    clients: list[Any], both: list[Path]
) -> None:
    from mlflow.entities import Metric, Param, RunTag
    from mlflow.exceptions import MlflowException

    said: list[list[str]] = []
    for client in clients:
        experiment = client.create_experiment("refused", "file:///somewhere")
        run_id = client.create_run(experiment, run_name="run", tags={}).info.run_id
        gone = client.create_run(experiment, run_name="gone", tags={}).info.run_id
        client.log_batch(run_id, params=[Param("depth", "3")], tags=[RunTag("owner", "a")])
        client.delete_run(gone)
        calls = [
            lambda c=client, r=run_id: c.log_batch(
                r, [Metric("auc", 1.0, 5, 0)], [Param("depth", "4")], [RunTag("owner", "b")]
            ),
            lambda c=client, r=run_id: c.log_batch(r, params=[Param("a", "1"), Param("a", "2")]),
            lambda c=client, r=run_id: c.log_batch(r, [Metric("a\nb", 1.0, 5, 0)]),
            lambda c=client, r=run_id: c.log_batch(r, tags=[RunTag("t" * 300, "x")]),
            lambda c=client, r=gone: c.log_batch(r, [Metric("auc", 1.0, 5, 0)]),
            lambda c=client: c.log_batch("0" * 32, [Metric("auc", 1.0, 5, 0)]),
        ]
        said.append([])
        for call in calls:
            with pytest.raises(MlflowException) as caught:
                call()
            said[-1].append(str(caught.value.error_code))
    assert said[0] == said[1]
    ours, mlflows = (rows(file) for file in both)
    assert ours == mlflows


def test_the_schema_is_that_of_the_mlflow_that_is_installed(new_store: Path) -> None:
    """After an upgrade of MLflow: see what changed in the tables that ``sqlite.rows`` writes."""
    assert database.Database(new_store).revision() == database.REVISION


@pytest.mark.parametrize("content", [None, b"", b"no database"])
def test_a_file_that_is_no_store_of_mlflows_is_left_to_mlflow(
    content: bytes | None, tmp_path: Path
) -> None:
    file = tmp_path / "mlflow.db"
    if content is not None:
        file.write_bytes(content)
    assert not sqlite.fits(file)


def test_a_part_that_fails_takes_nothing_back_of_what_is_around_it(new_store: Path) -> None:
    data = database.Database(new_store)
    with data.transaction() as db:
        db.execute("CREATE TEMP TABLE things (name TEXT)")
        db.execute("INSERT INTO things VALUES ('kept')")
        with pytest.raises(ValueError), data.transaction() as part:
            part.execute("INSERT INTO things VALUES ('taken back')")
            raise ValueError
        assert db.execute("SELECT name FROM things").fetchall() == [("kept",)]


def test_metrics_that_mlflow_sends_in_the_background_are_there_when_the_step_ends(
    identity: StepIdentity,
) -> None:
    import mlflow

    with tracking.step_run(identity) as run:
        assert run is not None
        for step in range(20):
            mlflow.log_metric("loss", 1 / (step + 1), step, synchronous=False)
    found = store.client(identity.tracking_uri).get_metric_history(run.run_id, "loss")
    assert len(found) == 20
