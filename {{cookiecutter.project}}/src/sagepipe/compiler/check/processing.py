"""Processing jobs: what the service refuses and its model does not say."""

from collections.abc import Iterator, Mapping
from typing import Any

from sagepipe.compiler.check.finding import Finding, Place, shown
from sagepipe.compiler.check.reading import obj, objects, one_of, twice
from sagepipe.compiler.check.tables import GUIDE

_SOURCE = "CreateProcessingJob"
_PROCESSING_PATH = "/opt/ml/processing"


def check(arguments: Mapping[str, Any], place: Place) -> Iterator[Finding]:
    """Find what the rules of processing jobs refuse."""
    inputs = objects(arguments, "ProcessingInputs")
    outputs = objects(arguments, "ProcessingOutputConfig", "Outputs")
    at, to = place.at("ProcessingInputs"), place.at("ProcessingOutputConfig", "Outputs")
    yield from twice(inputs, "InputName", at, _SOURCE)
    yield from twice(outputs, "OutputName", to, _SOURCE)
    paths: dict[str, str] = {}
    for index, entry in enumerate(inputs):
        source = "CreateProcessingJob, ProcessingInput"
        yield from one_of(entry, ("S3Input", "DatasetDefinition"), at.at(index), source)
        yield from _path(entry, "S3Input", paths, at.at(index))
    for index, entry in enumerate(outputs):
        source = "CreateProcessingJob, ProcessingOutput"
        yield from one_of(entry, ("S3Output", "FeatureStoreOutput"), to.at(index), source)
        yield from _path(entry, "S3Output", paths, to.at(index))
    cluster = obj(arguments, "ProcessingResources", "ClusterConfig")
    where = place.at("ProcessingResources", "ClusterConfig")
    if cluster and cluster.get("InstancePreferences") is None:
        for key in ("InstanceType", "InstanceCount"):
            if cluster.get(key) is None:
                yield where.at(key).finding(
                    f"{key} is missing",
                    f"{key}, or InstancePreferences",
                    "CreateProcessingJob, ProcessingClusterConfig",
                )


def _local_path(path: Any, place: Place) -> Iterator[Finding]:
    if not isinstance(path, str):
        return
    under = path.startswith(_PROCESSING_PATH + "/") or path == _PROCESSING_PATH
    if not under or ".." in path.split("/"):
        problem = "is not absolute" if not path.startswith("/") else "lies elsewhere"
        yield place.finding(
            f"{shown(path)} {problem}",
            f"a path under {_PROCESSING_PATH}",
            f"{GUIDE}, build your own processing container",
        )


def _path(
    entry: Mapping[str, Any], key: str, paths: dict[str, str], place: Place
) -> Iterator[Finding]:
    path = obj(entry, key).get("LocalPath")
    where = place.at(key, "LocalPath")
    yield from _local_path(path, where)
    if isinstance(path, str):
        if path in paths:
            yield where.finding(
                f"{path!r} is the LocalPath of {paths[path]} too",
                "one input or output a path",
                f"{GUIDE}, build your own processing container",
            )
        paths.setdefault(path, place.path)
