"""Hyperparameter tuning."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar, Literal

from sagepipe.contract import limits, names, paths
from sagepipe.dsl.component import Component
from sagepipe.dsl.errors import author_error, caller
from sagepipe.dsl.pipelines.arguments import bind, listed
from sagepipe.dsl.pipelines.graph import current
from sagepipe.dsl.pipelines.references import ArtifactRef
from sagepipe.dsl.pipelines.step import add
from sagepipe.dsl.pipelines.step_values import PropertyRef
from sagepipe.dsl.pipelines.task import Outputs, Task
from sagepipe.dsl.pipelines.texts import Join
from sagepipe.dsl.pipelines.values import ParameterRef, Value
from sagepipe.dsl.record import field, record
from sagepipe.dsl.spec import ComponentSpec, ParameterSpec

Scaling = Literal["Auto", "Linear", "Logarithmic", "ReverseLogarithmic"]
Strategy = Literal["Bayesian", "Random", "Hyperband", "Grid"]


@record
class Continuous:
    """A range of numbers to search (ContinuousParameterRange)."""

    low: float
    high: float
    scaling: Scaling = "Auto"


@record
class Integer:
    """A range of whole numbers to search (IntegerParameterRange)."""

    low: int
    high: int
    scaling: Scaling = "Auto"


@record
class Categorical:
    """Values to choose among (CategoricalParameterRange)."""

    values: tuple[Any, ...]

    def __init__(self, *values: Any) -> None:
        object.__setattr__(self, "values", values)


Range = Continuous | Integer | Categorical


@record
class Search:
    """How hyperparameters are searched for.

    Attributes:
        ranges: What may vary, by hyperparameter.
        objective: The metric that counts.
        goal: ``Maximize`` or ``Minimize``.
        strategy: How the next hyperparameters are chosen.
        max_jobs: How many training jobs in all.
        max_parallel_jobs: How many at once.
        seed: For what is random in the choice.
    """

    holds_values: ClassVar[bool] = True

    ranges: Mapping[str, Range]
    objective: str
    goal: Literal["Maximize", "Minimize"]
    strategy: Strategy
    max_jobs: int | Value
    max_parallel_jobs: int | Value
    seed: int | None


@record(eq=False, frozen=False)
class Tune(Task):
    """A training component, trained with many hyperparameters; the best model is its output."""

    search: Search = field(kw_only=True)

    @property
    def left_out(self) -> Iterable[str]:
        """Parameters that are searched for."""
        return self.search.ranges

    def references(self) -> Iterator[Any]:
        yield from super().references()
        found = (self.search.max_jobs, self.search.max_parallel_jobs)
        yield from (value for value in found if isinstance(value, Value))

    @property
    def outputs(self) -> Mapping[str, Any]:
        """The best training job's model."""
        job = PropertyRef(self, "TrainingJobSummaries[0].TrainingJobName")
        uri = Join("/", (*self.models_uri.parts, job, f"output/{paths.MODEL_ARCHIVE}"))
        model = next(out for out in self.spec.outputs if out.name == self.model_output)
        return Outputs(self, {model.name: ArtifactRef(self, model.name, model.type, place=uri)})

    @property
    def models_uri(self) -> Join:
        """Where its training jobs leave their models."""
        bucket = ParameterRef(names.BUCKET, str)
        return Join("/", ("s3:/", bucket, "models", self.pipeline))

    pipeline: str = field(default="", kw_only=True)


def tune(
    component: Component,
    *,
    arguments: Mapping[str, Any],
    ranges: Mapping[str, Range],
    objective: str,
    goal: Literal["Maximize", "Minimize"] = "Maximize",
    strategy: Strategy = "Bayesian",
    max_jobs: int | Value = 10,
    max_parallel_jobs: int | Value = 2,
    seed: int | None = None,
) -> Tune:
    """Search for a training component's best hyperparameters (CreateHyperParameterTuningJob).

    Args:
        component: A training component that names ``objective`` in its ``metrics``.
        arguments: Its inputs and the parameters that stay the same, by name.
        ranges: The parameters that vary: ``Continuous``, ``Integer`` or ``Categorical``.
        objective: The metric to judge by.
        goal: Whether more is better.
        strategy: How the next hyperparameters are chosen.
        max_jobs: How many training jobs in all.
        max_parallel_jobs: How many at once.
        seed: For what is random in the choice.

    Returns:
        The step; ``outputs["model"]`` is the best job's model.

    Raises:
        DslError: The component is no training component, or a range is not for its parameter.
    """
    graph = current("dsl.tune")
    if not isinstance(component, Component) or component.spec.kind != "training":
        raise author_error("dsl.tune takes a training component: @dsl.component(kind='training')")
    spec = component.spec
    if objective not in spec.metrics:
        raise author_error(
            f"dsl.tune: {spec.name!r} doesn't name {objective!r} in metrics=(...), which has "
            f"{listed(spec.metrics) or 'none'}; SageMaker reads the objective off the job's log"
        )
    _check_choices(goal, strategy)
    _check_ranges(spec, ranges, arguments, strategy)
    inputs, parameters = bind(spec, dict(arguments), graph.block, left_out=ranges)
    step = Tune(
        name=graph.claim_name(f"tune-{spec.name}"),
        location=caller(),
        block=graph.block,
        spec=spec,
        inputs=inputs,
        parameters=parameters,
        resources=spec.resources,
        search=Search(ranges, objective, goal, strategy, max_jobs, max_parallel_jobs, seed),
        pipeline=graph.name,
    )
    added: Tune = add(graph, step)
    return added


def _check_choices(goal: str, strategy: str) -> None:
    for what, given, known in (
        ("goal", goal, ("Maximize", "Minimize")),
        ("strategy", strategy, ("Bayesian", "Random", "Hyperband", "Grid")),
    ):
        if given not in known:
            raise author_error(f"dsl.tune: {what} {given!r} is none of {', '.join(known)}")


def _check_ranges(
    spec: ComponentSpec, ranges: Mapping[str, Range], arguments: Mapping[str, Any], strategy: str
) -> None:
    parameters = {item.name: item for item in spec.parameters}
    if not 1 <= len(ranges) <= limits.TUNING_RANGES:
        raise author_error(f"dsl.tune: 1 to {limits.TUNING_RANGES} ranges, not {len(ranges)}")
    for name, span in ranges.items():
        if name not in parameters:
            raise author_error(
                f"dsl.tune: {spec.name!r} has no parameter {name!r}; it has {listed(parameters)}"
            )
        if name in arguments:
            raise author_error(f"dsl.tune: {name!r} has both a range and a value")
        if fault := _range_fault(parameters[name], span, strategy):
            raise author_error(f"dsl.tune, {name}: {fault}")


def _range_fault(parameter: ParameterSpec, span: Any, strategy: str) -> str:
    if isinstance(span, Categorical):
        wrong = [value for value in span.values if not parameter.accepts(value)]
        if not span.values or wrong:
            return f"{listed(map(str, wrong)) or 'nothing'} is not a {parameter.kind}"
        return ""
    if not isinstance(span, Continuous | Integer):
        return f"a range is Continuous, Integer or Categorical, not {span!r}"
    wanted = int if isinstance(span, Integer) else float
    if parameter.type is not wanted:
        return (
            f"{type(span).__name__} is for a {wanted.__name__}; the parameter is a {parameter.kind}"
        )
    if not span.low < span.high:
        return f"its low end {span.low} is not below its high end {span.high}"
    if span.scaling in ("Logarithmic", "ReverseLogarithmic") and span.low <= 0:
        return f"{span.scaling} scaling needs numbers above 0"
    if strategy == "Grid":
        return "the Grid strategy takes Categorical ranges only"
    return ""
