"""The read side: what ran, how it went, what was registered."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from sagepipe.local import last_sign, lock, state
from sagepipe.local.errors import UnknownExecutionError
from sagepipe.local.events import FAILED, FINISHED, STOPPED
from sagepipe.local.records import Execution, ModelPackage, StepExecution
from sagepipe.local.registry import ModelRegistry
from sagepipe.local.settings import LocalSettings
from sagepipe.local.storage import Storage

LAST = "last"
LOG = "log.txt"
GONE = "The process that ran this execution is gone: it was killed, or the machine went down."


class History:
    """All executions and model packages of a project.

    Args:
        root: The folder that ``LocalSettings.root`` names.
        project: Where relative paths start; the current folder where not given.
    """

    def __init__(self, root: Path, project: Path | None = None) -> None:
        self._settings = LocalSettings(root=root, project=project or Path.cwd())
        self._storage = Storage(self._settings.s3, self._settings.project)

    def executions(self, limit: int | None = None, steps: bool = False) -> list[Execution]:
        """List executions.

        Args:
            limit: At most so many.
            steps: Whether with their steps.

        Returns:
            The newest first.
        """
        query = "SELECT * FROM executions ORDER BY rowid DESC LIMIT ?"
        rows = self._rows(query, -1 if limit is None else limit)
        found = [self._execution(row) for row in rows]
        if not steps:
            return found
        query = (
            "SELECT * FROM steps WHERE execution_id IN (SELECT value FROM json_each(?)) "
            "ORDER BY rowid"
        )
        rows = self._rows(query, json.dumps([item.id for item in found]))
        by_execution: dict[str, list[sqlite3.Row]] = {}
        for row in rows:
            by_execution.setdefault(row["execution_id"], []).append(row)
        return [_with_steps(item, by_execution.get(item.id, [])) for item in found]

    def get(self, reference: str = LAST) -> Execution:
        """Find an execution, with its steps.

        Args:
            reference: Its id, the beginning of its id, or ``last``.

        Returns:
            The execution.

        Raises:
            UnknownExecutionError: None or several are meant.
        """
        found = self._find(reference)
        if not found:
            raise UnknownExecutionError(
                f"no execution {reference!r} is on record in {self._settings.root}"
            )
        if len(found) > 1:
            ids = ", ".join(row["id"] for row in found)
            raise UnknownExecutionError(f"{reference!r} may mean several executions: {ids}")
        execution = self._execution(found[0])
        query = "SELECT * FROM steps WHERE execution_id = ? ORDER BY rowid"
        return _with_steps(execution, self._rows(query, execution.id))

    def latest(self, pipeline: str) -> Execution | None:
        """Find the latest execution of a pipeline, with its steps.

        Args:
            pipeline: The pipeline's name.

        Returns:
            The execution, if there is one.
        """
        query = "SELECT id FROM executions WHERE pipeline = ? ORDER BY rowid DESC LIMIT 1"
        rows = self._rows(query, pipeline)
        return self.get(rows[0]["id"]) if rows else None

    def log_path(self, reference: str, step: str) -> Path:
        """Say where a step's job wrote to.

        Args:
            reference: As for ``get``.
            step: The step's name.

        Returns:
            The file of its standard output and error.

        Raises:
            UnknownExecutionError: There is no such step, or it has no job.
        """
        found = self.get(reference).step(step)
        if found.log is None and found.selected_from:
            raise UnknownExecutionError(
                f"step {step!r} took its outputs from run {found.selected_from}, whose log it is: "
                f"sagepipe logs {found.selected_from} {step}"
            )
        if found.log is None:
            raise UnknownExecutionError(f"{found.type} step {step!r} has no job, so no log")
        return found.log

    def log(self, reference: str, step: str) -> str:
        """Read what a step's job wrote.

        Args:
            reference: As for ``get``.
            step: The step's name.

        Returns:
            Its standard output and error.

        Raises:
            UnknownExecutionError: There is no such step, or it has no job.
        """
        return self.log_path(reference, step).read_text(encoding="utf-8", errors="replace")

    def model_packages(self, group: str | None = None) -> list[ModelPackage]:
        """List model packages.

        Args:
            group: Only this group's.

        Returns:
            The newest first.
        """
        if not self._settings.database.exists():
            return []
        with closing(state.connect(self._settings.database)) as connection:
            return ModelRegistry(connection, self._storage).packages(group)

    def latest_model(
        self, group: str | None = None, approval: str | None = None
    ) -> ModelPackage | None:
        """Find the model package that was registered last.

        Args:
            group: Only in this group.
            approval: Only with this approval status.

        Returns:
            The model package, if there is one.
        """
        packages = self.model_packages(group)
        return next((item for item in packages if approval in (None, item.approval)), None)

    def approve(self, group: str, version: int, approval: str) -> ModelPackage:
        """Set a model package's approval status.

        Args:
            group: Its group.
            version: Its version.
            approval: Approved, Rejected or PendingManualApproval.

        Returns:
            The model package as it is now.
        """
        with closing(state.connect(self._settings.database)) as connection:
            return ModelRegistry(connection, self._storage).approve(group, version, approval)

    def path(self, uri: str) -> Path:
        """Say where an object lies on this machine.

        Args:
            uri: An ``s3://`` or ``file://`` URI.

        Returns:
            Its path.
        """
        return self._storage.path(uri)

    def _find(self, reference: str) -> list[sqlite3.Row]:
        if reference == LAST:
            return self._rows("SELECT * FROM executions ORDER BY rowid DESC LIMIT 1")
        exact = self._rows("SELECT * FROM executions WHERE id = ?", reference)
        if exact or not reference:
            return exact
        query = "SELECT * FROM executions WHERE substr(id, 1, ?) = ? ORDER BY rowid DESC"
        return self._rows(query, len(reference), reference)

    def _rows(self, query: str, *values: Any) -> list[sqlite3.Row]:
        if not self._settings.database.exists():
            return []
        with closing(state.connect(self._settings.database)) as connection:
            return connection.execute(query, values).fetchall()

    def _execution(self, row: sqlite3.Row) -> Execution:
        record = execution_record(row, self._settings.runs)
        if record.finished or lock.is_held(record.folder):
            return record
        # It may have come to its end since the row was read.
        (row,) = self._rows("SELECT * FROM executions WHERE id = ?", record.id)
        record = execution_record(row, self._settings.runs)
        if record.finished:
            return record
        with closing(state.connect(self._settings.database)) as connection:
            ended = last_sign.of(connection, record.folder)
        return replace(record, status=FAILED, failure_reason=GONE, ended=ended)


def _with_steps(execution: Execution, rows: Sequence[sqlite3.Row]) -> Execution:
    """Add an execution's steps; those whose runner is gone do not run any more."""
    steps = [step_record(row, execution.folder) for row in rows]
    if execution.failure_reason == GONE:
        steps = [
            step if step.status in FINISHED else replace(step, status=STOPPED, failure_reason=GONE)
            for step in steps
        ]
    return replace(execution, steps=tuple(steps))


def execution_record(row: sqlite3.Row | Mapping[str, Any], runs: Path) -> Execution:
    """Make an execution of its row.

    Args:
        row: A row of ``executions``.
        runs: The folder of runs.

    Returns:
        The execution, without steps.
    """
    started = state.time(row["started"])
    assert started is not None
    return Execution(
        id=row["id"],
        pipeline=row["pipeline"],
        status=row["status"],
        parameters=json.loads(row["parameters"]),
        started=started,
        folder=runs / row["id"],
        ended=state.time(row["ended"]),
        failure_reason=row["failure_reason"],
        runner=row["runner"],
        selection=json.loads(row["selection"] or "{}"),
    )


def step_record(row: sqlite3.Row | Mapping[str, Any], run: Path) -> StepExecution:
    """Make a step of its row.

    Args:
        row: A row of ``steps``.
        run: The run's folder.

    Returns:
        The step.
    """
    started = state.time(row["started"])
    assert started is not None
    folder = run / row["name"]
    return StepExecution(
        name=row["name"],
        type=row["type"],
        status=row["status"],
        started=started,
        folder=folder,
        ended=state.time(row["ended"]),
        failure_reason=row["failure_reason"],
        exit_message=row["exit_message"],
        job_name=row["job_name"],
        metrics=json.loads(row["metrics"] or "{}"),
        outcome=None if row["outcome"] is None else bool(row["outcome"]),
        properties=json.loads(row["properties"] or "{}"),
        log=folder / LOG if row["job_name"] else None,
        attempts=row["attempts"],
        cached_from=row["cached_from"],
        selected_from=row["selected_from"],
    )
