"""What a training job's hosts find when they start: configuration, channels, empty folders.

Source: SageMaker Developer Guide, "How Amazon SageMaker provides training information".
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sagepipe.contract import paths
from sagepipe.local.expressions import PENDING
from sagepipe.local.jobs.hosts import ONE_GROUP, Group, Host
from sagepipe.local.jobs.job import Job
from sagepipe.local.jobs.sources import Source, channel
from sagepipe.local.settings import REGION

_INTERFACE = "eth0"


def groups(request: Mapping[str, Any]) -> list[Group]:
    """Read which instances are asked for.

    Args:
        request: The step's arguments, all of them known.

    Returns:
        The instance groups; one where none are named.
    """
    resources = request.get("ResourceConfig") or {}
    if described := resources.get("InstanceGroups"):
        return [
            Group(item["InstanceGroupName"], item["InstanceType"], item["InstanceCount"])
            for item in described
        ]
    count = resources.get("InstanceCount") or 1
    return [Group(ONE_GROUP, resources.get("InstanceType") or "local", count)]


def group_faults(request: Mapping[str, Any]) -> Iterator[str]:
    """Check instance groups.

    Args:
        request: The step's arguments; what isn't known yet stands as ``PENDING``.

    Yields:
        Each fault as one line.
    """
    resources = request.get("ResourceConfig") or {}
    described = resources.get("InstanceGroups") or ()
    if described and (resources.get("InstanceCount") or resources.get("InstanceType")):
        yield "ResourceConfig has InstanceGroups beside InstanceCount or InstanceType"
    known = [item["InstanceGroupName"] for item in described]
    for name in {name for name in known if name is not PENDING and known.count(name) > 1}:
        yield f"two instance groups are called {name!r}"
    if PENDING in known:
        return
    for source in channels(request):
        for name in set(source.groups).difference(known, [PENDING]):
            yield f"channel {source.name!r} names an instance group {name!r} that isn't there"


def channels(request: Mapping[str, Any]) -> list[Source]:
    """Read a job's channels.

    Args:
        request: The step's arguments; what isn't known yet stands as ``PENDING``.

    Returns:
        They.
    """
    mode = request["AlgorithmSpecification"].get("TrainingInputMode")
    return [channel(item, mode) for item in request.get("InputDataConfig") or ()]


def lay_out(job: Job) -> None:
    """Write what each host is told, and make the folders that are there from the start.

    Args:
        job: The job.
    """
    request = job.request
    content = {
        paths.HYPERPARAMETERS_FILE: request.get("HyperParameters") or {},
        paths.INPUT_DATA_CONFIG_FILE: _channel_configs(request),
    }
    for host in job.hosts:
        for path, said in content.items():
            host.write_json(path, said)
        host.write_json(paths.TRAINING_RESOURCE_CONFIG_FILE, _resources(host, job.hosts))
        for path in (paths.INPUT_DATA, paths.MODEL, paths.OUTPUT_DATA):
            host.place(path).mkdir(parents=True, exist_ok=True)


def variables(job: Job) -> dict[str, str]:
    """List a training job's environment variables.

    Args:
        job: The job.

    Returns:
        The request's and the platform's.
    """
    return {
        **(job.request.get("Environment") or {}),
        "TRAINING_JOB_NAME": job.name,
        "TRAINING_JOB_ARN": job.arn,
        "AWS_REGION": REGION,
    }


def _channel_configs(request: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    described = {item["ChannelName"]: item for item in request.get("InputDataConfig") or ()}
    return {
        source.name: {
            "TrainingInputMode": source.mode,
            "S3DistributionType": source.distribution,
            "RecordWrapperType": source.wrapper,
            **_content_type(described[source.name]),
        }
        for source in channels(request)
    }


def _content_type(described: Mapping[str, Any]) -> dict[str, str]:
    found = described.get("ContentType")
    return {"ContentType": found} if found else {}


def _resources(host: Host, hosts: Sequence[Host]) -> dict[str, Any]:
    members: dict[Group, list[str]] = {}
    for item in hosts:
        members.setdefault(item.group, []).append(item.name)
    return {
        "current_host": host.name,
        "current_instance_type": host.group.instance_type,
        "current_group_name": host.group.name,
        "hosts": [item.name for item in hosts],
        "instance_groups": [
            {
                "instance_group_name": group.name,
                "instance_type": group.instance_type,
                "hosts": names,
            }
            for group, names in members.items()
        ],
        "network_interface_name": _INTERFACE,
    }
