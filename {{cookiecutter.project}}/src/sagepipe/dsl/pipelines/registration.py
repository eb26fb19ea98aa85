"""Registering a model as a version of a model package group."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Literal, get_args

from sagepipe.contract import limits, names
from sagepipe.dsl.artifacts import Metrics, Model
from sagepipe.dsl.errors import author_error, caller
from sagepipe.dsl.pipelines.graph import current
from sagepipe.dsl.pipelines.references import ArtifactFile, ArtifactRef, ImportedArtifact, Reference
from sagepipe.dsl.pipelines.step import Step, add
from sagepipe.dsl.pipelines.values import ParameterRef, Value
from sagepipe.dsl.record import field, record

Approval = Literal["Approved", "Rejected", "PendingManualApproval"]

# What CreateModelPackage takes in ModelMetrics and DriftCheckBaselines.
MODEL_METRICS = (
    "ModelQuality.Statistics",
    "ModelQuality.Constraints",
    "ModelDataQuality.Statistics",
    "ModelDataQuality.Constraints",
    "Bias.Report",
    "Bias.PreTrainingReport",
    "Bias.PostTrainingReport",
    "Explainability.Report",
)
DRIFT_BASELINES = (
    "Bias.ConfigFile",
    "Bias.PreTrainingConstraints",
    "Bias.PostTrainingConstraints",
    "Explainability.Constraints",
    "Explainability.ConfigFile",
    "ModelQuality.Statistics",
    "ModelQuality.Constraints",
    "ModelDataQuality.Statistics",
    "ModelDataQuality.Constraints",
)


@record(eq=False, frozen=False)
class RegisterModel(Step):
    """A new version in a model package group."""

    model: Reference
    group: str
    model_metrics: dict[str, ArtifactFile]
    drift_baselines: dict[str, ArtifactFile]
    content_types: tuple[str, ...]
    response_types: tuple[str, ...]
    realtime_instance_types: tuple[str, ...]
    transform_instance_types: tuple[str, ...]
    approval_status: Approval | ParameterRef
    package_description: str
    metadata: dict[str, str | Value]
    environment: dict[str, str | Value] = field(default_factory=dict)
    retryable: ClassVar[bool] = True

    def references(self) -> Iterator[Any]:
        yield self.model
        yield from self.model_metrics.values()
        yield from self.drift_baselines.values()
        found = (self.approval_status, *self.metadata.values(), *self.environment.values())
        yield from (value for value in found if isinstance(value, Value))


def register_model(
    *,
    model: Reference,
    metrics: ArtifactRef | None = None,
    group: str | None = None,
    model_metrics: Mapping[str, ArtifactFile] | None = None,
    drift_baselines: Mapping[str, ArtifactFile] | None = None,
    content_types: tuple[str, ...] = ("text/csv", "application/json"),
    response_types: tuple[str, ...] = ("text/csv", "application/json"),
    realtime_instance_types: tuple[str, ...] = ("ml.m5.large",),
    transform_instance_types: tuple[str, ...] = ("ml.m5.large",),
    approval_status: Approval | ParameterRef = "PendingManualApproval",
    description: str = "",
    metadata: Mapping[str, str | Value] | None = None,
    environment: Mapping[str, str | Value] | None = None,
) -> RegisterModel:
    """Register a model as a new version of a model package group (CreateModelPackage).

    Args:
        model: A training or tuning task's model, or ``dsl.importer`` of a ``model.tar.gz``.
        metrics: The Metrics output that shows its quality: ``ModelQuality.Statistics``.
        group: The model package group; the pipeline's name where not given.
        model_metrics: Further files by what they show, such as ``Bias.Report``; see
            ``MODEL_METRICS``.
        drift_baselines: Files that monitors compare with, such as ``ModelDataQuality.Statistics``;
            see ``DRIFT_BASELINES``.
        content_types: MIME types that it takes.
        response_types: MIME types that it answers with.
        realtime_instance_types: What an endpoint of it may run on.
        transform_instance_types: What a batch transform of it may run on.
        approval_status: ``Approved``, ``Rejected`` or ``PendingManualApproval``.
        description: For people.
        metadata: Up to 50 texts by name, pipeline values allowed. The execution's id, which is also
            the name of its MLflow run, and the MLflow experiment are always among them. The model's
            own run and version in MLflow are what ``tracking.LoggedModel`` names.
        environment: Variables of the serving container.

    Returns:
        The step.

    Raises:
        DslError: ``model`` is no model that SageMaker could serve, or a file is of no known kind.
    """
    graph = current("dsl.register_model")
    _check_model(model)
    shown = dict(model_metrics or {})
    if metrics is not None:
        if not (isinstance(metrics, ArtifactRef) and issubclass(metrics.type, Metrics)):
            raise author_error("dsl.register_model: metrics has to be a task's Output[Metrics]")
        shown = {"ModelQuality.Statistics": metrics.file(names.METRICS_FILE), **shown}
    _check_files("model_metrics", shown, MODEL_METRICS)
    _check_files("drift_baselines", drift_baselines or {}, DRIFT_BASELINES)
    _check_metadata(metadata or {})
    for what, given in (
        ("content_types", content_types),
        ("response_types", response_types),
        ("realtime_instance_types", realtime_instance_types),
        ("transform_instance_types", transform_instance_types),
    ):
        if isinstance(given, str | Value):
            raise author_error(f"dsl.register_model: {what} is a tuple of texts: ({given!r},)")
    if isinstance(approval_status, str) and approval_status not in get_args(Approval):
        raise author_error(
            f"dsl.register_model: approval_status {approval_status!r} is none of "
            f"{', '.join(get_args(Approval))}"
        )
    title = group or graph.name
    if not isinstance(title, str) or not names.ENTITY_NAME.fullmatch(title):
        raise author_error(
            f"dsl.register_model: group {title!r} is no model package group's name: letters, "
            "digits and single dashes, 63 at most"
        )
    step = RegisterModel(
        graph.claim_name("register-model"),
        caller(),
        graph.block,
        model=model,
        group=title,
        model_metrics=shown,
        drift_baselines=dict(drift_baselines or {}),
        content_types=tuple(content_types),
        response_types=tuple(response_types),
        realtime_instance_types=tuple(realtime_instance_types),
        transform_instance_types=tuple(transform_instance_types),
        approval_status=approval_status,
        package_description=description or graph.description,
        metadata=dict(metadata or {}),
        environment=dict(environment or {}),
    )
    added: RegisterModel = add(graph, step)
    return added


def _check_model(model: Any) -> None:
    if not (isinstance(model, ArtifactRef | ImportedArtifact) and issubclass(model.type, Model)):
        raise author_error("dsl.register_model: model has to be a task's Output[Model]")
    if isinstance(model, ArtifactRef) and model.place is None:
        spec = getattr(model.step, "spec", None)
        if spec is not None and spec.kind != "training":
            raise author_error(
                f"dsl.register_model: {model.step.name!r} is a processing job; SageMaker serves a "
                "model.tar.gz, which a training job makes"
            )


def _check_files(what: str, given: Mapping[str, ArtifactFile], known: tuple[str, ...]) -> None:
    for kind, file in given.items():
        if kind not in known:
            raise author_error(
                f"dsl.register_model: {what} has no {kind!r}; it takes {', '.join(known)}"
            )
        if not isinstance(file, ArtifactFile):
            raise author_error(
                f"dsl.register_model: {what}[{kind!r}] takes a file of an output: "
                'task.outputs["report"].file("statistics.json")'
            )


def _check_metadata(metadata: Mapping[str, Any]) -> None:
    most = limits.CUSTOM_METADATA_PROPERTIES - len(names.PACKAGE_METADATA)
    if len(metadata) > most:
        raise author_error(
            f"dsl.register_model: {len(metadata)} metadata properties; at most {most}"
        )
    for name, value in metadata.items():
        if not isinstance(value, str | Value):
            raise author_error(f"dsl.register_model: metadata {name!r} takes text, not {value!r}")
        longest = limits.CUSTOM_METADATA_VALUE
        if len(name) > limits.CUSTOM_METADATA_KEY or (
            isinstance(value, str) and len(value) > longest
        ):
            raise author_error(
                f"dsl.register_model: metadata {name!r} is longer than SageMaker takes: "
                f"{limits.CUSTOM_METADATA_KEY} characters for a name, {longest} for a text"
            )
