"""The steps of a pipeline: tasks, conditions, registration, failure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Any, Literal

from sagepipe.contract import limits
from sagepipe.dsl import wire
from sagepipe.dsl.artifacts import Artifact, Metrics, Model
from sagepipe.dsl.errors import Location, author_error, caller
from sagepipe.dsl.graph import Block, Graph, current
from sagepipe.dsl.resources import Caching, Resources, Retry
from sagepipe.dsl.spec import ComponentSpec
from sagepipe.dsl.values import (
    ArtifactRef,
    Condition,
    ImportedArtifact,
    Join,
    MetricRef,
    ParameterRef,
    Value,
)

Approval = Literal["Approved", "Rejected", "PendingManualApproval"]


@dataclass(eq=False)
class Step:
    """What every step has.

    Attributes:
        name: Its name in the pipeline.
        location: Where it was written.
        block: The branch it was written in, if any.
        upstream: Steps that it has to wait for beyond those whose outputs it takes.
        display_name: What SageMaker Studio shows.
    """

    name: str
    location: Location | None
    block: Block | None
    upstream: list[Step] = field(default_factory=list, kw_only=True)
    display_name: str | None = field(default=None, kw_only=True)

    def after(self, *steps: Step) -> Any:
        """Wait for other steps.

        Args:
            steps: What has to end first.

        Returns:
            This step.

        Raises:
            DslError: One of them stands in a branch that this step is not in, or can't be waited
                for.
        """
        for step in steps:
            if not isinstance(step, Step) or isinstance(step, Fail):
                raise author_error(f"{self.name!r} can't wait for {step!r}; name a task")
            _check_visible(step, self.block, f"{self.name!r} waits for {step.name!r}")
            self.upstream.append(step)
        return self

    def set_display_name(self, name: str) -> Any:
        """Set what SageMaker Studio shows; returns this step."""
        self.display_name = name
        return self


@dataclass(eq=False)
class Task(Step):
    """A component at work in a pipeline.

    Attributes:
        spec: The component.
        inputs: What each of its inputs reads.
        parameters: What each of its parameters is; those left out have their defaults.
        resources: What its job runs on.
        environment: Environment variables for its job.
        caching: Its cache, where asked for.
        retry: Its retry policy, where asked for.
        output_uris: Where outputs go that have a place of their own.
    """

    spec: ComponentSpec
    inputs: dict[str, ArtifactRef | ImportedArtifact]
    parameters: dict[str, Any]
    resources: Resources
    environment: dict[str, str | Value] = field(default_factory=dict)
    caching: Caching | None = None
    retry: Retry | None = None
    output_uris: dict[str, Join] = field(default_factory=dict)

    @property
    def outputs(self) -> Mapping[str, ArtifactRef]:
        """Its outputs by name."""
        return _Outputs(self)

    @property
    def output(self) -> ArtifactRef:
        """Its only output."""
        if len(self.spec.outputs) != 1:
            raise author_error(
                f"{self.name!r} has {len(self.spec.outputs)} outputs; take one by name: "
                f".outputs[...] of {_listed(output.name for output in self.spec.outputs)}"
            )
        return self.outputs[self.spec.outputs[0].name]

    def set_instance_type(self, instance_type: str | ParameterRef) -> Task:
        """Run on another type of machine; returns this task."""
        return self._with_resources(instance_type=instance_type)

    def set_instance_count(self, instance_count: int | ParameterRef) -> Task:
        """Run on several machines; returns this task."""
        return self._with_resources(instance_count=instance_count)

    def set_volume_size(self, gigabytes: int | ParameterRef) -> Task:
        """Set the size of the storage volume in GB; returns this task."""
        return self._with_resources(volume_size_gb=gigabytes)

    def set_max_runtime(self, seconds: int | ParameterRef) -> Task:
        """Set after how many seconds SageMaker stops the job; returns this task."""
        return self._with_resources(max_runtime_seconds=seconds)

    def set_env_variable(self, name: str, value: str | Value) -> Task:
        """Set an environment variable of the job; returns this task.

        Raises:
            DslError: The value is neither text nor a pipeline value.
        """
        if not isinstance(value, str | Value):
            raise author_error(f"environment variable {name!r} takes text, not {value!r}")
        self.environment[name] = value
        return self

    def set_caching_options(self, enable_caching: bool, expire_after: str | None = None) -> Task:
        """Let SageMaker take the outputs of an earlier run of the same step.

        Args:
            enable_caching: Whether to.
            expire_after: How old they may be, an ISO 8601 duration such as ``P30D``.

        Returns:
            This task.

        Raises:
            DslError: The duration is not of that form.
        """
        if expire_after is not None and not _DURATION.fullmatch(expire_after):
            raise author_error(
                f"expire_after {expire_after!r} is no ISO 8601 duration, such as P30D or PT12H"
            )
        self.caching = Caching(expire_after) if enable_caching else None
        return self

    def set_retry(
        self,
        num_retries: int,
        backoff_duration: str = "1s",
        backoff_factor: float = 2.0,
    ) -> Task:
        """Retry after a fault of the infrastructure; a script that fails is never retried.

        Args:
            num_retries: How many times, 1 to 20.
            backoff_duration: How long to wait at first, in seconds, such as ``30s``.
            backoff_factor: By how much the wait grows.

        Returns:
            This task.

        Raises:
            DslError: A value is outside SageMaker's limits.
        """
        interval = re.fullmatch(r"(\d+)s", backoff_duration)
        if not interval or not 1 <= int(interval[1]) <= limits.RETRY_MAX_INTERVAL_SECONDS:
            raise author_error(
                f"backoff_duration {backoff_duration!r} is not of the form 30s, from 1s to "
                f"{limits.RETRY_MAX_INTERVAL_SECONDS}s"
            )
        if not 1 <= num_retries <= limits.RETRY_MAX_ATTEMPTS:
            raise author_error(
                f"num_retries {num_retries} is not between 1 and {limits.RETRY_MAX_ATTEMPTS}"
            )
        self.retry = Retry(num_retries, int(interval[1]), backoff_factor)
        return self

    def set_output_uri(self, output: str, uri: Join) -> Task:
        """Send an output of a processing job to a place of its own.

        Args:
            output: The output's name.
            uri: The S3 prefix, from ``dsl.bucket_uri`` or ``dsl.join``.

        Returns:
            This task.

        Raises:
            DslError: There is no such output, or it is a training job's, whose place SageMaker
                derives from the job's name.
        """
        self.outputs[output]
        if self.spec.kind == "training":
            raise author_error(
                f"{self.name!r} is a training job: SageMaker uploads its model under the job's own "
                "name; copy it with a processing component such as sagepipe.components.publish"
            )
        self.output_uris[output] = uri
        return self

    def _with_resources(self, **changes: Any) -> Task:
        self.resources = replace(self.resources, **changes)
        return self


@dataclass(eq=False)
class ConditionNode(Step):
    """A fork in the pipeline."""

    condition: Condition
    then: Block
    otherwise: Block | None = None


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


@dataclass(eq=False)
class Fail(Step):
    """An end of the execution with a message."""

    message: str | Value


Node = Task | ConditionNode | RegisterModel | Fail


class _Outputs(dict[str, ArtifactRef]):
    def __init__(self, task: Task) -> None:
        super().__init__(
            {out.name: ArtifactRef(task, out.name, out.type) for out in task.spec.outputs}
        )
        self._task = task

    def __missing__(self, name: str) -> ArtifactRef:
        raise author_error(
            f"{self._task.name!r} has no output {name!r}; it has {_listed(self) or 'none'}"
        )


def new_task(spec: ComponentSpec, args: tuple[Any, ...], arguments: dict[str, Any]) -> Task:
    """Add a task to the pipeline that is being traced; see ``Component.__call__``."""
    graph = current(
        f"component {spec.name!r} adds a job to a pipeline and (for a plain call, use "
        f"{spec.name}.python_func)"
    )
    if args:
        raise author_error(f"{spec.name}() takes its arguments by name, as in KFP")
    inputs = {item.name: item for item in spec.inputs}
    parameters = {item.name: item for item in spec.parameters}
    for name in arguments:
        if name not in inputs and name not in parameters:
            known = _listed([*inputs, *parameters])
            raise author_error(
                f"{spec.name}() has no argument {name!r}; it takes {known or 'none'}"
            )
    missing = [name for name in inputs if name not in arguments] + [
        name for name, item in parameters.items() if item.required and name not in arguments
    ]
    if missing:
        raise author_error(f"{spec.name}() lacks {_listed(missing)}")
    task = Task(
        name=graph.claim_name(spec.name),
        location=caller(),
        block=graph.block,
        spec=spec,
        inputs={
            name: _artifact(spec, name, item.type, arguments[name], graph)
            for name, item in inputs.items()
        },
        parameters={
            name: _parameter(spec, name, parameters[name].type, value, graph)
            for name, value in arguments.items()
            if name in parameters
        },
        resources=spec.resources,
    )
    graph.siblings.append(task)
    return task


class If:
    """The steps written under ``with dsl.If(condition):`` run only where it holds."""

    def __init__(self, condition: Condition, name: str | None = None) -> None:
        """Start a condition.

        Args:
            condition: A comparison of pipeline values, or several joined by & | ~.
            name: The step's name.

        Raises:
            DslError: That is no condition, or this stands inside another branch.
        """
        graph = current("dsl.If")
        if not isinstance(condition, Condition):
            raise author_error(
                f"dsl.If takes a comparison of pipeline values, not {condition!r}: it is decided "
                "while the pipeline is being built; use a plain Python `if`"
            )
        if graph.block is not None:
            raise author_error("SageMaker can't nest conditions: join them with & into one dsl.If")
        for value in _values(condition):
            _check_value_visible(value, None, "dsl.If")
        self._graph = graph
        self._node = ConditionNode(
            graph.claim_name(name or "condition"), caller(), None, condition, Block("dsl.If")
        )
        graph.nodes.append(self._node)

    def __enter__(self) -> None:
        self._open = self._graph.open(self._node.then)
        self._open.__enter__()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.__exit__(kind, error, trace)
        if error is None and not self._node.then.nodes:
            raise author_error("this branch of the condition has no step; SageMaker needs one")


class Else:
    """The steps written under ``with dsl.Else():`` run where the condition above does not hold."""

    def __init__(self) -> None:
        """Start the other branch of the condition written just before.

        Raises:
            DslError: There is none.
        """
        graph = current("dsl.Else")
        last = graph.siblings[-1] if graph.siblings else None
        if not isinstance(last, ConditionNode) or last.otherwise is not None:
            raise author_error("dsl.Else has to follow a dsl.If directly")
        self._graph = graph
        last.otherwise = self._block = Block("dsl.Else")

    def __enter__(self) -> None:
        self._open = self._graph.open(self._block)
        self._open.__enter__()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.__exit__(kind, error, trace)


def importer(
    artifact_uri: str | Value, artifact_class: type[Artifact] = Artifact
) -> ImportedArtifact:
    """Take data that is there before the pipeline runs.

    Args:
        artifact_uri: Its S3 URI, or a pipeline value that will hold it.
        artifact_class: What it is.

    Returns:
        What a component's input takes.

    Raises:
        DslError: The URI is neither text nor a pipeline value of type str.
    """
    if isinstance(artifact_uri, ParameterRef) and artifact_uri.type is not str:
        raise author_error(f"dsl.importer: {artifact_uri.label} is not a str")
    if not isinstance(artifact_uri, str | Value):
        raise author_error(f"dsl.importer takes a URI, not {artifact_uri!r}")
    if isinstance(artifact_uri, str) and not artifact_uri.startswith("s3://"):
        raise author_error(
            f"dsl.importer: {artifact_uri!r} is no S3 URI; make it a pipeline parameter where a "
            "local run should read a local file"
        )
    return ImportedArtifact(artifact_uri, artifact_class)


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
            _check_visible(reference.task, graph.block, "dsl.register_model")
    if metadata and len(metadata) > limits.CUSTOM_METADATA_PROPERTIES:
        raise author_error(
            f"dsl.register_model: {len(metadata)} metadata properties; at most "
            f"{limits.CUSTOM_METADATA_PROPERTIES}"
        )
    for value in (metadata or {}).values():
        _check_value_visible(value, graph.block, "dsl.register_model")
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


def fail(message: str | Value) -> Fail:
    """End the execution as failed.

    Args:
        message: Why; pipeline values allowed, through ``dsl.join``.

    Returns:
        The step.

    Raises:
        DslError: The message is longer than SageMaker allows.
    """
    graph = current("dsl.fail")
    if isinstance(message, str) and not 1 <= len(message) <= limits.FAIL_MESSAGE:
        raise author_error(f"dsl.fail: a message has 1 to {limits.FAIL_MESSAGE} characters")
    _check_value_visible(message, graph.block, "dsl.fail")
    node = Fail(graph.claim_name("fail"), caller(), graph.block, message)
    graph.siblings.append(node)
    return node


_DURATION = re.compile(r"P(?=.)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+S)?)?")


def _artifact(
    spec: ComponentSpec, name: str, expected: type[Artifact], value: Any, graph: Graph
) -> ArtifactRef | ImportedArtifact:
    where = f"{spec.name}(), {name}"
    if isinstance(value, Task):
        raise author_error(
            f"{where} takes an output of {value.name!r}: add .output or .outputs[...]"
        )
    if not isinstance(value, ArtifactRef | ImportedArtifact):
        raise author_error(
            f"{where} takes an artifact, not {value!r}: another task's output, or dsl.importer(uri)"
        )
    if Artifact not in (expected, value.type) and not issubclass(value.type, expected):
        raise author_error(f"{where} takes a {expected.__name__}, not a {value.type.__name__}")
    if isinstance(value, ArtifactRef):
        _check_visible(value.task, graph.block, where)
    return value


def _parameter(spec: ComponentSpec, name: str, expected: type, value: Any, graph: Graph) -> Any:
    where = f"{spec.name}(), {name}"
    if isinstance(value, ArtifactRef | ImportedArtifact):
        raise author_error(f"{where} takes a {expected.__name__}, not an artifact")
    if isinstance(value, ParameterRef):
        if value.type is not expected and (value.type, expected) != (int, float):
            raise author_error(
                f"{where} takes a {expected.__name__}; {value.label} is a {value.type.__name__}"
            )
    elif isinstance(value, MetricRef):
        if expected is not float:
            raise author_error(f"{where} takes a {expected.__name__}; {value.label} is a float")
        _check_value_visible(value, graph.block, where)
    elif isinstance(value, Value):
        if expected is not str:
            raise author_error(f"{where} takes a {expected.__name__}; {value.label} is a str")
        _check_value_visible(value, graph.block, where)
    elif not wire.matches(value, expected):
        raise author_error(f"{where} takes a {expected.__name__}, not {value!r}")
    return value


def _check_visible(step: Step, block: Block | None, what: str) -> None:
    if step.block is not None and step.block is not block:
        raise author_error(
            f"{what}: {step.name!r} stands under {step.block.label}; where that branch is not taken "
            "it never runs, so only steps of the same branch may use it"
        )


def _check_value_visible(value: Any, block: Block | None, what: str) -> None:
    if isinstance(value, MetricRef):
        _check_visible(value.task, block, what)
    elif isinstance(value, Join):
        for part in value.parts:
            _check_value_visible(part, block, what)


def _values(condition: Condition) -> list[Any]:
    from sagepipe.dsl.values import And, Comparison, Not, Or

    if isinstance(condition, Comparison):
        return [condition.left, condition.right]
    if isinstance(condition, Not):
        return _values(condition.condition)
    assert isinstance(condition, And | Or)
    return [value for inner in condition.conditions for value in _values(inner)]


def _listed(items: Any) -> str:
    return ", ".join(repr(item) for item in items)
