"""Batch transform jobs: a model's container is asked about every record of every file.

Source: SageMaker Developer Guide, "Use your own inference code with batch transform";
CreateTransformJob. What the request doesn't say the container's ``/execution-parameters`` may say.
One container answers, whatever ``InstanceCount`` is: the results are the same.

Where SageMaker doesn't say what it does: a request is sent again after no answer or a server's
error (5xx, 429), never after another 4xx; a file with a record that got no prediction gets no
output, the others do, and the job fails.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sagepipe.contract import hosting, limits, paths
from sagepipe.local import state
from sagepipe.local.errors import StepError
from sagepipe.local.events import FAILED, STOPPED, SUCCEEDED
from sagepipe.local.expressions import PENDING
from sagepipe.local.jobs.association import Association
from sagepipe.local.jobs.batch import Batch, Payload
from sagepipe.local.jobs.endpoint import SERVED, Answer, Endpoint, free_port
from sagepipe.local.jobs.job import HOST, Job
from sagepipe.local.launch.launch import SERVE, Command, Launch
from sagepipe.local.models import Model, Models
from sagepipe.local.settings import REGION
from sagepipe.local.steps.kind import StepResult, StepRun

KIND = "transform-job"
_STATUS = {SUCCEEDED: "Completed", FAILED: "Failed", STOPPED: "Stopped"}
_SHOWN = 300  # characters of an answer that are shown of a failure
_IN_FLIGHT = 4  # requests prepared ahead for each that is sent


def faults(request: Mapping[str, Any]) -> Iterator[str]:
    """Find what can't be done.

    Args:
        request: The step's arguments; what isn't known yet stands as ``PENDING``.

    Yields:
        Each fault as one line.
    """
    wanted = request.get("DataProcessing") or {}
    if PENDING in (*wanted.values(), *request["TransformInput"].values()):
        return
    if PENDING in request["TransformOutput"].values() and "Accept" in request["TransformOutput"]:
        return
    association = Association.of(request)
    if association is None:
        return
    yield from association.faults()
    if request["TransformInput"].get("SplitType") != "Line":
        yield "DataProcessing needs SplitType 'Line'"


def commands(_request: Mapping[str, Any]) -> Iterator[Command]:
    """List what the job runs: its model's container, whose image isn't known yet.

    Args:
        _request: The step's arguments.

    Yields:
        The one command.
    """
    yield Command(str(PENDING), (), (SERVE,))


def run(step: StepRun) -> StepResult:
    """Run a transform job.

    Args:
        step: The step.

    Returns:
        How it ended, with DescribeTransformJob's properties.
    """
    from sagepipe.runtime.archive import unpack
    from sagepipe.runtime.errors import JobError

    job = Job.of(step, KIND)
    model = Models(step.settings.models).get(job.request["ModelName"])
    files = _files(job)
    try:
        unpack(job.storage.path(model.data_url), job.place(paths.MODEL))
    except JobError as error:
        raise StepError(str(error)) from None
    launch = Launch(
        command=Command(model.image, (), (SERVE,)),
        environment=_variables(job.request, model),
        folder=job.folder,
        log=job.log,
        host=HOST,
        hosts=(HOST,),
        network=not model.isolated,
        job=job.name,
        port=free_port(),
    )
    for fault in step.control.faults(launch.command):
        raise StepError(fault)
    started = state.now()
    process = step.control.process(grace=hosting.STOP_SECONDS)
    endpoint = Endpoint(process, launch)
    try:
        endpoint.start(job.executing)
        wrong = _Transform(job, endpoint).files(files)
    finally:
        endpoint.stop()
    stopped = process.stopped not in (None, SERVED)
    status = STOPPED if stopped else FAILED if wrong else SUCCEEDED
    properties = {
        **job.request,
        "TransformJobName": job.name,
        "TransformJobArn": job.arn,
        "TransformJobStatus": _STATUS[status],
        "CreationTime": job.created.isoformat(),
        "TransformStartTime": started.isoformat(),
        "TransformEndTime": state.now().isoformat(),
    }
    return StepResult(status, properties, None if stopped else _reason(wrong, len(files)))


@dataclass(frozen=True)
class _Limits:
    """What is in force: the request's word, then the container's, then SageMaker's."""

    concurrent: int
    strategy: str
    payload_mb: int
    timeout: float
    retries: int

    @classmethod
    def of(cls, request: Mapping[str, Any], said: Mapping[str, Any]) -> "_Limits":
        client = request.get("ModelClientConfig") or {}
        strategies = {container: name for name, container in hosting.BATCH_STRATEGIES.items()}
        strategy = str(said.get("BatchStrategy") or "MultiRecord")
        payload = request.get("MaxPayloadInMB", said.get("MaxPayloadInMB"))
        return cls(
            concurrent=int(
                request.get("MaxConcurrentTransforms") or said.get("MaxConcurrentTransforms") or 1
            ),
            strategy=request.get("BatchStrategy") or strategies.get(strategy, strategy),
            payload_mb=limits.TRANSFORM_PAYLOAD_MB if payload is None else int(payload),
            timeout=float(
                client.get("InvocationsTimeoutInSeconds") or limits.TRANSFORM_TIMEOUT_SECONDS
            ),
            retries=int(client.get("InvocationsMaxRetries", limits.TRANSFORM_RETRIES)),
        )


class _Transform:
    """One job's requests."""

    def __init__(self, job: Job, endpoint: Endpoint) -> None:
        self._job = job
        self._endpoint = endpoint
        self._limits = _Limits.of(job.request, endpoint.execution_parameters())
        self._batch = Batch.of(job.request, self._limits.strategy, self._limits.payload_mb)
        self._headers = _headers(job.request)

    def files(self, files: list[tuple[Path, str]]) -> list[str]:
        """Transform files; each that has an answer for all of its records gets an output.

        Args:
            files: Where they lie, and their names.

        Returns:
            What was wrong with those that got none.
        """
        wrong: list[str] = []
        output = self._job.request["TransformOutput"]["S3OutputPath"]
        with (
            self._job.storage.staged(output) as staged,
            ThreadPoolExecutor(self._limits.concurrent) as pool,
        ):
            for file, name in files:
                target = staged / f"{name}.out"
                target.parent.mkdir(parents=True, exist_ok=True)
                try:
                    self._file(file, target, pool)
                except (StepError, EOFError, OSError) as error:
                    target.unlink(missing_ok=True)
                    text = str(error).removeprefix("ClientError: ")
                    wrong.append(f"{name}: {text}")
                    self._job.note(wrong[-1])
            self._job.storage.publish(staged, output)
        return wrong

    def _file(self, file: Path, target: Path, pool: ThreadPoolExecutor) -> None:
        """Keep the pool busy and the answers in order, and hold no more than a few of either."""
        waiting: deque[tuple[Payload, Future[Answer]]] = deque()
        with open(target, "wb") as output:
            try:
                for payload in self._batch.payloads(file):
                    waiting.append((payload, pool.submit(self._ask, payload)))
                    if len(waiting) > _IN_FLIGHT * self._limits.concurrent:
                        output.write(self._answer(*waiting.popleft()))
                while waiting:
                    output.write(self._answer(*waiting.popleft()))
            finally:
                for _, future in waiting:
                    future.cancel()

    def _ask(self, payload: Payload) -> Answer:
        return self._endpoint.invoke(
            payload.body, self._headers, self._limits.timeout, self._limits.retries
        )

    def _answer(self, payload: Payload, future: Future[Answer]) -> bytes:
        answer = future.result()
        if not answer.good:
            text = answer.body[:_SHOWN].decode("utf-8", "replace").strip()
            raise StepError(f"{payload}: {answer.status or 'no'} answer from the model: {text}")
        return self._batch.assembled(payload, answer.body)


def _files(job: Job) -> list[tuple[Path, str]]:
    uri = job.request["TransformInput"]["DataSource"]["S3DataSource"]["S3Uri"]
    files = job.storage.objects(uri)
    if not files:
        raise StepError(
            f'No S3 objects found under S3 URL "{uri}" given in TransformInput (on this machine: '
            f"{job.storage.path(uri)})"
        )
    return files


def _headers(request: Mapping[str, Any]) -> dict[str, str]:
    given = {
        "Content-Type": request["TransformInput"].get("ContentType"),
        "Accept": request["TransformOutput"].get("Accept"),
    }
    return {name: value for name, value in given.items() if value}


def _variables(request: Mapping[str, Any], model: Model) -> dict[str, str]:
    """What the container is told; of the limits only those that the caller set."""
    strategy = request.get("BatchStrategy")
    told = {
        hosting.BATCH_STRATEGY_VARIABLE: hosting.BATCH_STRATEGIES[strategy] if strategy else None,
        hosting.BATCH_CONCURRENCY_VARIABLE: request.get("MaxConcurrentTransforms"),
        hosting.BATCH_PAYLOAD_VARIABLE: request.get("MaxPayloadInMB"),
    }
    return {
        **model.environment,
        **(request.get("Environment") or {}),
        "AWS_REGION": REGION,
        hosting.BATCH_VARIABLE: "true",
        **{name: str(value) for name, value in told.items() if value is not None},
    }


def _reason(wrong: list[str], count: int) -> str | None:
    if not wrong:
        return None
    return f"ClientError: {len(wrong)} of {count} files got no output; {wrong[0]}"
