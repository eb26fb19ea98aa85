"""The record of an execution under way: in memory, in the database, told to who listens."""

import sqlite3
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from sagepipe.local import state
from sagepipe.local.events import EXECUTING, FAILED, STOPPED, STOPPING, Event, OnEvent
from sagepipe.local.records import Execution, StepExecution
from sagepipe.local.steps.kind import StepResult


class Ledger:
    """Writes down each change of one execution. Only the thread that made it may use it.

    Args:
        database: Where to.
        execution: The execution, about to begin.
        on_event: Called at each change.
    """

    def __init__(
        self, database: sqlite3.Connection, execution: Execution, on_event: OnEvent | None
    ) -> None:
        self._database = database
        self._on_event = on_event
        self._steps: dict[str, StepExecution] = {}
        self.execution = execution

    def begin(self) -> None:
        """Write down that the execution began."""
        state.insert(
            self._database,
            "executions",
            {
                "id": self.execution.id,
                "pipeline": self.execution.pipeline,
                "runner": self.execution.runner,
                "status": self.execution.status,
                "parameters": self.execution.parameters,
                "started": self.execution.started,
            },
        )
        self._tell(None)

    def step_starting(self, step: StepExecution) -> None:
        """Write down that a step starts.

        Args:
            step: The step.
        """
        self._steps[step.name] = step
        state.insert(
            self._database,
            "steps",
            {
                "execution_id": self.execution.id,
                "name": step.name,
                "type": step.type,
                "status": step.status,
                "job_name": step.job_name,
                "started": step.started,
            },
        )
        self._tell(step)

    def step_executing(self, name: str) -> None:
        """Write down that a step's job runs.

        Args:
            name: The step.
        """
        self._change(name, {"status": EXECUTING})

    def step_ended(self, name: str, result: StepResult) -> None:
        """Write down how a step ended.

        Args:
            name: The step.
            result: How.
        """
        self._change(
            name,
            {
                "status": result.status,
                "ended": state.now(),
                "failure_reason": result.failure_reason,
                "exit_message": result.exit_message,
                "metrics": result.metrics,
                "outcome": result.outcome,
                "properties": result.properties,
            },
        )

    def stopping(self) -> None:
        """Write down that the execution was asked to stop."""
        self._change_execution({"status": STOPPING})
        self._tell(None)

    def finish(self, status: str, reason: str | None) -> Execution:
        """Write down the execution's end.

        Args:
            status: Succeeded, Failed, Stopped or CompletedWithFailures.
            reason: Why, where it failed.

        Returns:
            The finished execution.
        """
        self._change_execution({"status": status, "failure_reason": reason, "ended": state.now()})
        self.execution = replace(self.execution, steps=tuple(self._steps.values()))
        self._tell(None)
        return self.execution

    def abandon(self, error: BaseException) -> None:
        """Write down that the runner itself can't go on, as far as that can be written.

        Args:
            error: Why.
        """
        reason = f"InternalServerError: the runner failed: {type(error).__name__}: {error}"
        ended = {"ended": state.now(), "failure_reason": reason}
        with suppress(Exception):
            for step in self._steps.values():
                if step.ended is None:
                    self._store(step.name, ended | {"status": STOPPED})
            self._change_execution(ended | {"status": FAILED})

    def _change(self, name: str, row: Mapping[str, Any]) -> None:
        self._steps[name] = replace(self._steps[name], **row)
        self._store(name, row)
        self._tell(self._steps[name])

    def _store(self, name: str, row: Mapping[str, Any]) -> None:
        key = {"execution_id": self.execution.id, "name": name}
        state.update(self._database, "steps", key, row)

    def _change_execution(self, row: Mapping[str, Any]) -> None:
        self.execution = replace(self.execution, **row)
        state.update(self._database, "executions", {"id": self.execution.id}, row)

    def _tell(self, step: StepExecution | None) -> None:
        if self._on_event is None:
            return
        told = step or self.execution
        self._on_event(
            Event(
                execution_id=self.execution.id,
                step=step.name if step else None,
                type=step.type if step else "Execution",
                status=told.status,
                time=state.now(),
                reason=told.failure_reason,
                metrics=step.metrics if step else {},
                outcome=step.outcome if step else None,
                log=step.log if step else None,
            )
        )
