"""Tasks: components at work in a pipeline."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, replace
from typing import Any, ClassVar

from sagepipe.dsl.artifacts import Model
from sagepipe.dsl.errors import author_error, caller
from sagepipe.dsl.pipelines.arguments import bind, listed
from sagepipe.dsl.pipelines.graph import Block, current
from sagepipe.dsl.pipelines.references import ArtifactRef, Reference
from sagepipe.dsl.pipelines.step import Step, add
from sagepipe.dsl.pipelines.step_values import ReturnRef
from sagepipe.dsl.pipelines.texts import Join
from sagepipe.dsl.pipelines.values import ParameterRef, Round, Value
from sagepipe.dsl.record import field, record
from sagepipe.dsl.resources import Resources
from sagepipe.dsl.spec import ComponentSpec

# TrainingEnvironmentKey, ProcessingEnvironmentKey
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

Inputs = dict[str, Reference | tuple[Reference, ...]]


@record(eq=False, frozen=False)
class Task(Step):
    """A component at work in a pipeline.

    Attributes:
        spec: The component.
        inputs: What each of its inputs reads.
        parameters: What each of its parameters is; those left out have their defaults.
        resources: What its job runs on.
        environment: Environment variables for its job.
        output_uris: Where outputs go that have a place of their own.
    """

    retryable: ClassVar[bool] = True
    cacheable: ClassVar[bool] = True

    spec: ComponentSpec
    inputs: Inputs
    parameters: dict[str, Any]
    resources: Resources
    environment: dict[str, str | Value] = field(default_factory=dict)
    output_uris: dict[str, Join] = field(default_factory=dict)

    @property
    def outputs(self) -> Mapping[str, Any]:
        """Its outputs by name: artifacts, and what the component returns."""
        artifacts = {out.name: ArtifactRef(self, out.name, out.type) for out in self.spec.outputs}
        values = {out.name: ReturnRef(self, out.name, out.type) for out in self.spec.returns}
        return Outputs(self, {**artifacts, **values})

    @property
    def output(self) -> Any:
        """Its only output."""
        outputs = self.outputs
        if not outputs:
            raise author_error(
                f"{self.name!r} has no outputs: its component has no Output[...] and returns "
                "nothing"
            )
        if len(outputs) != 1:
            raise author_error(
                f"{self.name!r} has {len(outputs)} outputs; take one by name: "
                f".outputs[...] of {listed(outputs)}"
            )
        return next(iter(outputs.values()))

    @property
    def model_output(self) -> str:
        """The name of a training task's model."""
        return next(out.name for out in self.spec.outputs if issubclass(out.type, Model))

    def references(self) -> Iterator[Any]:
        for given in self.inputs.values():
            yield from given if isinstance(given, tuple) else (given,)
        settings = (getattr(self.resources, item.name) for item in fields(self.resources))
        found = (*self.parameters.values(), *self.environment.values(), *settings)
        yield from (value for value in found if isinstance(value, Value))
        yield from self.output_uris.values()

    @property
    def left_out(self) -> Iterable[str]:
        """Parameters that come from elsewhere."""
        return ()

    def copied(self, name: str, block: Block | None, round_: Round) -> Step:
        copy = super().copied(name, block, round_)
        assert isinstance(copy, Task)
        arguments = {**copy.inputs, **copy.parameters}
        copy.inputs, copy.parameters = bind(self.spec, arguments, block, self.left_out)
        return copy

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
        self._check_open()
        if not isinstance(value, str | Value):
            raise author_error(f"environment variable {name!r} takes text, not {value!r}")
        if not _VARIABLE.fullmatch(name):
            raise author_error(f"{name!r} is no name of an environment variable")
        self.environment[name] = value
        return self

    def ignore_upstream_failure(self) -> Task:
        """Run even where the steps that it waits for have failed or were stopped.

        Returns:
            This task.

        Raises:
            DslError: It takes their outputs, which are not there then; it may only wait for them.
        """
        self._check_open()
        if self.needs():
            raise author_error(
                f"{self.name!r} takes outputs of {listed(step.name for step in self.needs())}, "
                "which are not there where these fail; wait for them with .after(...) alone"
            )
        if not self.upstream:
            raise author_error(f"{self.name!r} waits for no step: say .after(...) before")
        self.upstream = dict.fromkeys(self.upstream, "Any")
        return self

    def set_spot(self, max_wait_seconds: int, checkpoints: bool = True) -> Task:
        """Train on spot machines, which are cheaper and may be taken away.

        Args:
            max_wait_seconds: How long the job may take with the waits for machines in it.
            checkpoints: Whether ``/opt/ml/checkpoints`` is kept in S3, so that a job that was
                interrupted goes on where it stopped.

        Returns:
            This task.

        Raises:
            DslError: It is a processing job, or the wait is shorter than the run may be.
        """
        if self.spec.kind != "training":
            raise author_error(f"{self.name!r} is a processing job; SageMaker trains on spot only")
        return self._with_resources(max_wait_seconds=max_wait_seconds, checkpoints=checkpoints)

    def set_network_isolation(self, isolated: bool = True) -> Task:
        """Give the job's container no network, and so no MLflow server; returns this task."""
        return self._with_resources(network_isolation=isolated)

    def set_kms_key(
        self, volume: str | ParameterRef | None = None, output: str | ParameterRef | None = None
    ) -> Task:
        """Encrypt the storage volume and the outputs with keys of your own; returns this task."""
        return self._with_resources(volume_kms_key_id=volume, output_kms_key_id=output)

    def set_vpc(self, security_group_ids: tuple[str, ...], subnets: tuple[str, ...]) -> Task:
        """Run the job in a VPC; returns this task."""
        return self._with_resources(security_group_ids=security_group_ids, subnets=subnets)

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
        self._check_open()
        self.outputs[output]
        if self.spec.kind == "training":
            raise author_error(
                f"{self.name!r} is a training job: SageMaker uploads its model under the job's own "
                "name; copy it with a processing component such as sagepipe.components.publish"
            )
        if not isinstance(uri, Join):
            raise author_error(
                f"{self.name!r}, output {output!r}: a place in S3 is dsl.bucket_uri(...) or "
                f"dsl.join(...), not {uri!r}"
            )
        self.output_uris[output] = uri
        return self

    def _with_resources(self, **changes: Any) -> Task:
        self._check_open()
        self.resources = replace(self.resources, **changes)
        return self


class Outputs(dict[str, Any]):
    """Outputs by name; an unknown name is the author's error."""

    def __init__(self, owner: Any, outputs: dict[str, Any]) -> None:
        super().__init__(outputs)
        self._owner = owner

    def __missing__(self, name: str) -> Any:
        raise author_error(
            f"{self._owner.name!r} has no output {name!r}; it has {listed(self) or 'none'}"
        )


def new_task(spec: ComponentSpec, args: tuple[Any, ...], arguments: dict[str, Any]) -> Task:
    """Add a task to the pipeline that is being traced; see ``Component.__call__``."""
    graph = current(
        f"component {spec.name!r} adds a job to a pipeline and (for a plain call, use "
        f"{spec.name}.python_func)"
    )
    if args:
        names = [*(item.name for item in spec.inputs), *(item.name for item in spec.parameters)]
        shown = ", ".join(f"{name}=..." for name in names)
        raise author_error(f"{spec.name}() takes its arguments by name, as in KFP: ({shown})")
    inputs, parameters = bind(spec, arguments, graph.block)
    task = Task(
        name=graph.claim_name(spec.name),
        location=caller(),
        block=graph.block,
        spec=spec,
        inputs=inputs,
        parameters=parameters,
        resources=spec.resources,
    )
    added: Task = add(graph, task)
    return added
