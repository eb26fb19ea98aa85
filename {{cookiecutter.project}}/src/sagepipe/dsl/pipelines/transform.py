"""Batch scoring: a model step and a transform step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any, ClassVar, Literal

from sagepipe.contract import properties
from sagepipe.dsl.artifacts import Dataset, Model
from sagepipe.dsl.errors import author_error, caller
from sagepipe.dsl.pipelines.graph import current
from sagepipe.dsl.pipelines.references import ArtifactRef, ImportedArtifact, Reference
from sagepipe.dsl.pipelines.step import Step, add
from sagepipe.dsl.pipelines.step_values import PropertyRef
from sagepipe.dsl.pipelines.task import Outputs
from sagepipe.dsl.pipelines.texts import Join
from sagepipe.dsl.pipelines.values import Value
from sagepipe.dsl.record import field, record
from sagepipe.dsl.resources import DEFAULT_INSTANCE_TYPE, Resources


@record(eq=False, frozen=False)
class CreateModel(Step):
    """A model that jobs and endpoints can name (CreateModel)."""

    model: Reference
    retryable: ClassVar[bool] = True

    environment: dict[str, str | Value] = field(default_factory=dict)

    def references(self) -> Iterator[Any]:
        yield self.model
        yield from (value for value in self.environment.values() if isinstance(value, Value))


@record(eq=False, frozen=False)
class Transform(Step):
    """A batch transform job (CreateTransformJob).

    Attributes:
        model_name: The model.
        data: What is scored.
        options: Members of the request by name; those not set are left out.
        resources: What it runs on.
        output_uri: Where predictions go, if they have a place of their own.
    """

    model_name: str | Value
    data: Reference
    options: Mapping[str, Any]
    resources: Resources
    retryable: ClassVar[bool] = True
    cacheable: ClassVar[bool] = True

    output_uri: Join | None = None

    @property
    def outputs(self) -> Mapping[str, Any]:
        """``predictions``: a file ``<key>.out`` for each file of the data."""
        place = PropertyRef(self, properties.TRANSFORM_OUTPUT)
        return Outputs(
            self, {"predictions": ArtifactRef(self, "predictions", Dataset, place=place)}
        )

    @property
    def output(self) -> Any:
        """Its only output, the predictions."""
        return self.outputs["predictions"]

    def references(self) -> Iterator[Any]:
        yield self.data
        settings = (getattr(self.resources, item.name) for item in fields(self.resources))
        found = (self.model_name, self.output_uri, *self.options.values(), *settings)
        yield from (value for value in found if isinstance(value, Value))


def create_model(
    model: Reference,
    *,
    environment: Mapping[str, str | Value] | None = None,
    name: str | None = None,
) -> CreateModel:
    """Make a model that a batch transform or an endpoint can name.

    Args:
        model: A training task's model, or an importer of a ``model.tar.gz``.
        environment: Variables of its container.
        name: The step's name.

    Returns:
        The step; ``step.properties.ModelName`` is the model's name.

    Raises:
        DslError: ``model`` is no model.
    """
    graph = current("dsl.create_model")
    if not (isinstance(model, ArtifactRef | ImportedArtifact) and issubclass(model.type, Model)):
        raise author_error(
            "dsl.create_model takes a task's Output[Model] or dsl.importer(uri, Model)"
        )
    step = CreateModel(
        graph.claim_name(name or "create-model"),
        caller(),
        graph.block,
        model,
        dict(environment or {}),
    )
    added: CreateModel = add(graph, step)
    return added


def transform(
    *,
    model: Reference | CreateModel,
    data: Reference,
    content_type: str = "text/csv",
    split_type: Literal["None", "Line", "RecordIO", "TFRecord"] = "Line",
    accept: str | None = None,
    assemble_with: Literal["None", "Line"] | None = None,
    strategy: Literal["MultiRecord", "SingleRecord"] | None = None,
    max_payload_mb: int | Value | None = None,
    max_concurrent_transforms: int | Value | None = None,
    input_filter: str | None = None,
    output_filter: str | None = None,
    join_source: Literal["None", "Input"] | None = None,
    instance_type: str | Value = DEFAULT_INSTANCE_TYPE,
    instance_count: int | Value = 1,
    output_uri: Join | None = None,
    name: str | None = None,
) -> Transform:
    """Score data with a model in batch (a Model step where needed, and a Transform step).

    Args:
        model: A model artifact, or what ``dsl.create_model`` returned.
        data: What to score.
        content_type: Its MIME type.
        split_type: How files are cut into records; ``None`` sends each file whole.
        accept: The MIME type of the answers.
        assemble_with: How answers are put together again; ``Line`` for one a line.
        strategy: Whether a request holds many records or one.
        max_payload_mb: The most that a request holds, in MB.
        max_concurrent_transforms: Requests at once to each machine.
        input_filter: JSONPath of what the model is sent of a record.
        output_filter: JSONPath of what is kept of the joined record.
        join_source: ``Input`` to join answers to their records.
        instance_type: The machine.
        instance_count: How many.
        output_uri: Where predictions go; a place of this execution where not given.
        name: The step's name.

    Returns:
        The step; ``outputs["predictions"]`` is what it wrote.

    Raises:
        DslError: ``model`` is no model, or ``data`` no artifact.
    """
    graph = current("dsl.transform")
    if not isinstance(data, ArtifactRef | ImportedArtifact):
        raise author_error(f"dsl.transform: data has to be an artifact, not {data!r}")
    made = model if isinstance(model, CreateModel) else create_model(model)
    options = {
        "ContentType": content_type,
        "SplitType": split_type,
        "Accept": accept,
        "AssembleWith": assemble_with,
        "BatchStrategy": strategy,
        "MaxPayloadInMB": max_payload_mb,
        "MaxConcurrentTransforms": max_concurrent_transforms,
        "InputFilter": input_filter,
        "OutputFilter": output_filter,
        "JoinSource": join_source,
    }
    step = Transform(
        graph.claim_name(name or "transform"),
        caller(),
        graph.block,
        PropertyRef(made, properties.MODEL_NAME),
        data,
        {key: value for key, value in options.items() if value is not None},
        Resources(instance_type=instance_type, instance_count=instance_count),
        output_uri,
    )
    added: Transform = add(graph, step)
    return added
