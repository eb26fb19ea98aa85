"""Training jobs: what the service refuses and its model does not say."""

from collections.abc import Iterator, Mapping
from typing import Any

from sagepipe.compiler.check.finding import Finding, Place, shown
from sagepipe.compiler.check.reading import obj, objects, one_of, twice
from sagepipe.contract import limits

_SERVERLESS = ("ServerlessJobConfig", "ModelPackageConfig")


def check(arguments: Mapping[str, Any], place: Place) -> Iterator[Finding]:
    serverless = any(arguments.get(key) is not None for key in _SERVERLESS)
    if not serverless:
        for key in ("AlgorithmSpecification", "ResourceConfig", "StoppingCondition"):
            if arguments.get(key) is None:
                yield place.at(key).finding(
                    f"{key} is missing",
                    f"{key}; only serverless jobs go without",
                    "CreateTrainingJob",
                )
    yield from job(arguments, place, "CreateTrainingJob")


def job(arguments: Mapping[str, Any], place: Place, source: str) -> Iterator[Finding]:
    """Check what training jobs share with those of a tuning job."""
    algorithm = obj(arguments, "AlgorithmSpecification")
    if algorithm:
        at = place.at("AlgorithmSpecification")
        yield from one_of(
            algorithm, ("TrainingImage", "AlgorithmName"), at, f"{source}, AlgorithmSpecification"
        )
        metrics = objects(algorithm, "MetricDefinitions")
        yield from twice(metrics, "Name", at.at("MetricDefinitions"), source)
    channels = objects(arguments, "InputDataConfig")
    yield from twice(channels, "ChannelName", place.at("InputDataConfig"), source)
    for index, channel in enumerate(channels):
        if channel and not any(obj(channel, "DataSource").values()):
            yield place.at("InputDataConfig", index, "DataSource").finding(
                "it names no data", "S3DataSource or FileSystemDataSource", f"{source}, DataSource"
            )
    resources = obj(arguments, "ResourceConfig")
    if resources:
        yield from _machines(resources, place.at("ResourceConfig"), source)
    checkpoint = obj(arguments, "CheckpointConfig").get("LocalPath")
    if isinstance(checkpoint, str) and not checkpoint.startswith("/"):
        yield place.at("CheckpointConfig", "LocalPath").finding(
            f"{shown(checkpoint)} is not absolute", "an absolute path", f"{source}, DirectoryPath"
        )
    yield from _time(arguments, place, source)


def _machines(resources: Mapping[str, Any], place: Place, source: str) -> Iterator[Finding]:
    source = f"{source}, ResourceConfig"
    groups = any(resources.get(key) for key in ("InstanceGroups", "InstancePreferences"))
    for key in ("InstanceType", "InstanceCount"):
        if resources.get(key) is None and not groups:
            yield place.at(key).finding(f"{key} is missing", f"{key}, or InstanceGroups", source)
    for key in ("InstanceCount", "VolumeSizeInGB"):
        if resources.get(key) == 0 and not isinstance(resources[key], bool):
            yield place.at(key).finding(f"{key} is 0", "1 or more", source)


def _time(arguments: Mapping[str, Any], place: Place, source: str) -> Iterator[Finding]:
    stopping = obj(arguments, "StoppingCondition")
    at = place.at("StoppingCondition")
    source = f"{source}, StoppingCondition"
    longest, wait = stopping.get("MaxRuntimeInSeconds"), stopping.get("MaxWaitTimeInSeconds")
    if isinstance(longest, int) and longest > limits.TRAINING_MAX_RUNTIME_SECONDS:
        yield at.at("MaxRuntimeInSeconds").finding(
            f"{longest} is out of range", f"{limits.TRAINING_MAX_RUNTIME_SECONDS} or less", source
        )
    spot = arguments.get("EnableManagedSpotTraining")
    if wait is not None and spot in (None, False):
        yield at.at("MaxWaitTimeInSeconds").finding(
            "only spot training waits", "EnableManagedSpotTraining beside it", source
        )
    if spot is True and wait is None:
        yield at.at("MaxWaitTimeInSeconds").finding(
            "MaxWaitTimeInSeconds is missing", "as long as MaxRuntimeInSeconds, or longer", source
        )
    if isinstance(longest, int) and isinstance(wait, int) and wait < longest:
        yield at.at("MaxWaitTimeInSeconds").finding(
            f"{wait} is less than MaxRuntimeInSeconds", f"{longest} or more", source
        )
