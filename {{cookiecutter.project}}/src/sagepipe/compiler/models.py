"""Models: created, registered, and at work in batch transforms."""

from collections.abc import Mapping
from typing import Any

from sagepipe.compiler import jobs
from sagepipe.compiler.context import Context
from sagepipe.compiler.expressions import (
    Json,
    artifact_uri,
    expression,
    file_uri,
    get,
    parameter,
    text,
)
from sagepipe.contract import names
from sagepipe.dsl import DslError
from sagepipe.dsl.pipelines.references import ArtifactFile
from sagepipe.dsl.pipelines.registration import RegisterModel
from sagepipe.dsl.pipelines.transform import CreateModel, Transform


def create(step: CreateModel, context: Context) -> Json:
    """Write CreateModel's request."""
    return {
        "ExecutionRoleArn": parameter(names.ROLE),
        "PrimaryContainer": {
            "Image": parameter(names.SERVING_IMAGE),
            "ModelDataUrl": artifact_uri(step.model),
            **_environment(step.environment),
        },
        **({"Tags": context.tags()} if context.tags() else {}),
    }


def register(step: RegisterModel, context: Context) -> Json:
    """Write CreateModelPackage's request."""
    request: dict[str, Json] = {"ModelPackageGroupName": step.group}
    if step.package_description:
        request["ModelPackageDescription"] = step.package_description
    request["InferenceSpecification"] = {
        "Containers": [
            {
                "Image": parameter(names.SERVING_IMAGE),
                "ModelDataUrl": artifact_uri(step.model),
                **_environment(step.environment),
            }
        ],
        "SupportedContentTypes": list(step.content_types),
        "SupportedResponseMIMETypes": list(step.response_types),
        "SupportedRealtimeInferenceInstanceTypes": list(step.realtime_instance_types),
        "SupportedTransformInstanceTypes": list(step.transform_instance_types),
    }
    if step.model_metrics:
        request["ModelMetrics"] = _files(step.model_metrics)
    if step.drift_baselines:
        request["DriftCheckBaselines"] = _files(step.drift_baselines)
    request["ModelApprovalStatus"] = expression(step.approval_status)
    execution = get("Execution.PipelineExecutionId")
    request["CustomerMetadataProperties"] = {
        names.PACKAGE_EXECUTION: execution,
        names.PACKAGE_RUN: execution,
        names.PACKAGE_EXPERIMENT: context.pipeline,
        **{name: text(value) for name, value in step.metadata.items()},
    }
    return request


def transform(step: Transform, context: Context) -> Json:
    """Write CreateTransformJob's request.

    Raises:
        DslError: It stands in a loop whose rounds would write over each other.
    """
    if context.in_loop and (step.output_uri is None or not step.output_uri.loops):
        raise DslError(
            f"{step.name!r}: every round of the loop would write to the same place; give it "
            "output_uri=dsl.bucket_uri(..., item)",
            step.location,
        )
    options = dict(step.options)
    resources = context.resources(step, step.resources)
    own = step.output_uri
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": artifact_uri(step.data)}}
    processing = _take(options, "InputFilter", "OutputFilter", "JoinSource")
    return {
        "ModelName": expression(step.model_name),
        **_take(options, "MaxConcurrentTransforms", "MaxPayloadInMB", "BatchStrategy"),
        "TransformInput": {"DataSource": source, **_take(options, "ContentType", "SplitType")},
        "TransformOutput": {
            "S3OutputPath": expression(own)
            if own is not None
            else context.output_uri(step, "predictions"),
            **_take(options, "Accept", "AssembleWith"),
            **jobs.output_key(resources),
        },
        "TransformResources": {
            "InstanceType": expression(resources.instance_type),
            "InstanceCount": expression(resources.instance_count),
        },
        **({"DataProcessing": processing} if processing else {}),
        **({"Tags": context.tags()} if context.tags() else {}),
    }


def _take(options: dict[str, Any], *keys: str) -> Json:
    return {key: expression(options[key]) for key in keys if key in options}


def _environment(variables: Mapping[str, Any]) -> Json:
    if not variables:
        return {}
    return {"Environment": {name: text(value) for name, value in variables.items()}}


def _files(files: Mapping[str, ArtifactFile]) -> Json:
    """Write ``{"ModelQuality.Statistics": file}`` as SageMaker nests it."""
    written: dict[str, dict[str, Json]] = {}
    for kind, file in files.items():
        group, _, member = kind.partition(".")
        content = "application/json" if file.name.endswith(".json") else "text/plain"
        written.setdefault(group, {})[member] = {"ContentType": content, "S3Uri": file_uri(file)}
    return written
