"""Tasks: components at work in a pipeline."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sagepipe.contract import limits
from sagepipe.dsl import wire
from sagepipe.dsl.artifacts import Artifact
from sagepipe.dsl.errors import author_error, caller
from sagepipe.dsl.graph import Graph, current
from sagepipe.dsl.resources import Caching, Resources, Retry
from sagepipe.dsl.spec import ComponentSpec
from sagepipe.dsl.step import Step, check_value_visible, check_visible
from sagepipe.dsl.values import (
    ArtifactRef,
    ImportedArtifact,
    Join,
    MetricRef,
    ParameterRef,
    Value,
)

_DURATION = re.compile(r"P(?=.)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+S)?)?")


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
        check_visible(value.task, graph.block, where)
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
        check_value_visible(value, graph.block, where)
    elif isinstance(value, Value):
        if expected is not str:
            raise author_error(f"{where} takes a {expected.__name__}; {value.label} is a str")
        check_value_visible(value, graph.block, where)
    elif not wire.matches(value, expected):
        raise author_error(f"{where} takes a {expected.__name__}, not {value!r}")
    return value


def _listed(items: Iterable[str]) -> str:
    return ", ".join(repr(item) for item in items)
