"""MLflow's client for what a step records, without SQLAlchemy."""

import os
import sqlite3
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from sagepipe.tracking import tags as names
from sagepipe.tracking.sqlite import rows
from sagepipe.tracking.sqlite.database import REVISION, Database

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import (
        DatasetInput,
        Experiment,
        LoggedModel,
        LoggedModelOutput,
        Metric,
        Param,
        Run,
        RunTag,
    )
    from mlflow.entities.model_registry import ModelVersion

_ARTIFACTS, _MODELS = "artifacts", "models"  # folders of runs and of an experiment
_WORKSPACE = "default"
_NOT_ACTIVE = "The experiment {} must be in the 'active' state."


def fits(file: Path) -> bool:
    """Say whether a store's file can be written without MLflow's client.

    Args:
        file: The file; one that is not there can't.
    """
    workspaces = os.environ.get("MLFLOW_ENABLE_WORKSPACES", "").lower() in ("true", "1")
    return not workspaces and file.is_file() and Database(file).revision() == REVISION


class SqliteClient:
    """Methods of ``MlflowClient``, under their names; any other is left to that client itself.

    Args:
        tracking_uri: The store.
        file: Its file.
    """

    def __init__(self, tracking_uri: str, file: Path) -> None:
        self.tracking_uri = tracking_uri
        self._database = Database(file)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._mlflow(), name)

    def _mlflow(self) -> "MlflowClient":
        import mlflow

        return mlflow.MlflowClient(self.tracking_uri)

    def together(self) -> AbstractContextManager[sqlite3.Connection]:
        """Make calls in the block one transaction; none may be left to MLflow's client."""
        return self._database.transaction()

    def get_experiment_by_name(self, name: str) -> "Experiment | None":
        from mlflow.entities import Experiment

        with self.together() as db:
            found = db.execute(
                "SELECT experiment_id, artifact_location, lifecycle_stage FROM experiments "
                "WHERE name = ? AND workspace = ?",
                (name, _WORKSPACE),
            ).fetchone()
        return Experiment(str(found[0]), name, found[1], found[2]) if found else None

    def runs_with(self, experiment_id: str, wanted: Mapping[str, str]) -> list["Run"]:
        """Find an experiment's runs by their tags; see ``rows.runs_with``."""
        with self.together() as db:
            return rows.runs_with(db, experiment_id, wanted)

    def create_run(
        self,
        experiment_id: str,
        start_time: int | None = None,
        tags: Mapping[str, str] | None = None,
        run_name: str = "",
    ) -> "Run":
        from mlflow.entities import RunTag

        given = {**(tags or {}), names.RUN_NAME: run_name}
        run_id = rows.new_id()
        with self.together() as db:
            place = self._artifacts(db, experiment_id, run_id)
            rows.insert(
                db,
                "runs",
                run_uuid=run_id,
                name=run_name,
                source_type="UNKNOWN",
                source_name="",
                entry_point_name="",
                user_id=given.get(names.USER, "unknown"),
                status="RUNNING",
                start_time=start_time or _now(),
                source_version="",
                lifecycle_stage=rows.ACTIVE,
                artifact_uri=place,
                experiment_id=int(experiment_id),
            )
            rows.put_tags(db, run_id, [RunTag(name, text) for name, text in given.items()])
            return rows.get_run(db, run_id)

    def update_run(self, run_id: str, status: str) -> None:
        self._set_status(run_id, "status = ?", status)

    def set_terminated(self, run_id: str, status: str, end_time: int | None = None) -> None:
        self._set_status(run_id, "status = ?, end_time = ?", status, end_time or _now())

    def _set_status(self, run_id: str, what: str, *values: object) -> None:
        with self.together() as db:
            rows.check_active(db, run_id)
            db.execute(f"UPDATE runs SET {what} WHERE run_uuid = ?", (*values, run_id))

    def delete_tag(self, run_id: str, key: str) -> None:
        with self.together() as db:
            rows.check_active(db, run_id)
            db.execute("DELETE FROM tags WHERE run_uuid = ? AND key = ?", (run_id, key))

    def set_tag(self, run_id: str, key: str, value: str) -> None:
        from mlflow.entities import RunTag

        self.log_batch(run_id, tags=[RunTag(key, value)])

    def log_batch(
        self,
        run_id: str,
        metrics: Sequence["Metric"] = (),
        params: Sequence["Param"] = (),
        tags: Sequence["RunTag"] = (),
    ) -> None:
        from mlflow.tracking.fluent import get_active_model_id

        mlflows = _validation()
        mlflows._validate_batch_log_limits(metrics, params, tags)
        mlflows._validate_param_keys_unique(params)
        metrics, params, tags = mlflows._validate_batch_log_data(metrics, params, tags)
        with self.together() as db:
            experiment_id = rows.check_active(db, run_id)
            rows.put_params(db, run_id, params)
            rows.put_metrics(db, run_id, experiment_id, metrics, get_active_model_id())
            rows.put_tags(db, run_id, tags)

    def log_inputs(self, run_id: str, datasets: Sequence["DatasetInput"]) -> None:
        _validation()._validate_dataset_inputs(datasets)
        with self.together() as db:
            experiment_id = rows.check_active(db, run_id)
            for given in datasets:
                rows.put_dataset(db, run_id, experiment_id, given)

    def log_outputs(self, run_id: str, models: Sequence["LoggedModelOutput"]) -> None:
        with self.together() as db:
            rows.check_active(db, run_id)
            for model in models:
                target = ("MODEL_OUTPUT", model.model_id)
                rows.put_link(db, ("RUN_OUTPUT", run_id), target, model.step)

    def create_logged_model(
        self,
        experiment_id: str,
        name: str,
        source_run_id: str,
        tags: Mapping[str, str],
        params: Mapping[str, str],
    ) -> "LoggedModel":
        from mlflow.entities import LoggedModel, LoggedModelStatus

        model_id, now = f"m-{rows.new_id()}", _now()
        with self.together() as db:
            place = self._artifacts(db, experiment_id, _MODELS, model_id)
            experiment = int(experiment_id)
            rows.insert(
                db,
                "logged_models",
                model_id=model_id,
                experiment_id=experiment,
                name=name,
                artifact_location=place,
                creation_timestamp_ms=now,
                last_updated_timestamp_ms=now,
                status=LoggedModelStatus.PENDING.to_int(),
                lifecycle_stage=rows.ACTIVE,
                source_run_id=source_run_id,
            )
            for key, text in params.items():
                row = {"model_id": model_id, "param_key": key, "param_value": text}
                rows.insert(db, "logged_model_params", experiment_id=experiment, **row)
            for key, text in tags.items():
                row = {"model_id": model_id, "tag_key": key, "tag_value": text}
                rows.insert(db, "logged_model_tags", experiment_id=experiment, **row)
        return LoggedModel(
            experiment_id=experiment_id,
            model_id=model_id,
            name=name,
            artifact_location=place,
            creation_timestamp=now,
            last_updated_timestamp=now,
            source_run_id=source_run_id,
            status=LoggedModelStatus.PENDING,
        )

    def finalize_logged_model(self, model_id: str, status: str) -> None:
        from mlflow.entities import LoggedModelStatus

        with self.together() as db:
            db.execute(
                "UPDATE logged_models SET status = ?, last_updated_timestamp_ms = ? "
                "WHERE model_id = ?",
                (LoggedModelStatus(status).to_int(), _now(), model_id),
            )

    def set_logged_model_tags(self, model_id: str, tags: Mapping[str, str]) -> None:
        with self.together() as db:
            db.executemany(
                "INSERT INTO logged_model_tags (model_id, experiment_id, tag_key, tag_value) "
                "SELECT model_id, experiment_id, ?, ? FROM logged_models WHERE model_id = ? "
                "ON CONFLICT (model_id, tag_key) DO UPDATE SET tag_value = excluded.tag_value",
                [(key, text, model_id) for key, text in tags.items()],
            )

    def create_model_version(
        self, name: str, source: str, run_id: str, await_creation_for: int, model_id: str
    ) -> "ModelVersion":
        import mlflow
        from mlflow.entities.model_registry import ModelVersion

        if mlflow.get_registry_uri() != self.tracking_uri:  # a registry that is somewhere else
            return self._mlflow().create_model_version(
                name, source, run_id, await_creation_for=await_creation_for, model_id=model_id
            )
        _validation()._validate_model_name(name)
        now = _now()
        with self.together() as db:
            there = db.execute(
                "UPDATE registered_models SET last_updated_time = ? WHERE name = ? "
                "AND workspace = ?",
                (now, name, _WORKSPACE),
            )
            if not there.rowcount:
                said = f"Registered Model with name={name} not found"
                raise rows.refusal(said, "RESOURCE_DOES_NOT_EXIST")
            last = "SELECT max(version) FROM model_versions WHERE name = ? AND workspace = ?"
            version = (db.execute(last, (name, _WORKSPACE)).fetchone()[0] or 0) + 1
            place = "SELECT artifact_location FROM logged_models WHERE model_id = ?"
            rows.insert(
                db,
                "model_versions",
                workspace=_WORKSPACE,
                name=name,
                version=version,
                creation_time=now,
                last_updated_time=now,
                current_stage="None",
                source=source,
                storage_location=db.execute(place, (model_id,)).fetchone()[0],
                run_id=run_id,
                status="READY",
            )
        # MLflow's own entities have a number here, whatever they declare.
        made: Any = ModelVersion
        return cast("ModelVersion", made(name, version, now, now, source=source, run_id=run_id))

    def _artifacts(self, db: sqlite3.Connection, experiment_id: str, *folders: str) -> str:
        """Say where artifacts are kept that belong to something in an experiment."""
        from mlflow.utils import uri

        found = db.execute(
            "SELECT artifact_location, lifecycle_stage FROM experiments WHERE experiment_id = ?",
            (int(experiment_id),),
        ).fetchone()
        if found is None or found[1] != rows.ACTIVE:
            raise rows.refusal(_NOT_ACTIVE.format(experiment_id))
        join: Any = uri.append_to_uri_path
        return str(join(found[0], *folders, _ARTIFACTS))


def _validation() -> Any:
    """Return MLflow's own checks of names and values; its client makes them in its store."""
    from mlflow.utils import validation

    return validation


def _now() -> int:
    return int(time.time() * 1000)
