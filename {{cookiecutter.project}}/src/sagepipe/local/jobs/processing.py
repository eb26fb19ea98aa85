"""Processing jobs.

Source: SageMaker Developer Guide, "Build your own processing container". Outputs of a job that
failed or was stopped are not uploaded: the platform doesn't say what it does, and a fixed URI must
not come to hold half a file. They stay in the step's folder.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from sagepipe.contract import limits, paths
from sagepipe.local import state
from sagepipe.local.events import FAILED, STOPPED, SUCCEEDED
from sagepipe.local.expressions import PENDING
from sagepipe.local.jobs.job import HOST, Job, first_bytes, known
from sagepipe.local.launch.launch import Command
from sagepipe.local.steps.kind import StepResult, StepRun

KIND = "processing-job"
_STATUS = {SUCCEEDED: "Completed", FAILED: "Failed", STOPPED: "Stopped"}
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
    job = Job.of(step, KIND)
    environment = job.request.get("Environment") or {}
    job.write_json(paths.PROCESSING_JOB_CONFIG_FILE, _config(job))
    job.write_json(paths.PROCESSING_RESOURCE_CONFIG_FILE, {"current_host": HOST, "hosts": [HOST]})
    for item in job.request.get("ProcessingInputs") or ():
        source = item["S3Input"]
        job.download(source["S3Uri"], source["LocalPath"], item["InputName"])
    for item in _outputs(job.request):
        job.place(item["S3Output"]["LocalPath"]).mkdir(parents=True, exist_ok=True)
    job.place(paths.EXIT_MESSAGE_FILE).parent.mkdir(parents=True, exist_ok=True)

    started = state.now()
    (command,) = commands(job.request)
    exit_status = job.run(command, environment)
    try:
        message = first_bytes(job.place(paths.EXIT_MESSAGE_FILE), limits.EXIT_MESSAGE)
        status, reason = job.ending(exit_status, message.strip() or _said(exit_status))
    except UnicodeDecodeError:
        message, status = "", FAILED
        reason = f"ClientError: {paths.EXIT_MESSAGE_FILE} is not UTF-8"
    if status == SUCCEEDED:
        for item in _outputs(job.request):
            target = item["S3Output"]
            job.storage.upload(job.place(target["LocalPath"]), target["S3Uri"])
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


def _said(status: int | None) -> str:
    """A job that exited by itself and said nothing is spoken of as SageMaker does."""
    return _GENERIC if status is not None and 0 < status < 128 else ""


def _config(job: Job) -> dict[str, Any]:
    """What ``processingjobconfig.json`` says: everything unset is null."""
    request = job.request
    specification = request["AppSpecification"]
    cluster = (request.get("ProcessingResources") or {}).get("ClusterConfig") or {}
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


def _path_fault(path: Any) -> str:
    if not isinstance(path, str) or not path.startswith(f"{paths.PROCESSING}/"):
        return f"has to lie under {paths.PROCESSING}/"
    if ".." in path.split("/"):
        return "leads out of its folder (..)"
    if len(path) > limits.LOCAL_PATH:
        return f"has more than {limits.LOCAL_PATH} characters"
    return ""
