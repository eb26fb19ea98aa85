"""Processing jobs.

Source: SageMaker Developer Guide, "Build your own processing container". Outputs of a job that
failed or was stopped are not uploaded: the platform doesn't say what it does, and a fixed URI must
not come to hold half a file. They stay in the step's folder. Of ``Continuous`` outputs what was
uploaded while the job ran remains. Of several hosts' messages the one of the host that failed
first is the job's, or else the first host's.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sagepipe.contract import limits, paths
from sagepipe.local import state
from sagepipe.local.events import FAILED, STOPPED, SUCCEEDED
from sagepipe.local.expressions import PENDING
from sagepipe.local.jobs import hosts, inputs, mirror, outputs, sources
from sagepipe.local.jobs.hosts import Ending, Group
from sagepipe.local.jobs.job import Job, first_bytes, known, max_runtime
from sagepipe.local.launch.launch import Command
from sagepipe.local.steps.kind import StepResult, StepRun

KIND = "processing-job"
_STATUS = {SUCCEEDED: "Completed", FAILED: "Failed", STOPPED: "Stopped"}
_CONTINUOUS = "Continuous"
_GENERIC = "See job logs for more information"


def faults(request: Mapping[str, Any]) -> Iterator[str]:
    """Find what this runner can't do beyond what the table of arguments says.

    Args:
        request: The step's arguments; what isn't known yet stands as ``PENDING``.

    Yields:
        Each fault as one line.
    """
    for kind, key, items in (
        ("input", "S3Input", request.get("ProcessingInputs") or ()),
        ("output", "S3Output", _outputs(request)),
    ):
        for item in items:
            path = item[key]["LocalPath"]
            name = item.get(f"{kind.title()}Name")
            if path is not PENDING and (fault := _path_fault(path)):
                yield f"{kind} {name!r}: LocalPath {path!r} {fault}"
    for item in request.get("ProcessingInputs") or ():
        yield from sources.processing_input(item).faults()


def commands(request: Mapping[str, Any]) -> Iterator[Command]:
    """List what the job runs.

    Args:
        request: The step's arguments; what isn't known yet stands as ``PENDING``.

    Yields:
        The one command; it holds what is known.
    """
    specification = request["AppSpecification"]
    yield Command(
        image=str(specification.get("ImageUri", "")),
        entrypoint=known(specification.get("ContainerEntrypoint")),
        arguments=known(specification.get("ContainerArguments")),
    )


def run(step: StepRun) -> StepResult:
    """Run a processing job.

    Args:
        step: The step.

    Returns:
        How it ended, with DescribeProcessingJob's properties.
    """
    cluster = _cluster(step.request)
    group = Group(
        hosts.ONE_GROUP, cluster.get("InstanceType") or "local", cluster.get("InstanceCount") or 1
    )
    job = Job.of(step, KIND, [group])
    read = [sources.processing_input(item) for item in job.request.get("ProcessingInputs") or ()]
    _lay_out(job)
    (command,) = commands(job.request)
    with inputs.delivered(job, read, command) as overlaid:
        started = state.now()
        ending = _run(job, command, read, overlaid)
    status, reason, message = _said(job, ending)
    if status == SUCCEEDED:
        for target in _targets(job.request):
            outputs.upload(job, target["LocalPath"], target["S3Uri"])
    properties = {
        **job.request,
        "ProcessingJobName": job.name,
        "ProcessingJobArn": job.arn,
        "ProcessingJobStatus": _STATUS[status],
        "CreationTime": job.created.isoformat(),
        "ProcessingStartTime": started.isoformat(),
        "ProcessingEndTime": state.now().isoformat(),
    }
    if message:
        properties["ExitMessage"] = message
    return StepResult(status, properties, reason, message or None)


def _lay_out(job: Job) -> None:
    config = _config(job)
    names = [host.name for host in job.hosts]
    for host in job.hosts:
        host.write_json(paths.PROCESSING_JOB_CONFIG_FILE, config)
        host.write_json(
            paths.PROCESSING_RESOURCE_CONFIG_FILE, {"current_host": host.name, "hosts": names}
        )
        for target in _targets(job.request):
            host.place(target["LocalPath"]).mkdir(parents=True, exist_ok=True)
        host.place(paths.EXIT_MESSAGE_FILE).parent.mkdir(parents=True, exist_ok=True)


def _run(
    job: Job,
    command: Command,
    read: list[sources.Source],
    overlaid: Mapping[str, Sequence[str]],
) -> Ending:
    request = job.request
    continuous = [
        mirror.Mirror(host.place(target["LocalPath"]), target["S3Uri"], job.storage, deletes=False)
        for target in _targets(request)
        if target.get("S3UploadMode") == _CONTINUOUS
        for host in job.hosts
    ]
    with mirror.running(continuous):
        return job.run(
            command,
            request.get("Environment") or {},
            inputs.read_only(read),
            overlaid,
            network=not (request.get("NetworkConfig") or {}).get("EnableNetworkIsolation"),
            max_runtime=max_runtime(request),
        )


def _said(job: Job, ending: Ending) -> tuple[str, str | None, str]:
    """Say how the job ended, why, and what its own message is."""
    file = ending.host.place(paths.EXIT_MESSAGE_FILE)
    try:
        message = first_bytes(file, limits.EXIT_MESSAGE)
    except UnicodeDecodeError:
        return FAILED, f"ClientError: {paths.EXIT_MESSAGE_FILE} is not UTF-8", ""
    # A job that exited by itself and said nothing is spoken of as SageMaker does.
    exited = ending.status is not None and 0 < ending.status < 128
    status, reason = job.ending(ending, message.strip() or (_GENERIC if exited else ""))
    return status, reason, message


def _config(job: Job) -> dict[str, Any]:
    """What ``processingjobconfig.json`` says: everything unset is null."""
    request = job.request
    specification = request["AppSpecification"]
    cluster = _cluster(request)
    stopping = request.get("StoppingCondition") or {}
    return {
        "ProcessingJobArn": job.arn,
        "ProcessingJobName": job.name,
        "AppSpecification": {
            key: specification.get(key)
            for key in ("ImageUri", "ContainerEntrypoint", "ContainerArguments")
        },
        "Environment": request.get("Environment") or {},
        "ProcessingInputs": [
            {
                "InputName": item["InputName"],
                "S3Input": {
                    key: item["S3Input"].get(key)
                    for key in (
                        "LocalPath",
                        "S3Uri",
                        "S3DataDistributionType",
                        "S3DataType",
                        "S3InputMode",
                        "S3CompressionType",
                        "S3DownloadMode",
                    )
                },
            }
            for item in request.get("ProcessingInputs") or ()
        ],
        "ProcessingOutputConfig": {
            "Outputs": [
                {
                    "OutputName": item["OutputName"],
                    "S3Output": {
                        key: item["S3Output"].get(key)
                        for key in ("LocalPath", "S3Uri", "S3UploadMode")
                    },
                }
                for item in _outputs(request)
            ],
            "KmsKeyId": (request.get("ProcessingOutputConfig") or {}).get("KmsKeyId"),
        },
        "ProcessingResources": {
            "ClusterConfig": {
                key: cluster.get(key)
                for key in ("InstanceCount", "InstanceType", "VolumeSizeInGB", "VolumeKmsKeyId")
            }
        },
        "RoleArn": request.get("RoleArn"),
        "StoppingCondition": {
            "MaxRuntimeInSeconds": stopping.get(
                "MaxRuntimeInSeconds", limits.DEFAULT_MAX_RUNTIME_SECONDS
            )
        },
    }


def _outputs(request: Mapping[str, Any]) -> list[Any]:
    return (request.get("ProcessingOutputConfig") or {}).get("Outputs") or []


def _targets(request: Mapping[str, Any]) -> list[Any]:
    return [item["S3Output"] for item in _outputs(request)]


def _cluster(request: Mapping[str, Any]) -> Mapping[str, Any]:
    return (request.get("ProcessingResources") or {}).get("ClusterConfig") or {}


def _path_fault(path: Any) -> str:
    if not isinstance(path, str) or not path.startswith(f"{paths.PROCESSING}/"):
        return f"has to lie under {paths.PROCESSING}/"
    if ".." in path.split("/"):
        return "leads out of its folder (..)"
    if len(path) > limits.LOCAL_PATH:
        return f"has more than {limits.LOCAL_PATH} characters"
    return ""
