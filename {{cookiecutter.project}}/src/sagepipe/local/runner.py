"""Runs a definition: what is ready starts, in parallel; what failed stops the rest from starting.

Steps run in threads, each of which waits for a process. The thread that called ``run`` owns the
state: it alone writes the database, calls ``on_event`` and decides what starts next.

Where SageMaker doesn't say what it does, this runner does the following. After a failure nothing
new starts and what runs may finish. A job that exceeds its MaxRuntimeInSeconds makes its step fail.
A step's cache policy is without effect: every step runs.
"""

import json
import sys
import threading
import traceback
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import replace
from queue import SimpleQueue
from typing import Any

from sagepipe.local import conditions, identity, lock, plan, signals, state
from sagepipe.local.definition import Step
from sagepipe.local.errors import StepError
from sagepipe.local.events import (
    EXECUTING,
    FAILED,
    STARTING,
    STOPPED,
    STOPPING,
    SUCCEEDED,
    Event,
    OnEvent,
)
from sagepipe.local.expressions import GET, Scope, resolve
from sagepipe.local.history import LOG
from sagepipe.local.jobs import processing, training
from sagepipe.local.jobs.job import Job, JobResult, new_name
from sagepipe.local.process import STOP_REQUESTED, JobProcess
from sagepipe.local.records import RUNNER, Execution, StepExecution
from sagepipe.local.registry import ModelRegistry
from sagepipe.local.settings import LocalSettings, arn
from sagepipe.local.storage import Storage

STEP_FAILURE = "Step failure: One or multiple steps failed."  # the service's own words
_JOBS = {
    "Processing": ("processing-job", "ProcessingJobName", processing.run),
    "Training": ("training-job", "TrainingJobName", training.run),
}
_URI_KEYS = ("S3Uri", "S3OutputPath", "ModelDataUrl")
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
        DefinitionError: The definition can't run here; nothing was started or written.
        ParameterError: The parameters are not what it declares; the same.
    """
    planned = plan.make(definition, parameters, settings)
    name = identity.random(12)
    folder = settings.runs / name
    folder.mkdir(parents=True)
    (folder / "definition.json").write_text(json.dumps(definition, indent=2), encoding="utf-8")
    with lock.held(folder), closing(state.connect(settings.database)) as database:
        return _Run(planned, settings, database, name, pipeline, on_event).go()


class _Run:
    """One execution under way."""

    def __init__(
        self,
        planned: plan.Plan,
        settings: LocalSettings,
        database: Any,
        name: str,
        pipeline: str,
        on_event: OnEvent | None,
    ) -> None:
        self._plan = planned
        self._settings = settings
        self._database = database
        self._storage = Storage(settings.s3, settings.project)
        self._registry = ModelRegistry(database, self._storage)
        self._on_event = on_event
        self._execution = Execution(
            id=name,
            pipeline=pipeline,
            status=EXECUTING,
            parameters=planned.parameters,
            started=state.now(),
            folder=settings.runs / name,
        )
        self._messages: SimpleQueue[Any] = SimpleQueue()
        self._waits_for = {name: len(needs) for name, needs in planned.graph.needs.items()}
        self._ready = deque(name for name in planned.definition.steps if not self._waits_for[name])
        self._running: dict[str, JobProcess] = {}
        self._steps: dict[str, StepExecution] = {}
        self._properties: dict[str, Mapping[str, Any]] = {}
        self._failed = False
        self._stops = 0

    def go(self) -> Execution:
        state.insert(
            self._database,
            "executions",
            {
                "id": self._execution.id,
                "pipeline": self._execution.pipeline,
                "runner": RUNNER,
                "status": EXECUTING,
                "parameters": self._execution.parameters,
                "started": self._execution.started,
            },
        )
        self._tell(None, "Execution", EXECUTING)
        try:
            with signals.watched(lambda: self._messages.put(_STOP)):
                self._loop()
        except BaseException as error:
            self._abandon(error)
            raise
        if self._stops:
            return self._finish(STOPPED, None)
        return self._finish(FAILED, STEP_FAILURE) if self._failed else self._finish(SUCCEEDED, None)

    def _loop(self) -> None:
        self._start_ready()
        while self._running:
            message = self._messages.get()
            if message is _STOP:
                self._stop()
                continue
            name, news = message
            if isinstance(news, JobResult):
                self._end_step(name, news)
            else:
                self._mark_executing(name)
            self._start_ready()

    def _start_ready(self) -> None:
        while self._ready and len(self._running) < self._settings.parallel:
            if self._failed or self._stops:
                return
            self._start(self._plan.definition.steps[self._ready.popleft()])

    def _start(self, step: Step) -> None:
        folder = self._execution.folder / step.name
        job_name = new_name(self._execution.id, step.name) if step.type in _JOBS else None
        if job_name:
            folder.mkdir()
        record = StepExecution(
            name=step.name,
            type=step.type,
            status=STARTING,
            started=state.now(),
            folder=folder,
            job_name=job_name,
            log=folder / LOG if job_name else None,
        )
        self._steps[step.name] = record
        state.insert(
            self._database,
            "steps",
            {
                "execution_id": self._execution.id,
                "name": step.name,
                "type": step.type,
                "status": STARTING,
                "job_name": job_name,
                "started": record.started,
            },
        )
        self._tell(record, step.type, STARTING)
        process = JobProcess(self._settings.stop_grace)
        self._running[step.name] = process
        if job_name is None:
            self._messages.put((step.name, self._result(step, record, process)))
            return
        threading.Thread(
            target=lambda: self._messages.put((step.name, self._result(step, record, process))),
            name=step.name,
            daemon=True,
        ).start()

    def _result(self, step: Step, record: StepExecution, process: JobProcess) -> JobResult:
        """Run a step to its end, whatever happens."""
        try:
            result = self._run_step(step, record, process)
        except StepError as error:
            result = JobResult(STOPPED if process.stopped else FAILED, failure_reason=str(error))
        except Exception as error:
            reason = f"InternalServerError: {type(error).__name__}: {error}"
            result = JobResult(FAILED, failure_reason=reason)
            if not isinstance(error, OSError):
                traceback.print_exc(file=sys.stderr)
        if record.log and result.failure_reason:
            with suppress(OSError), open(record.log, "a", encoding="utf-8") as log:
                log.write(f"[sagepipe] {result.failure_reason}\n")
        return result

    def _run_step(self, step: Step, record: StepExecution, process: JobProcess) -> JobResult:
        request = self._request(step, record.job_name)
        if step.type == "Condition":
            outcome = conditions.holds(request["Conditions"])
            return JobResult(SUCCEEDED, {"Outcome": outcome}, outcome=outcome)
        if step.type == "Fail":
            return JobResult(FAILED, failure_reason=str(request.get("ErrorMessage") or "") or None)
        if step.type == "RegisterModel":
            return self._register(request, step)
        assert record.job_name and record.log
        kind, _, run_job = _JOBS[step.type]
        record.log.touch()
        job = Job(
            name=record.job_name,
            kind=kind,
            request=request,
            folder=record.folder,
            log=record.log,
            settings=self._settings,
            storage=self._storage,
            process=process,
            executing=lambda: self._messages.put((step.name, EXECUTING)),
            given=dict(self._given(step.arguments)),
        )
        result = run_job(job)
        if result.failure_reason:
            result = replace(
                result, properties={**result.properties, "FailureReason": result.failure_reason}
            )
        if result.status == SUCCEEDED and step.property_files:
            result = replace(result, metrics={**result.metrics, **self._measured(step, request)})
        return result

    def _request(self, step: Step, job_name: str | None) -> Any:
        execution = self._execution
        variables: dict[str, Any] = {
            "PipelineName": execution.pipeline,
            "PipelineArn": arn(f"pipeline/{execution.pipeline}"),
            "PipelineExecutionId": execution.id,
            "PipelineExecutionArn": arn(f"pipeline/{execution.pipeline}/execution/{execution.id}"),
            "StartDateTime": execution.started.isoformat(),
            "CurrentDateTime": state.now().isoformat(),
        }
        if job_name:
            variables[_JOBS[step.type][1]] = job_name
        scope = Scope(
            parameters=execution.parameters,
            execution=variables,
            experiment=self._plan.definition.experiment,
            steps=self._properties,
            property_file=self._property_file,
            json_object=self._json_object,
        )
        request = self._with_uris(resolve(step.arguments, scope))
        for fault in plan.request_faults(step, request, self._settings):
            raise StepError(fault)
        return request

    def _with_uris(self, value: Any) -> Any:
        """Make file:// URIs of local paths that stand for S3 URIs."""
        if isinstance(value, list):
            return [self._with_uris(item) for item in value]
        if not isinstance(value, dict):
            return value
        return {
            key: self._storage.uri(item)
            if key in _URI_KEYS and isinstance(item, str)
            else self._with_uris(item)
            for key, item in value.items()
        }

    def _given(self, value: Any) -> Iterator[tuple[str, str]]:
        """Find the URIs that are a pipeline parameter's value, and the parameter's name."""
        if isinstance(value, list):
            for item in value:
                yield from self._given(item)
        elif isinstance(value, dict):
            for key, item in value.items():
                if key in _URI_KEYS and isinstance(item, dict):
                    root, _, name = str(item.get(GET)).partition(".")
                    if root == "Parameters":
                        yield self._storage.uri(self._execution.parameters[name]), name
                yield from self._given(item)

    def _register(self, request: Mapping[str, Any], step: Step) -> JobResult:
        package = self._registry.register(request, self._execution.id, step.name)
        properties = {
            **request,
            "ModelPackageArn": package.arn,
            "ModelPackageVersion": package.version,
            "ModelPackageStatus": package.status,
            "ModelApprovalStatus": package.approval,
            "CreationTime": package.created.isoformat(),
        }
        return JobResult(SUCCEEDED, properties)

    def _property_file(self, step: str, name: str) -> Any:
        file = self._plan.definition.steps[step].property_files[name]
        outputs = self._properties[step]["ProcessingOutputConfig"]["Outputs"]
        uri = next(o["S3Output"]["S3Uri"] for o in outputs if o["OutputName"] == file.output)
        return self._json_object(f"{uri.rstrip('/')}/{file.path}")

    def _json_object(self, uri: str) -> Any:
        path = self._storage.path(uri)
        try:
            return json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise StepError(f"there is no {uri} (on this machine: {path})") from None
        except (ValueError, OSError) as error:
            raise StepError(f"{uri} can't be read as JSON: {error}") from None

    def _measured(self, step: Step, request: Mapping[str, Any]) -> dict[str, float]:
        """Show the numbers in a step's property files as its metrics."""
        outputs = {
            item["OutputName"]: item["S3Output"]["S3Uri"]
            for item in request["ProcessingOutputConfig"]["Outputs"]
        }
        found: dict[str, float] = {}
        for file in step.property_files.values():
            with suppress(StepError):
                document = self._json_object(f"{outputs[file.output].rstrip('/')}/{file.path}")
                found.update(_numbers(document))
        return found

    def _mark_executing(self, name: str) -> None:
        record = replace(self._steps[name], status=EXECUTING)
        self._steps[name] = record
        self._store(record, {"status": EXECUTING})
        self._tell(record, record.type, EXECUTING)

    def _end_step(self, name: str, result: JobResult) -> None:
        del self._running[name]
        record = replace(
            self._steps[name],
            status=result.status,
            ended=state.now(),
            failure_reason=result.failure_reason,
            exit_message=result.exit_message,
            metrics=result.metrics,
            outcome=result.outcome,
            properties=result.properties,
        )
        self._steps[name] = record
        self._store(
            record,
            {
                "status": record.status,
                "ended": record.ended,
                "failure_reason": record.failure_reason,
                "exit_message": record.exit_message,
                "metrics": record.metrics,
                "outcome": record.outcome,
                "properties": record.properties,
            },
        )
        if result.status == SUCCEEDED:
            self._properties[name] = result.properties
            self._release(name, result.outcome)
        else:
            self._failed = True
        self._tell(record, record.type, record.status)

    def _release(self, name: str, outcome: bool | None) -> None:
        """Let go what waited for a step, but for the branch that isn't taken."""
        for dependent in self._plan.graph.dependents[name]:
            branch = self._plan.definition.steps[dependent].branch
            if branch and branch.condition == name and branch.outcome != outcome:
                continue  # it goes on waiting, and so does all that waits for it
            self._waits_for[dependent] -= 1
            if not self._waits_for[dependent]:
                self._ready.append(dependent)

    def _stop(self) -> None:
        self._stops += 1
        if self._stops == 1:
            state.update(
                self._database, "executions", {"id": self._execution.id}, {"status": STOPPING}
            )
            self._tell(None, "Execution", STOPPING)
        for process in self._running.values():
            if self._stops == 1:
                process.terminate(STOP_REQUESTED)
            else:
                process.kill()

    def _abandon(self, error: BaseException) -> None:
        """End everything: the runner itself can't go on."""
        for process in self._running.values():
            process.kill()
        reason = f"InternalServerError: the runner failed: {type(error).__name__}: {error}"
        ended = {"status": FAILED, "ended": state.now(), "failure_reason": reason}
        with suppress(Exception):
            for name in self._running:
                self._store(self._steps[name], ended | {"status": STOPPED})
            state.update(self._database, "executions", {"id": self._execution.id}, ended)

    def _finish(self, status: str, reason: str | None) -> Execution:
        ended = state.now()
        state.update(
            self._database,
            "executions",
            {"id": self._execution.id},
            {"status": status, "failure_reason": reason, "ended": ended},
        )
        execution = replace(
            self._execution,
            status=status,
            failure_reason=reason,
            ended=ended,
            steps=tuple(self._steps.values()),
        )
        self._tell(None, "Execution", status, reason)
        return execution

    def _store(self, record: StepExecution, row: Mapping[str, Any]) -> None:
        key = {"execution_id": self._execution.id, "name": record.name}
        state.update(self._database, "steps", key, row)

    def _tell(
        self, record: StepExecution | None, kind: str, status: str, reason: str | None = None
    ) -> None:
        if self._on_event is None:
            return
        self._on_event(
            Event(
                execution_id=self._execution.id,
                step=record.name if record else None,
                type=kind,
                status=status,
                time=state.now(),
                reason=record.failure_reason if record else reason,
                metrics=record.metrics if record else {},
                outcome=record.outcome if record else None,
                log=record.log if record else None,
            )
        )


def _numbers(document: Any, prefix: str = "") -> Iterator[tuple[str, float]]:
    if isinstance(document, dict):
        for key, value in document.items():
            yield from _numbers(value, f"{prefix}.{key}" if prefix else str(key))
    elif isinstance(document, int | float) and not isinstance(document, bool) and prefix:
        yield prefix, float(document)
