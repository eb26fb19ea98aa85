"""Registering a model as a version of a model package group."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sagepipe.contract import limits
from sagepipe.dsl.artifacts import Metrics, Model
from sagepipe.dsl.errors import author_error, caller
from sagepipe.dsl.graph import current
from sagepipe.dsl.step import Step, check_value_visible, check_visible
from sagepipe.dsl.values import ArtifactRef, ParameterRef, Value

Approval = Literal["Approved", "Rejected", "PendingManualApproval"]


@dataclass(eq=False)
class RegisterModel(Step):
    """A new version in a model package group."""

    model: ArtifactRef
    metrics: ArtifactRef | None
    group: str
    content_types: tuple[str, ...]
    response_types: tuple[str, ...]
    realtime_instance_types: tuple[str, ...]
    transform_instance_types: tuple[str, ...]
    approval_status: Approval | ParameterRef
    description: str
    metadata: dict[str, str | Value]


def register_model(
    *,
    model: ArtifactRef,
    metrics: ArtifactRef | None = None,
    group: str | None = None,
    content_types: tuple[str, ...] = ("text/csv", "application/json"),
    response_types: tuple[str, ...] = ("text/csv", "application/json"),
    realtime_instance_types: tuple[str, ...] = ("ml.m5.large",),
    transform_instance_types: tuple[str, ...] = ("ml.m5.large",),
    approval_status: Approval | ParameterRef = "PendingManualApproval",
    description: str = "",
    metadata: Mapping[str, str | Value] | None = None,
) -> RegisterModel:
    """Register a model as a new version of a model package group (CreateModelPackage).

    Args:
        model: A training task's model.
        metrics: The Metrics output that shows its quality.
        group: The model package group; the pipeline's name where not given.
        content_types: MIME types that it takes.
        response_types: MIME types that it answers with.
        realtime_instance_types: What an endpoint of it may run on.
        transform_instance_types: What a batch transform of it may run on.
        approval_status: ``Approved``, ``Rejected`` or ``PendingManualApproval``.
        description: For people.
        metadata: Up to 50 texts by name, pipeline values allowed.

    Returns:
        The step.

    Raises:
        DslError: ``model`` is not a training task's model, or ``metrics`` no Metrics output.
    """
    graph = current("dsl.register_model")
    if not (isinstance(model, ArtifactRef) and issubclass(model.type, Model)):
        raise author_error("dsl.register_model: model has to be a task's Output[Model]")
    if model.task.spec.kind != "training":
        raise author_error(
            f"dsl.register_model: {model.task.name!r} is a processing job; SageMaker serves a "
            "model.tar.gz, which a training job makes"
        )
    if metrics is not None and not (
        isinstance(metrics, ArtifactRef) and issubclass(metrics.type, Metrics)
    ):
        raise author_error("dsl.register_model: metrics has to be a task's Output[Metrics]")
    for reference in (model, metrics):
        if reference is not None:
            check_visible(reference.task, graph.block, "dsl.register_model")
    if metadata and len(metadata) > limits.CUSTOM_METADATA_PROPERTIES:
        raise author_error(
            f"dsl.register_model: {len(metadata)} metadata properties; at most "
            f"{limits.CUSTOM_METADATA_PROPERTIES}"
        )
    for value in (metadata or {}).values():
        check_value_visible(value, graph.block, "dsl.register_model")
    node = RegisterModel(
        graph.claim_name("register-model"),
        caller(),
        graph.block,
        model=model,
        metrics=metrics,
        group=group or graph.name,
        content_types=tuple(content_types),
        response_types=tuple(response_types),
        realtime_instance_types=tuple(realtime_instance_types),
        transform_instance_types=tuple(transform_instance_types),
        approval_status=approval_status,
        description=description or graph.description,
        metadata=dict(metadata or {}),
    )
    graph.siblings.append(node)
    return node
