"""Pipeline values as the definition writes them: ``Get``, ``Std:Join`` and ``Std:JsonGet``."""

import re
from typing import Any

from sagepipe.contract import names
from sagepipe.dsl import DslError, Model
from sagepipe.dsl.values import (
    ArtifactRef,
    ExecutionRef,
    ImportedArtifact,
    Join,
    MetricRef,
    ParameterRef,
    Value,
)

Json = Any

_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def get(path: str) -> Json:
    """Write a reference, such as ``Parameters.bucket``."""
    return {"Get": path}


def parameter(name: str) -> Json:
    """Write a reference to a pipeline parameter."""
    return get(f"Parameters.{name}")


def join(*parts: Json, on: str = "/") -> Json:
    """Write text that is put together when the pipeline runs."""
    return {"Std:Join": {"On": on, "Values": list(parts)}}


def expression(value: Any) -> Json:
    """Write a constant or a pipeline value.

    Args:
        value: A scalar, or a ``Value`` of the authoring language.

    Returns:
        The constant itself, or SageMaker's expression for it.
    """
    if isinstance(value, ParameterRef):
        return parameter(value.name)
    if isinstance(value, ExecutionRef):
        return get(f"Execution.{value.attribute}")
    if isinstance(value, Join):
        return join(*(expression(part) for part in value.parts), on=value.separator)
    if isinstance(value, MetricRef):
        return {
            "Std:JsonGet": {
                "PropertyFile": get(f"Steps.{value.task.name}.PropertyFiles.{value.output}"),
                "Path": json_path(value.path),
            }
        }
    return value


def text(value: Value) -> Json:
    """Write a pipeline value where SageMaker takes only text (arguments, hyperparameters)."""
    if isinstance(value, Join) or (isinstance(value, ParameterRef) and value.type is str):
        return expression(value)
    return join(expression(value), on="")


def json_path(keys: tuple[str, ...]) -> str:
    """Write the path of a value in a JSON file: ``by_class.late`` or ``['by class'].late``."""
    path = ""
    for key in keys:
        if _PLAIN_KEY.fullmatch(key):
            path += f".{key}" if path else key
        else:
            path += f"['{key}']"
    return path


def artifact_uri(artifact: ArtifactRef | ImportedArtifact) -> Json:
    """Write where an artifact lies in S3.

    Raises:
        DslError: SageMaker gives no reference to it.
    """
    if isinstance(artifact, ImportedArtifact):
        return expression(artifact.uri)
    task = artifact.task
    if task.spec.kind == "processing":
        return get(
            f"Steps.{task.name}.ProcessingOutputConfig.Outputs['{artifact.name}'].S3Output.S3Uri"
        )
    if issubclass(artifact.type, Model):
        return get(f"Steps.{task.name}.ModelArtifacts.S3ModelArtifacts")
    raise DslError(
        f"output {artifact.name!r} of training job {task.name!r} is part of its output.tar.gz, to "
        "which SageMaker gives no reference; write it from a processing component",
        task.location,
    )


def models_uri(pipeline: str) -> Json:
    """Write the prefix under which a pipeline's training jobs leave their models."""
    return join("s3:/", parameter(names.BUCKET), "models", pipeline)


def output_uri(pipeline: str, step: str, output: str) -> Json:
    """Write the prefix of one output of one execution."""
    return join(
        "s3:/",
        parameter(names.BUCKET),
        "pipelines",
        pipeline,
        get("Execution.PipelineExecutionId"),
        step,
        output,
    )
