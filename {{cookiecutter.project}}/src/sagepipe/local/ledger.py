"""The record of an execution under way: in memory, in the database, told to who listens."""

import json
import sqlite3
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sagepipe.local import state
from sagepipe.local.events import EXECUTING, FAILED, STOPPED, STOPPING, SUCCEEDED, Event, OnEvent
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
        self._steps = {step.name: step for step in execution.steps}
        self._clocks: dict[str, float] = {}
        self._opened, self._begun = execution.started, time.monotonic()
        self.execution = execution

    def begin(self, reused: Iterable[StepExecution] = ()) -> None:
        """Write down that the execution began.

        Args:
            reused: Steps that don't run, with the results that they have.
        """
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
                "selection": self.execution.selection or None,
            },
        )
        self._tell(None)
        for step in reused:
            self._steps[step.name] = step
            state.insert(self._database, "steps", {**self._row(step), **_result(step)})
            self._tell(step)

    def reopen(self, runner: str, needs: Mapping[str, Iterable[str]]) -> None:
        """Write down that the execution goes on, and tell of the steps that needn't run again.

        Args:
            runner: How jobs are run from now on.
            needs: As for ``kept``.
        """
        row = {"status": EXECUTING, "failure_reason": None, "ended": None, "runner": runner}
        self._opened = max(state.now(), self._opened)
        self._change_execution(row)
        self._tell(None)
        kept = set(self.kept(needs))
        for step in self._steps.values():
            is_round = step.name not in needs  # of a loop; it is kept whatever else runs again
            if step.name in kept or (is_round and step.status == SUCCEEDED):
                self._tell(step)

    def succeeded(self, name: str) -> StepResult | None:
        """Look up the result that a step has already.

        Args:
            name: The step.

        Returns:
            Its result; ``None`` where it has yet to run.
        """
        step = self._steps.get(name)
        if step is None or step.status != SUCCEEDED:
            return None
        return StepResult(
            SUCCEEDED,
            step.properties,
            exit_message=step.exit_message,
            metrics=step.metrics,
            outcome=step.outcome,
        )

    def kept(self, needs: Mapping[str, Iterable[str]]) -> list[str]:
        """List the steps that need not run again.

        A step whose run condition let it run after a failure runs again with what it waits for.

        Args:
            needs: For each step, what it waits for.

        Returns:
            The steps that succeeded, as did all that they wait for; and those whose results were
            taken from another execution.
        """
        kept = {name for name in needs if self.succeeded(name)}
        while again := {name for name in kept if not self._is_kept(name, needs[name], kept)}:
            kept -= again
        return [name for name in needs if name in kept]

    def _is_kept(self, name: str, needed: Iterable[str], kept: set[str]) -> bool:
        return self._steps[name].selected_from is not None or kept.issuperset(needed)

    def attempts(self, name: str) -> int:
        """Say how often a step was started before.

        Args:
            name: The step.

        Returns:
            How often.
        """
        return self._steps[name].attempts if name in self._steps else 0

    def step_starting(self, step: StepExecution) -> None:
        """Write down that a step starts.

        Args:
            step: The step.
        """
        self._steps.pop(step.name, None)  # the order is that in which they were started last
        self._steps[step.name] = step
        self._clocks[step.name] = time.monotonic()
        state.insert(self._database, "steps", self._row(step), replace=True)
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
        # Not by the clock, which may have been set meanwhile.
        took = timedelta(seconds=time.monotonic() - self._clocks[name])
        row = {
            "status": result.status,
            "ended": self._steps[name].started + took,
            "failure_reason": result.failure_reason,
            "exit_message": result.exit_message,
            "metrics": result.metrics,
            "outcome": result.outcome,
            "properties": result.properties,
            "attempts": result.attempts,
            "cached_from": result.cached_from,
        }
        if result.cache_key:
            found = {"cache_key": result.cache_key, "stored": json.dumps(list(result.stored))}
            self._store(name, found)
        self._change(name, row)

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
        self._change_execution({"status": status, "failure_reason": reason, "ended": self._end()})
        self.execution = replace(self.execution, steps=tuple(self._steps.values()))
        self._tell(None)
        return self.execution

    def abandon(self, error: BaseException) -> None:
        """Write down that the runner itself can't go on, as far as that can be written.

        Args:
            error: Why.
        """
        reason = f"InternalServerError: the runner failed: {type(error).__name__}: {error}"
        ended = {"ended": self._end(), "failure_reason": reason}
        with suppress(Exception):
            for step in self._steps.values():
                if step.ended is None:
                    self._store(step.name, ended | {"status": STOPPED})
            self._change_execution(ended | {"status": FAILED})

    def _end(self) -> datetime:
        """Tell when the execution ends: not before any of its steps, whatever the clock says."""
        ends = [step.ended for step in self._steps.values() if step.ended]
        took = timedelta(seconds=time.monotonic() - self._begun)
        return max([self._opened + took, *ends])

    def _row(self, step: StepExecution) -> dict[str, Any]:
        return {
            "execution_id": self.execution.id,
            "name": step.name,
            "type": step.type,
            "status": step.status,
            "job_name": step.job_name,
            "started": step.started,
            "attempts": step.attempts,
        }

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
                reused_from=(step.cached_from or step.selected_from) if step else None,
            )
        )


def _result(step: StepExecution) -> dict[str, Any]:
    return {
        "ended": step.ended,
        "exit_message": step.exit_message,
        "metrics": step.metrics,
        "outcome": step.outcome,
        "properties": step.properties,
        "selected_from": step.selected_from,
    }
