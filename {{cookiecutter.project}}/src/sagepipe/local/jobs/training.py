"""Training jobs.

Source: SageMaker Developer Guide, "How Amazon SageMaker runs your training image" and "How Amazon
SageMaker processes training output". A folder without files gets no archive.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from sagepipe.contract import limits, names, paths
from sagepipe.local import archive, state
from sagepipe.local.control import MAX_RUNTIME_EXCEEDED
from sagepipe.local.events import FAILED, STOPPED, SUCCEEDED
from sagepipe.local.expressions import PENDING
from sagepipe.local.jobs import metrics
from sagepipe.local.jobs.job import HOST, Job, first_characters, known
from sagepipe.local.launch.launch import TRAIN, Command
from sagepipe.local.settings import REGION
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
    job = Job.of(step, KIND)
    request = job.request
    specification = request["AlgorithmSpecification"]
    _lay_out(job)
    for channel in _channels(request):
        name = channel["ChannelName"]
        source = channel["DataSource"]["S3DataSource"]["S3Uri"]
        job.download(source, f"{paths.INPUT_DATA}/{name}", name)

    started = state.now()
    (command,) = commands(request)
    exit_status = job.run(command, _variables(job))
    failure = first_characters(job.place(paths.FAILURE_FILE), limits.FAILURE_REASON)
    status, reason = job.ending(exit_status, failure)
    prefix = f"{request['OutputDataConfig']['S3OutputPath'].rstrip('/')}/{job.name}/output"
    # What a stopped job has written by then is kept, as SageMaker does.
    if status in (SUCCEEDED, STOPPED) or job.process.stopped == MAX_RUNTIME_EXCEEDED:
        _upload(job, prefix)
    ended = state.now()
    found = metrics.final(specification.get("MetricDefinitions") or (), job.log)
    properties = {
        **request,
        "TrainingJobName": job.name,
        "TrainingJobArn": job.arn,
        "TrainingJobStatus": "Stopped" if job.process.stopped else _STATUS[status],
        "SecondaryStatus": job.process.stopped or _STATUS[status],
        "ModelArtifacts": {"S3ModelArtifacts": f"{prefix}/{paths.MODEL_ARCHIVE}"},
        "FinalMetricDataList": [
            {"MetricName": name, "Value": value, "Timestamp": ended.isoformat()}
            for name, value in found.items()
        ],
        "CreationTime": job.created.isoformat(),
        "TrainingStartTime": started.isoformat(),
        "TrainingEndTime": ended.isoformat(),
        "TrainingTimeInSeconds": round((ended - started).total_seconds()),
        "BillableTimeInSeconds": 0,
    }
    return StepResult(status, properties, reason, metrics=found)


def _lay_out(job: Job) -> None:
    request = job.request
    instance_type = (request.get("ResourceConfig") or {}).get("InstanceType", "local")
    job.write_json(paths.HYPERPARAMETERS_FILE, request.get("HyperParameters") or {})
    job.write_json(
        paths.INPUT_DATA_CONFIG_FILE,
        {channel["ChannelName"]: _channel_config(channel) for channel in _channels(request)},
    )
    job.write_json(
        paths.TRAINING_RESOURCE_CONFIG_FILE,
        {
            "current_host": HOST,
            "current_instance_type": instance_type,
            "current_group_name": "homogeneousCluster",
            "hosts": [HOST],
            "instance_groups": [
                {
                    "instance_group_name": "homogeneousCluster",
                    "instance_type": instance_type,
                    "hosts": [HOST],
                }
            ],
            "network_interface_name": "eth0",
        },
    )
    for path in (paths.INPUT_DATA, paths.MODEL, paths.OUTPUT_DATA):
        job.place(path).mkdir(parents=True, exist_ok=True)


def _channel_config(channel: Mapping[str, Any]) -> dict[str, str]:
    source = channel["DataSource"]["S3DataSource"]
    config = {
        "TrainingInputMode": "File",
        "S3DistributionType": source.get("S3DataDistributionType", "FullyReplicated"),
        "RecordWrapperType": channel.get("RecordWrapperType", "None"),
    }
    if channel.get("ContentType"):
        config["ContentType"] = channel["ContentType"]
    return config


def _variables(job: Job) -> dict[str, str]:
    return {
        **(job.request.get("Environment") or {}),
        "TRAINING_JOB_NAME": job.name,
        "TRAINING_JOB_ARN": job.arn,
        "AWS_REGION": REGION,
    }


def _upload(job: Job, prefix: str) -> None:
    """Store model and output; both appear at once."""
    archives = ((paths.MODEL, paths.MODEL_ARCHIVE), (paths.OUTPUT_DATA, paths.OUTPUT_ARCHIVE))
    with job.storage.staged(prefix) as staged:
        for path, name in archives:
            folder = job.place(path)
            if folder.is_dir() and any(folder.iterdir()):
                for link in archive.create(folder, staged / name):
                    job.note(f"left out of {name}: {link} is neither a file nor a folder")
        job.storage.publish(staged, prefix)


def _channels(request: Mapping[str, Any]) -> list[Any]:
    return request.get("InputDataConfig") or []


def _is_channel(name: Any) -> bool:
    return isinstance(name, str) and bool(names.CHANNEL_NAME.fullmatch(name))
