"""An execution under way: what is ready starts, in parallel; what failed stops the rest.

Steps that have a job run in threads, each of which waits for its processes. The thread that called
``go`` owns the state: it alone writes the ledger and decides what starts next.

Where SageMaker doesn't say what it does, this runner does the following. What runs may finish after
a failure; what still starts is said in schedule.py. A step that has failed may be referred to for
what is known of it. A job that exceeds its MaxRuntimeInSeconds makes its step fail.
"""

import sqlite3
import threading
from collections.abc import Iterable
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any

from sagepipe.local import plan, signals, state
from sagepipe.local.attempts import Attempts
from sagepipe.local.cache import Cache
from sagepipe.local.control import STOP_REQUESTED, Control
from sagepipe.local.events import EXECUTING, STARTING, STOPPED, SUCCEEDED
from sagepipe.local.history import LOG
from sagepipe.local.jobs.job import new_name
from sagepipe.local.launch.foreground import ForegroundLauncher
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
from sagepipe.local.steps.kind import StepResult
from sagepipe.local.steps.table import KINDS
from sagepipe.local.storage import Storage

STEP_FAILURE = "Step failure: One or multiple steps failed."  # the service's own words
_STOP = object()
_AWAKE = 1.0  # seconds


class Run:
    """One execution under way.

    Args:
        planned: The whole pipeline.
        settings: This machine and this project.
        launcher: Starts the hosts of jobs.
        database: Where the state is.
        ledger: Its record, which has begun; steps on it that succeeded don't run again.
        selected: The steps that may run; any where not given.
        cache: Whether steps may take the outputs of earlier runs.
    """

    def __init__(
        self,
        planned: plan.Plan,
        settings: LocalSettings,
        launcher: Launcher,
        database: sqlite3.Connection,
        ledger: Ledger,
        selected: Iterable[str] | None = None,
        cache: bool = True,
    ) -> None:
        self._settings = settings
        self._launcher = launcher
        self._ledger = ledger
        self._execution = ledger.execution
        storage = Storage(settings.s3, settings.project, others=settings.in_containers)
        self._requests = Requests(planned, ledger.execution, storage, launcher)
        self._schedule = Schedule(planned.definition.steps, planned.graph.needs)
        self._attempts = Attempts(
            ledger.execution,
            settings,
            self._requests,
            storage,
            ModelRegistry(database, storage),
            Cache(ledger.execution.pipeline, settings, storage, cache),
        )
        self._messages: SimpleQueue[Any] = SimpleQueue()
        self._running: dict[str, Control] = {}
        self._guardian = Guardian()
        self._stops = 0
        kept = ledger.kept(planned.graph.needs)
        for name in kept:
            self._reuse(name)
        if selected is not None:
            self._schedule.leave_out(set(planned.definition.steps) - set(selected) - set(kept))

    def go(self) -> Execution:
        """Run to the end.

        Returns:
            The execution at its end.
        """
        self._guardian.begin(self._execution.folder)
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
            message = self._message()
            if message is _STOP:
                self._stop()
                continue
            name, news = message
            if isinstance(news, StepResult):
                self._end(name, news)
            else:
                self._ledger.step_executing(name)
            self._start_ready()

    def _message(self) -> Any:
        """Wait for news, awake now and then: the system may hand Ctrl-C to another thread."""
        while True:
            with suppress(Empty):
                return self._messages.get(timeout=_AWAKE)

    def _start_ready(self) -> None:
        while len(self._running) < self._settings.parallel and not self._stops:
            step = self._schedule.take()
            if step is None:
                return
            self._start(step)

    def _start(self, step: Step) -> None:
        has_job = KINDS[step.type].job_variable is not None
        folder = self._execution.folder / step.name
        record = StepExecution(
            name=step.name,
            type=step.type,
            status=STARTING,
            started=state.now(),
            folder=folder,
            job_name=new_name(self._execution.id, step.name) if has_job else None,
            log=folder / LOG if has_job else None,
            attempts=self._ledger.attempts(step.name) + 1,
        )
        self._ledger.step_starting(record)
        debugged = step.name == self._settings.debug
        launcher = ForegroundLauncher(self._settings) if debugged else self._launcher
        control = Control(launcher, self._settings.stop_grace, self._guardian)
        self._running[step.name] = control

        def executing() -> None:
            self._messages.put((step.name, EXECUTING))

        def go() -> None:
            result = self._attempts.run(step, record, control, executing)
            self._messages.put((step.name, result))

        if has_job:
            threading.Thread(target=go, name=step.name, daemon=True).start()
        else:
            go()

    def _end(self, name: str, result: StepResult) -> None:
        del self._running[name]
        if result.rounds is None:
            self._over(name, result)
        else:
            self._ledger.step_executing(name)
            for steps in result.rounds:
                self._requests.add(steps)
            self._schedule.expand(name, result.rounds)
            for step in (step for steps in result.rounds for step in steps):
                self._reuse(step.name)
        self._end_loops()

    def _reuse(self, name: str) -> None:
        """Take the result that a step has already, if it has one."""
        if result := self._ledger.succeeded(name):
            self._requests.properties[name] = result.properties
            self._schedule.ended(name, result)

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
