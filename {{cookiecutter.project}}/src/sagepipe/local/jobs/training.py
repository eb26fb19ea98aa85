"""Training jobs.

Source: SageMaker Developer Guide, "How Amazon SageMaker runs your training image" and "How Amazon
SageMaker processes training output". A folder without files gets no archive.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from sagepipe.contract import limits, names, paths
from sagepipe.local import state
from sagepipe.local.control import MAX_RUNTIME_EXCEEDED
from sagepipe.local.events import FAILED, STOPPED, SUCCEEDED
from sagepipe.local.expressions import PENDING
from sagepipe.local.jobs import checkpoints, layout, logs, metrics, outputs, spot
from sagepipe.local.jobs.job import Job, first_characters, known
from sagepipe.local.launch.launch import TRAIN, Command
from sagepipe.local.steps.kind import StepResult, StepRun

KIND = "training-job"

_STATUS = {SUCCEEDED: "Completed", FAILED: "Failed", STOPPED: "Stopped"}


def faults(request: Mapping[str, Any]) -> Iterator[str]:
    """Find what this runner can't do beyond what the table of arguments says.

    Args:
        request: The step's arguments; what isn't known yet stands as ``PENDING``.

    Yields:
        Each fault as one line.
    """
    specification = request["AlgorithmSpecification"]
    yield from metrics.faults(specification.get("MetricDefinitions") or ())
    for key in request.get("HyperParameters") or {}:
        if len(key) > limits.HYPERPARAMETER_KEY:
            yield f"HyperParameters: {key!r} exceeds {limits.HYPERPARAMETER_KEY} characters"
    channels = [item["ChannelName"] for item in request.get("InputDataConfig") or ()]
    for name in channels:
        if name is not PENDING and not _is_channel(name):
            yield f"{name!r} is no channel name: up to 64 letters, digits, dots, hyphens, _"
    for name in {name for name in channels if name is not PENDING and channels.count(name) > 1}:
        yield f"two channels are called {name!r}"
    for source in layout.channels(request):
        yield from source.faults()
    yield from layout.group_faults(request)
    yield from checkpoints.faults(request)
    yield from spot.faults(request)


def commands(request: Mapping[str, Any]) -> Iterator[Command]:
    """List what the job runs.

    Args:
        request: The step's arguments; what isn't known yet stands as ``PENDING``.

    Yields:
        The one command; it holds what is known.
    """
    specification = request["AlgorithmSpecification"]
    entrypoint = known(specification.get("ContainerEntrypoint"))
    arguments = known(specification.get("ContainerArguments"))
    if not entrypoint and not arguments:
        arguments = (TRAIN,)
    yield Command(str(specification.get("TrainingImage", "")), entrypoint, arguments)


def run(step: StepRun) -> StepResult:
    """Run a training job.

    Args:
        step: The step.

    Returns:
        How it ended, with DescribeTrainingJob's properties.
    """
    job = Job.of(step, KIND, layout.groups(step.request))
    request = job.request
    (command,) = commands(request)
    started = state.now()
    ending, transitions = spot.run(job, command, spot.interruption(step))
    failure = first_characters(ending.host.place(paths.FAILURE_FILE), limits.FAILURE_REASON)
    status, reason = job.ending(ending, failure)
    target = request["OutputDataConfig"]
    prefix = f"{target['S3OutputPath'].rstrip('/')}/{job.name}/output"
    # What a stopped job has written by then is kept, as SageMaker does.
    if status in (SUCCEEDED, STOPPED) or ending.stopped == MAX_RUNTIME_EXCEEDED:
        transitions.enter("Uploading")
        outputs.upload_model(job, prefix, target.get("CompressionType"))
    secondary = ending.stopped or _STATUS[status]
    transitions.enter(secondary)
    ended = state.now()
    found = metrics.final(
        request["AlgorithmSpecification"].get("MetricDefinitions") or (),
        job.log,
        [logs.prefix(host.name) for host in job.hosts],
    )
    properties = {
        **request,
        "TrainingJobName": job.name,
        "TrainingJobArn": job.arn,
        "TrainingJobStatus": "Stopped" if ending.stopped else _STATUS[status],
        "SecondaryStatus": secondary,
        "SecondaryStatusTransitions": transitions.described(),
        "ModelArtifacts": {
            "S3ModelArtifacts": outputs.model_uri(prefix, target.get("CompressionType"))
        },
        "FinalMetricDataList": [
            {"MetricName": name, "Value": value, "Timestamp": ended.isoformat()}
            for name, value in found.items()
        ],
        "CreationTime": job.created.isoformat(),
        "TrainingStartTime": started.isoformat(),
        "TrainingEndTime": ended.isoformat(),
        "TrainingTimeInSeconds": max(0, round((ended - started).total_seconds())),
        "BillableTimeInSeconds": 0,
    }
    return StepResult(status, properties, reason, metrics=found)


def _is_channel(name: Any) -> bool:
    return isinstance(name, str) and bool(names.CHANNEL_NAME.fullmatch(name))
