"""Pipeline values as the definition writes them: ``Get``, ``Std:Join`` and ``Std:JsonGet``."""

import re
from collections.abc import Mapping
from typing import Any

from sagepipe.contract import names, properties
from sagepipe.contract.language import CURRENT_ITEM, GET, JOIN, JSON_GET
from sagepipe.dsl import DslError, Model, wire
from sagepipe.dsl.pipelines.references import ArtifactFile, ImportedArtifact, Reference
from sagepipe.dsl.pipelines.step_values import FileRef, MetricRef, PropertyRef, ReturnRef
from sagepipe.dsl.pipelines.texts import Join
from sagepipe.dsl.pipelines.values import Constant, ExecutionRef, LoopItem, ParameterRef, Value

Json = Any

_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def get(path: str) -> Json:
    """Write a reference, such as ``Parameters.bucket``."""
    return {GET: path}


def parameter(name: str) -> Json:
    """Write a reference to a pipeline parameter."""
    return get(f"Parameters.{name}")


def join(*parts: Json, on: str = "/") -> Json:
    """Write text that is put together when the pipeline runs."""
    return {JOIN: {"On": on, "Values": list(parts)}}


def expression(value: Any) -> Json:
    """Write a constant or a pipeline value.

    Args:
        value: A scalar, or a ``Value`` of the authoring language.

    Returns:
        The constant itself, or SageMaker's expression for it.
    """
    if isinstance(value, Constant):
        return value.value
    if isinstance(value, ParameterRef):
        return parameter(value.name)
    if isinstance(value, ExecutionRef):
        return get(f"Execution.{value.attribute}")
    if isinstance(value, Join):
        return join(*(expression(part) for part in value.parts), on=value.separator)
    if isinstance(value, MetricRef):
        return _metric(value)
    if isinstance(value, ReturnRef):
        return _in_property_file(value.step.name, names.RETURNED, (value.name,))
    if isinstance(value, FileRef):
        return {JSON_GET: {"S3Uri": expression(value.uri), "Path": json_path(value.path)}}
    if isinstance(value, PropertyRef):
        return get(f"Steps.{value.step.name}.{value.path.removeprefix('.')}")
    if isinstance(value, LoopItem):
        return get(CURRENT_ITEM + "".join(_key(key, first=False) for key in value.path))
    return value


def text(value: Any) -> Json:
    """Write a value where SageMaker takes only text: arguments, hyperparameters, environments."""
    if isinstance(value, Constant):
        value = value.value
    if not isinstance(value, Value):
        return wire.encode(value)
    already = isinstance(value, Join) or (
        isinstance(value, ParameterRef | LoopItem) and value.type in (str, list, dict, object)
    )
    return expression(value) if already else join(expression(value), on="")


def plain(value: Any) -> Json:
    """Write a request that an author gave, with what stands in it for values and artifacts."""
    if isinstance(value, Value):
        return expression(value)
    if isinstance(value, ArtifactFile):
        return file_uri(value)
    if isinstance(value, Reference):
        return artifact_uri(value)
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def json_path(keys: tuple[str | int, ...]) -> str:
    """Write the path of a value in a JSON file: ``by_class.late`` or ``['by class'].late``."""
    return "".join(_key(key, first=index == 0) for index, key in enumerate(keys))


def artifact_uri(artifact: Reference) -> Json:
    """Write where an artifact lies in S3.

    Raises:
        DslError: SageMaker gives no reference to it.
    """
    if isinstance(artifact, ImportedArtifact):
        return expression(artifact.uri)
    if artifact.place is not None:
        return expression(artifact.place)
    task = artifact.step
    if task.spec.kind == "processing":
        return get(f"Steps.{task.name}.{properties.processing_output(artifact.name)}")
    if issubclass(artifact.type, Model):
        return get(f"Steps.{task.name}.{properties.MODEL}")
    raise DslError(
        f"output {artifact.name!r} of training job {task.name!r} is part of its output.tar.gz, to "
        "which SageMaker gives no reference; write it from a processing component",
        task.location,
    )


def file_uri(file: ArtifactFile) -> Json:
    """Write where one file of an output lies in S3."""
    return join(artifact_uri(file.artifact), file.name)


def _metric(value: MetricRef) -> Json:
    if value.step.spec.kind == "training":
        name = properties.final_metric(".".join(map(str, value.path)))
        return get(f"Steps.{value.step.name}.{name}")
    return _in_property_file(value.step.name, value.output, value.path)


def _in_property_file(step: str, file: str, path: tuple[str | int, ...]) -> Json:
    return {
        JSON_GET: {
            "PropertyFile": get(f"Steps.{step}.PropertyFiles.{file}"),
            "Path": json_path(path),
        }
    }


def _key(key: str | int, first: bool) -> str:
    if isinstance(key, int):
        return f"[{key}]"
    if _PLAIN_KEY.fullmatch(key):
        return key if first else f".{key}"
    return f"['{key}']"
