"""What the service refuses and its model does not say."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from sagepipe.compiler.check.definition import Node
from sagepipe.compiler.check.finding import Finding, Place, choices, shown
from sagepipe.compiler.check.tables import GUIDE
from sagepipe.contract import limits

_PROCESSING_PATH = "/opt/ml/processing"
_SERVERLESS = ("ServerlessJobConfig", "ModelPackageConfig")
# How a Python object looks that was written where a value should be.
_STRINGIFIED = re.compile(
    r"<[\w.]+ object at 0x[0-9a-f]+>|<(?:sagemaker|sagepipe)\.|"
    r"\b(?:Parameter(?:String|Integer|Float|Boolean)|Join|JsonGet|Properties|ExecutionVariable)\("
    r"(?:name|on|values|step_name|path)=|\{['\"](?:Get|Std:Join|Std:JsonGet)['\"]:"
)


def check(node: Node) -> Iterator[Finding]:
    """Find what the rules of a type of step refuse."""
    for key, place, value in node.fields():
        if key == "Arguments":
            yield from _stringified(value, place)
    place = node.place.at("Arguments")
    for rule in _RULES.get(node.type, ()):
        yield from rule(node.arguments, place)


def _stringified(value: Any, place: Place) -> Iterator[Finding]:
    if isinstance(value, str):
        if _STRINGIFIED.search(value):
            yield place.finding(
                f"{shown(value)} is a Python object's text, no value",
                "a Get, or a Std:Join to put it into text",
                "SageMaker SDK, PipelineVariable: no str() and no f-strings",
            )
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _stringified(inner, place.at(str(key)))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _stringified(inner, place.at(index))


def _objects(value: Any, *path: str) -> list[Mapping[str, Any]]:
    """Return a list of objects inside a request; what isn't one is an empty object."""
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    entries = value if isinstance(value, list) else []
    return [entry if isinstance(entry, Mapping) else {} for entry in entries]


def _object(value: Mapping[str, Any], *path: str) -> Mapping[str, Any]:
    found: Any = value
    for key in path:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _twice(entries: Sequence[Mapping[str, Any]], key: str, place: Place) -> Iterator[Finding]:
    seen: set[str] = set()
    for index, entry in enumerate(entries):
        name = entry.get(key)
        if isinstance(name, str):
            if name in seen:
                yield place.at(index, key).finding(
                    f"{name!r} is there twice", f"one {key} of a value", GUIDE
                )
            seen.add(name)


def _one_of(
    value: Mapping[str, Any], keys: tuple[str, str], place: Place, source: str
) -> Iterator[Finding]:
    given = [key for key in keys if value.get(key) is not None]
    if len(given) != 1:
        problem = f"{keys[0]} and {keys[1]} stand beside each other"
        yield place.finding(
            problem if given else f"there is neither {keys[0]} nor {keys[1]}",
            f"either {keys[0]} or {keys[1]}",
            source,
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


def _processing(arguments: Mapping[str, Any], place: Place) -> Iterator[Finding]:
    inputs = _objects(arguments, "ProcessingInputs")
    outputs = _objects(arguments, "ProcessingOutputConfig", "Outputs")
    at, to = place.at("ProcessingInputs"), place.at("ProcessingOutputConfig", "Outputs")
    yield from _twice(inputs, "InputName", at)
    yield from _twice(outputs, "OutputName", to)
    paths: dict[str, str] = {}
    for index, entry in enumerate(inputs):
        source = "CreateProcessingJob, ProcessingInput"
        yield from _one_of(entry, ("S3Input", "DatasetDefinition"), at.at(index), source)
        yield from _path(entry, "S3Input", paths, at.at(index))
    for index, entry in enumerate(outputs):
        source = "CreateProcessingJob, ProcessingOutput"
        yield from _one_of(entry, ("S3Output", "FeatureStoreOutput"), to.at(index), source)
        yield from _path(entry, "S3Output", paths, to.at(index))
    cluster = _object(arguments, "ProcessingResources", "ClusterConfig")
    where = place.at("ProcessingResources", "ClusterConfig")
    if cluster and cluster.get("InstancePreferences") is None:
        for key in ("InstanceType", "InstanceCount"):
            if cluster.get(key) is None:
                yield where.at(key).finding(
                    f"{key} is missing",
                    f"{key}, or InstancePreferences",
                    "CreateProcessingJob, ProcessingClusterConfig",
                )


def _path(
    entry: Mapping[str, Any], key: str, paths: dict[str, str], place: Place
) -> Iterator[Finding]:
    path = _object(entry, key).get("LocalPath")
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


def _training(arguments: Mapping[str, Any], place: Place) -> Iterator[Finding]:
    serverless = any(arguments.get(key) is not None for key in _SERVERLESS)
    if not serverless:
        for key in ("AlgorithmSpecification", "ResourceConfig", "StoppingCondition"):
            if arguments.get(key) is None:
                yield place.at(key).finding(
                    f"{key} is missing",
                    f"{key}; only serverless jobs go without",
                    "CreateTrainingJob",
                )
    yield from _job(arguments, place, "CreateTrainingJob")


def _job(arguments: Mapping[str, Any], place: Place, source: str) -> Iterator[Finding]:
    """Check what training jobs share with those of a tuning job."""
    algorithm = _object(arguments, "AlgorithmSpecification")
    if algorithm:
        at = place.at("AlgorithmSpecification")
        yield from _one_of(
            algorithm, ("TrainingImage", "AlgorithmName"), at, f"{source}, AlgorithmSpecification"
        )
        metrics = _objects(algorithm, "MetricDefinitions")
        yield from _twice(metrics, "Name", at.at("MetricDefinitions"))
    channels = _objects(arguments, "InputDataConfig")
    yield from _twice(channels, "ChannelName", place.at("InputDataConfig"))
    for index, channel in enumerate(channels):
        if channel and not any(_object(channel, "DataSource").values()):
            yield place.at("InputDataConfig", index, "DataSource").finding(
                "it names no data", "S3DataSource or FileSystemDataSource", f"{source}, DataSource"
            )
    resources = _object(arguments, "ResourceConfig")
    if resources:
        yield from _machines(resources, place.at("ResourceConfig"), source)
    checkpoint = _object(arguments, "CheckpointConfig").get("LocalPath")
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
    stopping = _object(arguments, "StoppingCondition")
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


def _tuning(arguments: Mapping[str, Any], place: Place) -> Iterator[Finding]:
    source = "CreateHyperParameterTuningJob"
    keys = ("TrainingJobDefinition", "TrainingJobDefinitions")
    yield from _one_of(arguments, keys, place, source)
    one = _object(arguments, keys[0])
    config = _object(arguments, "HyperParameterTuningJobConfig")
    at = place.at("HyperParameterTuningJobConfig")
    if one:
        yield from _candidate(one, config, place.at(keys[0]), at, source)
    for index, each in enumerate(_objects(arguments, keys[1])):
        yield from _candidate(each, {}, place.at(keys[1], index), at, source)
    limit = _object(config, "ResourceLimits")
    most, parallel = limit.get("MaxNumberOfTrainingJobs"), limit.get("MaxParallelTrainingJobs")
    if isinstance(most, int) and isinstance(parallel, int) and parallel > most:
        yield at.at("ResourceLimits", "MaxParallelTrainingJobs").finding(
            f"{parallel} jobs at once are more than {most} in all", f"1 to {most}", source
        )
    ranges = _object(config, "ParameterRanges")
    yield from _ranges(ranges, at.at("ParameterRanges"), source)
    if config.get("Strategy") == "Grid" and any(
        ranges.get(f"{kind}ParameterRanges") for kind in ("Integer", "Continuous")
    ):
        yield at.at("Strategy").finding(
            "Grid searches more than categories", "CategoricalParameterRanges alone", source
        )


def _candidate(
    job: Mapping[str, Any], config: Mapping[str, Any], place: Place, at: Place, source: str
) -> Iterator[Finding]:
    yield from _job(job, place, source)
    own = _object(job, "TuningObjective")
    objective = own or _object(config, "HyperParameterTuningJobObjective")
    where = place.at("TuningObjective") if own else at.at("HyperParameterTuningJobObjective")
    defined = _objects(job, "AlgorithmSpecification", "MetricDefinitions")
    wanted = objective.get("MetricName")
    known = [entry.get("Name") for entry in defined]
    if isinstance(wanted, str) and defined and wanted not in known:
        yield where.at("MetricName").finding(
            f"no metric {wanted!r} is defined", choices(known), f"{source}, MetricDefinitions"
        )
    ranges = _object(job, "HyperParameterRanges") or _object(config, "ParameterRanges")
    fixed = _object(job, "StaticHyperParameters")
    for name in _searched(ranges):
        if name in fixed:
            yield place.at("StaticHyperParameters", name).finding(
                f"{name!r} is searched too", "fixed or searched", f"{source}, ParameterRanges"
            )


def _searched(ranges: Mapping[str, Any]) -> list[str]:
    kinds = ("IntegerParameterRanges", "ContinuousParameterRanges", "CategoricalParameterRanges")
    names = [entry.get("Name") for kind in kinds for entry in _objects(ranges, kind)]
    return [name for name in names if isinstance(name, str)]


def _ranges(ranges: Mapping[str, Any], place: Place, source: str) -> Iterator[Finding]:
    names = _searched(ranges)
    if len(names) > limits.TUNING_RANGES:
        yield place.finding(
            f"{len(names)} hyperparameters are searched", f"{limits.TUNING_RANGES} or fewer", source
        )
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield place.finding(f"{name!r} is searched twice", "one range a hyperparameter", source)
    for kind in ("IntegerParameterRanges", "ContinuousParameterRanges"):
        for index, entry in enumerate(_objects(ranges, kind)):
            low, high = _number(entry.get("MinValue")), _number(entry.get("MaxValue"))
            if low is not None and high is not None and low > high:
                yield place.at(kind, index, "MaxValue").finding(
                    f"{high:g} is less than MinValue", f"{low:g} or more", source
                )


def _number(text: Any) -> float | None:
    try:
        return float(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _model(arguments: Mapping[str, Any], place: Place) -> Iterator[Finding]:
    yield from _one_of(arguments, ("PrimaryContainer", "Containers"), place, "CreateModel")
    one = arguments.get("PrimaryContainer")
    places = [(one, place.at("PrimaryContainer"))] if isinstance(one, Mapping) else []
    many = _objects(arguments, "Containers")
    places += [(entry, place.at("Containers", index)) for index, entry in enumerate(many)]
    for container, at in places:
        if container.get("Image") is None and container.get("ModelPackageName") is None:
            yield at.at("Image").finding(
                "it has no Image", "Image or ModelPackageName", "CreateModel, ContainerDefinition"
            )


def _package(arguments: Mapping[str, Any], place: Place) -> Iterator[Finding]:
    source = "CreateModelPackage"
    if arguments.get("ModelPackageGroupName") is not None:
        if arguments.get("ModelPackageName") is not None:
            yield place.at("ModelPackageName").finding(
                "a version in a group has no name of its own", "ModelPackageGroupName alone", source
            )
        if arguments.get("Tags"):
            yield place.at("Tags").finding(
                "a version takes its group's tags", "no Tags beside ModelPackageGroupName", source
            )
    if arguments.get("InferenceSpecification") is None and not any(
        arguments.get(key) for key in ("SourceAlgorithmSpecification", "SourceUri")
    ):
        yield place.at("InferenceSpecification").finding(
            "InferenceSpecification is missing", "what serves the model", source
        )
    for index, entry in enumerate(_objects(arguments, "InferenceSpecification", "Containers")):
        if entry.get("Image") is None:
            yield place.at("InferenceSpecification", "Containers", index, "Image").finding(
                "Image is missing", "an image", f"{source}, ModelPackageContainerDefinition"
            )


def _transform(arguments: Mapping[str, Any], place: Place) -> Iterator[Finding]:
    payload, jobs = arguments.get("MaxPayloadInMB"), arguments.get("MaxConcurrentTransforms")
    source = "CreateTransformJob, MaxPayloadInMB"
    if isinstance(payload, int) and isinstance(jobs, int) and payload * jobs > 100:
        yield place.at("MaxPayloadInMB").finding(
            f"{jobs} transforms of {payload} MB are more than 100 MB", "100 MB in all", source
        )


_RULES: Mapping[str, tuple[Callable[[Mapping[str, Any], Place], Iterator[Finding]], ...]] = {
    "Processing": (_processing,),
    "QualityCheck": (_processing,),
    "ClarifyCheck": (_processing,),
    "Training": (_training,),
    "Tuning": (_tuning,),
    "Model": (_model,),
    "RegisterModel": (_package,),
    "Transform": (_transform,),
}
