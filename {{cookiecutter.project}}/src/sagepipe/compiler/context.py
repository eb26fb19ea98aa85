"""Where a step is written: in which pipeline, in which loop, for which environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from sagepipe.compiler.expressions import Json, get, join, parameter
from sagepipe.contract import names
from sagepipe.dsl import DslError, Task
from sagepipe.dsl.pipelines.step import Step
from sagepipe.dsl.resources import Resources

# What an environment may say for every job and only training jobs have.
_TRAINING_ONLY = ("max_wait_seconds", "checkpoints")


@dataclass(frozen=True)
class Overrides:
    """What an environment changes of the jobs, over what the pipeline says.

    Attributes:
        jobs: Fields of ``Resources`` for every job, such as ``subnets``.
        steps: Fields of ``Resources`` by step, which come before those of ``jobs``.
        tags: Tags of every job.
        variables: Environment variables of every job; those that a step sets itself come first.
    """

    jobs: Mapping[str, Any] = field(default_factory=dict)
    steps: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Context:
    """What a step's request depends on besides the step.

    Attributes:
        pipeline: The pipeline's name.
        overrides: What the environment changes.
        in_loop: Whether it stands in a ForEach body, whose rounds must not write over each other.
    """

    pipeline: str
    overrides: Overrides = field(default_factory=Overrides)
    in_loop: bool = False

    def resources(self, step: Step, resources: Resources) -> Resources:
        """Apply the environment's changes.

        Raises:
            DslError: It names a field that jobs don't have.
        """
        trains = isinstance(step, Task) and step.spec.kind == "training"
        every = {
            name: value
            for name, value in self.overrides.jobs.items()
            if trains or name not in _TRAINING_ONLY
        }
        changes = {**every, **self.overrides.steps.get(step.name, {})}
        unknown = set(changes) - {item.name for item in fields(Resources)}
        if unknown:
            raise DslError(
                f"step {step.name!r}: jobs have no {sorted(unknown)[0]!r}", step.location
            )
        try:
            return replace(resources, **changes) if changes else resources
        except DslError as error:
            raise DslError(
                f"step {step.name!r}, as the environment changes it: {error.fault}", step.location
            ) from None

    def tags(self) -> Json:
        """Write the jobs' tags."""
        return [{"Key": key, "Value": value} for key, value in self.overrides.tags.items()]

    def models_uri(self) -> Json:
        """Write the prefix under which training jobs leave their models."""
        return join("s3:/", parameter(names.BUCKET), "models", self.pipeline)

    def checkpoints_uri(self, step: Step) -> Json:
        """Write where a training job's checkpoints are kept."""
        round_ = [get("Execution.TrainingJobName")] if self.in_loop else []
        return self._own("checkpoints", step.name, *round_)

    def output_uri(self, step: Step, output: str) -> Json:
        """Write the prefix of one output of one execution.

        It ends in a segment of its own: S3 prefixes are plain text, so that ``…/train`` would hold
        ``…/train_labels`` as well.
        """
        round_ = [get("Execution.ProcessingJobName")] if self.in_loop else []
        return self._own("pipelines", step.name, *round_, output, names.OUTPUT_LEAF)

    def _own(self, root: str, *segments: Json) -> Json:
        execution = get("Execution.PipelineExecutionId")
        return join("s3:/", parameter(names.BUCKET), root, self.pipeline, execution, *segments)
