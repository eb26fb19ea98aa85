"""What the service refuses and its model does not say, by type of step."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sagepipe.compiler.check import processing, training, tuning
from sagepipe.compiler.check.definition import Node
from sagepipe.compiler.check.finding import Finding, Place, shown
from sagepipe.compiler.check.reading import objects, one_of

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
    if rule := _RULES.get(node.type):
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


def _model(arguments: Mapping[str, Any], place: Place) -> Iterator[Finding]:
    yield from one_of(arguments, ("PrimaryContainer", "Containers"), place, "CreateModel")
    one = arguments.get("PrimaryContainer")
    places = [(one, place.at("PrimaryContainer"))] if isinstance(one, Mapping) else []
    many = objects(arguments, "Containers")
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
    for index, entry in enumerate(objects(arguments, "InferenceSpecification", "Containers")):
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


_RULES: Mapping[str, Callable[[Mapping[str, Any], Place], Iterator[Finding]]] = {
    "Processing": processing.check,
    "QualityCheck": processing.check,
    "ClarifyCheck": processing.check,
    "Training": training.check,
    "Tuning": tuning.check,
    "Model": _model,
    "RegisterModel": _package,
    "Transform": _transform,
}
