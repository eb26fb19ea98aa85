"""Nodes of the graph as steps of the definition."""

from sagepipe.compiler import jobs
from sagepipe.compiler.conditions import conditions
from sagepipe.compiler.expressions import Json, artifact_uri, expression, get, join, parameter
from sagepipe.contract import names
from sagepipe.dsl import Task
from sagepipe.dsl.condition import ConditionNode
from sagepipe.dsl.fail import Fail
from sagepipe.dsl.registration import RegisterModel
from sagepipe.dsl.step import Step


def step(node: Step, pipeline: str) -> Json:
    """Write one node.

    Args:
        node: A node of the traced graph.
        pipeline: The pipeline's name.

    Returns:
        The step, keys in the order in which SageMaker documents them.

    Raises:
        DslError: SageMaker could not run it as written.
    """
    if isinstance(node, Task):
        return _task(node, pipeline)
    if isinstance(node, ConditionNode):
        return _condition(node, pipeline)
    if isinstance(node, RegisterModel):
        return _envelope(node, "RegisterModel", _package(node))
    assert isinstance(node, Fail)
    return _envelope(node, "Fail", {"ErrorMessage": expression(node.message)})


def _envelope(node: Step, type_: str, arguments: Json, description: str = "") -> Json:
    written = {"Name": node.name, "Type": type_, "Arguments": arguments}
    if node.display_name:
        written["DisplayName"] = node.display_name
    if description:
        written["Description"] = description
    if node.upstream:
        written["DependsOn"] = list(dict.fromkeys(step.name for step in node.upstream))
    return written


def _task(task: Task, pipeline: str) -> Json:
    if task.spec.kind == "training":
        written = _envelope(task, "Training", jobs.training(task, pipeline), task.spec.description)
    else:
        arguments = jobs.processing(task, pipeline)
        written = _envelope(task, "Processing", arguments, task.spec.description)
    if files := jobs.property_files(task):
        written["PropertyFiles"] = files
    if task.caching:
        written["CacheConfig"] = {"Enabled": True}
        if task.caching.expire_after:
            written["CacheConfig"]["ExpireAfter"] = task.caching.expire_after
    if task.retry:
        written["RetryPolicies"] = [
            {
                "ExceptionType": list(task.retry.exceptions),
                "IntervalSeconds": task.retry.interval_seconds,
                "BackoffRate": task.retry.backoff_rate,
                "MaxAttempts": task.retry.max_attempts,
            }
        ]
    return written


def _condition(node: ConditionNode, pipeline: str) -> Json:
    otherwise = node.otherwise.nodes if node.otherwise else []
    return _envelope(
        node,
        "Condition",
        {
            "Conditions": conditions(node.condition),
            "IfSteps": [step(inner, pipeline) for inner in node.then.nodes],
            "ElseSteps": [step(inner, pipeline) for inner in otherwise],
        },
    )


def _package(node: RegisterModel) -> Json:
    """Write CreateModelPackage's request."""
    request: dict[str, Json] = {"ModelPackageGroupName": node.group}
    if node.description:
        request["ModelPackageDescription"] = node.description
    request["InferenceSpecification"] = {
        "Containers": [
            {"Image": parameter(names.SERVING_IMAGE), "ModelDataUrl": artifact_uri(node.model)}
        ],
        "SupportedContentTypes": list(node.content_types),
        "SupportedResponseMIMETypes": list(node.response_types),
        "SupportedRealtimeInferenceInstanceTypes": list(node.realtime_instance_types),
        "SupportedTransformInstanceTypes": list(node.transform_instance_types),
    }
    if node.metrics is not None:
        file = join(artifact_uri(node.metrics), names.METRICS_FILE)
        request["ModelMetrics"] = {
            "ModelQuality": {"Statistics": {"ContentType": "application/json", "S3Uri": file}}
        }
    request["ModelApprovalStatus"] = expression(node.approval_status)
    request["CustomerMetadataProperties"] = {
        "sagepipe.execution_id": get("Execution.PipelineExecutionId"),
        **{name: expression(value) for name, value in node.metadata.items()},
    }
    return request
