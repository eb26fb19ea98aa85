"""Rows of MLflow's tables."""

import math
import sqlite3
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mlflow.entities import DatasetInput, Metric, Param, Run, RunTag

ACTIVE = "active"  # of runs and experiments; the others are deleted
_LARGEST = 1.7976931348623157e308  # MLflow's stand-in for infinity
_RUN = (
    "run_uuid, name, experiment_id, user_id, status, start_time, end_time, lifecycle_stage, "
    "artifact_uri"
)


def new_id() -> str:
    """Make an id."""
    return uuid.uuid4().hex


def check_active(db: sqlite3.Connection, run_id: str) -> int:
    """See that a run can be recorded on.

    Args:
        db: The store.
        run_id: The run.

    Returns:
        Its experiment.

    Raises:
        MlflowException: It is deleted, or there is none.
    """
    where = "SELECT experiment_id, lifecycle_stage FROM runs WHERE run_uuid = ?"
    found = db.execute(where, (run_id,)).fetchone()
    if found is None:
        raise refusal(f"Run with id={run_id} not found", "RESOURCE_DOES_NOT_EXIST")
    if found[1] != ACTIVE:
        raise refusal(f"The run {run_id} must be in the 'active' state. Its state is {found[1]}.")
    return int(found[0])


def refusal(said: str, code: str = "INVALID_PARAMETER_VALUE") -> Exception:
    """Make MLflow's exception for what it would not take."""
    from mlflow.exceptions import MlflowException
    from mlflow.protos import databricks_pb2

    return MlflowException(said, error_code=getattr(databricks_pb2, code))


def insert(db: sqlite3.Connection, table: str, **columns: Any) -> None:
    """Add a row."""
    marks = ", ".join("?" * len(columns))
    db.execute(
        f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", tuple(columns.values())
    )


def put_params(db: sqlite3.Connection, run_id: str, params: Sequence["Param"]) -> None:
    """Add parameters to a run; none may have another value already."""
    if not params:
        return
    known = dict(db.execute("SELECT key, value FROM params WHERE run_uuid = ?", (run_id,)))
    changed = [it for it in params if known.get(it.key, it.value) != it.value]
    if changed:
        raise refusal(
            "Changing param values is not allowed. Params were already logged for run "
            f"ID='{run_id}': "
            + ", ".join(f"{it.key} was {known[it.key]}, is {it.value}" for it in changed)
        )
    new = [(it.key, it.value, run_id) for it in params if it.key not in known]
    db.executemany("INSERT INTO params (key, value, run_uuid) VALUES (?, ?, ?)", new)


def put_tags(db: sqlite3.Connection, run_id: str, tags: Iterable["RunTag"]) -> None:
    """Set tags of a run; its name is one."""
    from sagepipe.tracking.tags import RUN_NAME

    for tag in tags:
        if tag.key == RUN_NAME:
            db.execute("UPDATE runs SET name = ? WHERE run_uuid = ?", (tag.value, run_id))
    db.executemany(
        "INSERT INTO tags (key, value, run_uuid) VALUES (?, ?, ?) "
        "ON CONFLICT (key, run_uuid) DO UPDATE SET value = excluded.value",
        [(tag.key, tag.value, run_id) for tag in tags],
    )


def put_metrics(
    db: sqlite3.Connection,
    run_id: str,
    experiment_id: int,
    metrics: Sequence["Metric"],
    model_id: str | None = None,
) -> None:
    """Add metrics to a run, and to the models that they are of; but none twice.

    Where a metric names no model, it is of the one that is given, if any.

    The latest of each is that of the highest step, then of the latest time, then the highest.
    """
    values = [(it, *_value(it.value)) for it in metrics]
    rows = [(it.key, value, it.timestamp, it.step, nan, run_id) for it, value, nan in values]
    columns = "(key, value, timestamp, step, is_nan, run_uuid) VALUES (?, ?, ?, ?, ?, ?)"
    db.executemany(f"INSERT INTO metrics {columns} ON CONFLICT DO NOTHING", rows)
    db.executemany(
        f"INSERT INTO latest_metrics AS old {columns} ON CONFLICT (key, run_uuid) DO UPDATE SET "
        "value = excluded.value, timestamp = excluded.timestamp, step = excluded.step, "
        "is_nan = excluded.is_nan WHERE (excluded.step, excluded.timestamp, excluded.value) "
        "> (old.step, old.timestamp, old.value)",
        rows,
    )
    db.executemany(
        "INSERT INTO logged_model_metrics (model_id, metric_name, metric_timestamp_ms, "
        "metric_step, metric_value, experiment_id, run_id, dataset_name, dataset_digest) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        [
            (
                *(
                    it.model_id or model_id,
                    it.key,
                    it.timestamp,
                    it.step,
                    value,
                    experiment_id,
                    run_id,
                ),
                *(it.dataset_name, it.dataset_digest),
            )
            for it, value, _ in values
            if (it.model_id or model_id) is not None
        ],
    )


def _value(number: float) -> tuple[float, bool]:
    """Return a metric's value as the tables hold it, and whether it is no number."""
    if math.isnan(number):
        return 0.0, True
    return max(-_LARGEST, min(_LARGEST, number)), False


def put_dataset(
    db: sqlite3.Connection, run_id: str, experiment_id: int, given: "DatasetInput"
) -> None:
    """Make a data set an input of a run."""
    data = given.dataset
    known = db.execute(
        "SELECT dataset_uuid FROM datasets WHERE experiment_id = ? AND name = ? AND digest = ?",
        (experiment_id, data.name, data.digest),
    ).fetchone()
    dataset_id = known[0] if known else new_id()
    if not known:
        insert(
            db,
            "datasets",
            dataset_uuid=dataset_id,
            experiment_id=experiment_id,
            name=data.name,
            digest=data.digest,
            dataset_source_type=data.source_type,
            dataset_source=data.source,
            dataset_schema=data.schema,
            dataset_profile=data.profile,
        )
    input_id = put_link(db, ("DATASET", dataset_id), ("RUN", run_id))
    for tag in given.tags if input_id else ():
        insert(db, "input_tags", input_uuid=input_id, name=tag.key, value=tag.value)


def put_link(
    db: sqlite3.Connection, source: tuple[str, str], target: tuple[str, str], step: int = 0
) -> str:
    """Link two things.

    Args:
        db: The store.
        source: The kind and id of where the link starts.
        target: The same of where it ends.
        step: The step of a run that it belongs to.

    Returns:
        The link's id; nothing where it was there.
    """
    link = new_id()
    added = db.execute(
        "INSERT INTO inputs (input_uuid, source_type, source_id, destination_type, "
        "destination_id, step) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (link, *source, *target, step),
    )
    return link if added.rowcount else ""


def runs_with(db: sqlite3.Connection, experiment_id: str, wanted: Mapping[str, str]) -> list["Run"]:
    """Find an experiment's runs by their tags.

    Args:
        db: The store.
        experiment_id: The experiment.
        wanted: Texts by the tag's name.

    Returns:
        The runs with their tags; their parameters and metrics are left out.
    """
    which = " AND ".join(
        ["experiment_id = ?", "lifecycle_stage = ?"]
        + ["run_uuid IN (SELECT run_uuid FROM tags WHERE key = ? AND value = ?)"] * len(wanted)
    )
    told = (int(experiment_id), ACTIVE, *(text for pair in wanted.items() for text in pair))
    found = db.execute(f"SELECT {_RUN} FROM runs WHERE {which}", told).fetchall()
    return [_run(db, row) for row in found]


def get_run(db: sqlite3.Connection, run_id: str) -> "Run":
    """Return a run that is there, with its tags."""
    return _run(db, db.execute(f"SELECT {_RUN} FROM runs WHERE run_uuid = ?", (run_id,)).fetchone())


def _run(db: sqlite3.Connection, row: tuple[Any, ...]) -> "Run":
    from mlflow.entities import Run, RunData, RunInfo, RunTag

    run_id, name, experiment_id, user, status, started, ended, stage, artifacts = row
    tags = db.execute("SELECT key, value FROM tags WHERE run_uuid = ?", (run_id,))
    info = RunInfo(
        run_id=run_id,
        run_name=name,
        experiment_id=str(experiment_id),
        user_id=user,
        status=status,
        start_time=started,
        end_time=ended,
        lifecycle_stage=stage,
        artifact_uri=artifacts,
    )
    return Run(info, RunData(tags=[RunTag(key, text) for key, text in tags]))
