"""Runs a definition: what is ready starts, in parallel; what failed stops the rest from starting.

Steps that have a job run in threads, each of which waits for its processes. The thread that called
``run`` owns the state: it alone writes the ledger and decides what starts next.

Where SageMaker doesn't say what it does, this runner does the following. What runs may finish after
a failure; what still starts is said in schedule.py. A step that has failed may be referred to for
what is known of it. A job that exceeds its MaxRuntimeInSeconds makes its step fail.
A step's cache policy is without effect: every step runs.
"""

import json
import sqlite3
import sys
import threading
import traceback
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import replace
from queue import SimpleQueue
from typing import Any

from sagepipe.local import identity, lock, plan, signals, state
from sagepipe.local.control import STOP_REQUESTED, Control
from sagepipe.local.errors import StepError
from sagepipe.local.events import EXECUTING, FAILED, STARTING, STOPPED, SUCCEEDED, OnEvent
from sagepipe.local.history import LOG
from sagepipe.local.jobs.job import new_name
from sagepipe.local.launch.choose import ChosenLauncher
from sagepipe.local.launch.guardian import Guardian
from sagepipe.local.launch.launch import Launcher
from sagepipe.local.ledger import Ledger
from sagepipe.local.records import Execution, StepExecution
from sagepipe.local.registry import ModelRegistry
from sagepipe.local.requests import Requests
from sagepipe.local.schedule import Schedule
from sagepipe.local.settings import LocalSettings
from sagepipe.local.step import Step
from sagepipe.local.steps import foreach
from sagepipe.local.steps.kind import StepResult, StepRun
from sagepipe.local.steps.table import KINDS
from sagepipe.local.storage import Storage

STEP_FAILURE = "Step failure: One or multiple steps failed."  # the service's own words
_STOP = object()


def run(
    definition: Mapping[str, Any],
    parameters: Mapping[str, Any],
    settings: LocalSettings,
    on_event: OnEvent | None = None,
    *,
    pipeline: str = "pipeline",
) -> Execution:
    """Run a compiled pipeline definition on this machine.

    Args:
        definition: The definition's JSON as a dict, whoever compiled it.
        parameters: Values of pipeline parameters by name, as text.
        settings: This machine and this project.
        on_event: Called at each change of state, in this thread.
        pipeline: The pipeline's name, which a definition doesn't hold.

    Returns:
        The execution at its end: Succeeded, Failed or Stopped.

    Raises:
        LocalError: This machine lacks what the runner needs; nothing was started or written.
        DefinitionError: The definition can't run here; the same.
        ParameterError: The parameters are not what it declares; the same.
    """
    launcher = ChosenLauncher(settings)
    planned = plan.make(definition, parameters, launcher)
    name = identity.random(12)
    execution = Execution(
        id=name,
        pipeline=pipeline,
        status=EXECUTING,
        parameters=planned.parameters,
        started=state.now(),
        folder=settings.runs / name,
        runner=launcher.name,
    )
    execution.folder.mkdir(parents=True)
    (execution.folder / "definition.json").write_text(
        json.dumps(definition, indent=2), encoding="utf-8"
    )
    with lock.held(execution.folder), closing(state.connect(settings.database)) as database:
        ledger = Ledger(database, execution, on_event)
        return _Run(planned, settings, launcher, database, ledger).go()


class _Run:
    """One execution under way."""

    def __init__(
        self,
        planned: plan.Plan,
        settings: LocalSettings,
        launcher: Launcher,
        database: sqlite3.Connection,
        ledger: Ledger,
    ) -> None:
        self._settings = settings
        self._launcher = launcher
        self._ledger = ledger
        self._execution = ledger.execution
        self._storage = Storage(settings.s3, settings.project)
        self._registry = ModelRegistry(database, self._storage)
        self._requests = Requests(planned, ledger.execution, self._storage, launcher)
        self._schedule = Schedule(planned.definition.steps, planned.graph.needs)
        self._messages: SimpleQueue[Any] = SimpleQueue()
        self._running: dict[str, Control] = {}
        self._guardian = Guardian()
        self._stops = 0

    def go(self) -> Execution:
        self._guardian.begin()
        self._ledger.begin()
        try:
            with signals.watched(lambda: self._messages.put(_STOP)):
                self._loop()
        except BaseException as error:
            for control in self._running.values():
                control.kill()
            self._ledger.abandon(error)
            raise
        finally:
            self._guardian.close()
        if self._stops:
            return self._ledger.finish(STOPPED, None)
        status = self._schedule.status
        return self._ledger.finish(status, None if status == SUCCEEDED else STEP_FAILURE)

    def _loop(self) -> None:
        self._start_ready()
        while self._running:
            message = self._messages.get()
            if message is _STOP:
                self._stop()
                continue
            name, news = message
            if isinstance(news, StepResult):
                self._end(name, news)
            else:
                self._ledger.step_executing(name)
            self._start_ready()

    def _start_ready(self) -> None:
        while len(self._running) < self._settings.parallel and not self._stops:
            step = self._schedule.take()
            if step is None:
                return
            self._start(step)

    def _start(self, step: Step) -> None:
        has_job = KINDS[step.type].job_variable is not None
        job_name = new_name(self._execution.id, step.name) if has_job else None
        folder = self._execution.folder / step.name
        if has_job:
            folder.mkdir()
        record = StepExecution(
            name=step.name,
            type=step.type,
            status=STARTING,
            started=state.now(),
            folder=folder,
            job_name=job_name,
            log=folder / LOG if has_job else None,
        )
        self._ledger.step_starting(record)
        control = Control(self._launcher, self._settings.stop_grace, self._guardian)
        self._running[step.name] = control

        def go() -> None:
            self._messages.put((step.name, self._result(step, record, control)))

        if has_job:
            threading.Thread(target=go, name=step.name, daemon=True).start()
        else:
            go()

    def _result(self, step: Step, record: StepExecution, control: Control) -> StepResult:
        """Run a step to its end, whatever happens."""
        try:
            result = self._run_step(step, record, control)
        except StepError as error:
            result = StepResult(STOPPED if control.stopped else FAILED, failure_reason=str(error))
        except Exception as error:
            reason = f"InternalServerError: {type(error).__name__}: {error}"
            result = StepResult(FAILED, failure_reason=reason)
            if not isinstance(error, OSError):
                traceback.print_exc(file=sys.stderr)
        if record.log and result.failure_reason:
            properties = {**result.properties, "FailureReason": result.failure_reason}
            result = replace(result, properties=properties)
            with suppress(OSError), open(record.log, "a", encoding="utf-8") as log:
                log.write(f"[sagepipe] {result.failure_reason}\n")
        return result

    def _run_step(self, step: Step, record: StepExecution, control: Control) -> StepResult:
        request = self._requests.request(step, record.job_name)
        if record.log:
            record.log.touch()
        result = KINDS[step.type].run(
            StepRun(
                step=step,
                request=request,
                execution=self._execution,
                folder=record.folder,
                job_name=record.job_name,
                log=record.log,
                settings=self._settings,
                storage=self._storage,
                registry=self._registry,
                control=control,
                executing=lambda: self._messages.put((step.name, EXECUTING)),
                given=self._requests.given(step),
                properties=self._requests.properties,
            )
        )
        if result.status == SUCCEEDED:
            measured = self._requests.measured(step, request)
            result = replace(result, metrics={**result.metrics, **measured})
        return result

    def _end(self, name: str, result: StepResult) -> None:
        del self._running[name]
        if result.rounds is None:
            self._over(name, result)
        else:
            self._ledger.step_executing(name)
            for steps in result.rounds:
                self._requests.add(steps)
            self._schedule.expand(name, result.rounds)
        self._end_loops()

    def _end_loops(self) -> None:
        while loop := self._schedule.loop_over():
            self._over(loop.loop.name, foreach.result(loop))

    def _over(self, name: str, result: StepResult) -> None:
        self._requests.properties[name] = result.properties
        self._schedule.ended(name, result)
        self._ledger.step_ended(name, result)

    def _stop(self) -> None:
        self._stops += 1
        if self._stops == 1:
            self._ledger.stopping()
            self._schedule.stop()
            self._end_loops()
        for control in self._running.values():
            if self._stops == 1:
                control.terminate(STOP_REQUESTED)
            else:
                control.kill()
