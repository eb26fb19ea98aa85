"""What a pipeline function handles in place of values: they exist only once the pipeline runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sagepipe.contract import names
from sagepipe.dsl.artifacts import Artifact, Metrics
from sagepipe.dsl.errors import author_error

if TYPE_CHECKING:
    from sagepipe.dsl.task import Task


class Value:
    """Something known only when the pipeline runs; comparing it makes a condition."""

    def __eq__(self, other: object) -> Comparison:  # type: ignore[override]
        return Comparison("Equals", self, _comparable(other))

    def __ne__(self, other: object) -> Not:  # type: ignore[override]
        return Not(Comparison("Equals", self, _comparable(other)))

    def __lt__(self, other: Any) -> Comparison:
        return Comparison("LessThan", self, _comparable(other))

    def __le__(self, other: Any) -> Comparison:
        return Comparison("LessThanOrEqualTo", self, _comparable(other))

    def __gt__(self, other: Any) -> Comparison:
        return Comparison("GreaterThan", self, _comparable(other))

    def __ge__(self, other: Any) -> Comparison:
        return Comparison("GreaterThanOrEqualTo", self, _comparable(other))

    __hash__ = object.__hash__

    def __bool__(self) -> bool:
        raise author_error(
            f"{self.label} has no value while the pipeline is being built, so Python can't branch "
            "on it; use `with dsl.If(...):`"
        )

    def __str__(self) -> str:
        raise author_error(
            f"{self.label} has no text while the pipeline is being built; "
            "use dsl.join(...) in place of an f-string or str()"
        )

    def __format__(self, spec: str) -> str:
        return str(self)

    def __iter__(self) -> Iterator[Any]:
        raise author_error(f"{self.label} can't be iterated over while the pipeline is being built")

    @property
    def label(self) -> str:
        """The author's name for it, for messages."""
        return "a pipeline value"


@dataclass(frozen=True, eq=False)
class ParameterRef(Value):
    """A parameter of the pipeline."""

    name: str
    type: type

    @property
    def label(self) -> str:
        return f"pipeline parameter {self.name!r}"


@dataclass(frozen=True, eq=False)
class ExecutionRef(Value):
    """A fact about the execution, such as its id."""

    attribute: str

    @property
    def label(self) -> str:
        return f"execution variable {self.attribute!r}"


@dataclass(frozen=True, eq=False)
class Join(Value):
    """Text put together from parts when the pipeline runs."""

    separator: str
    parts: tuple[str | Value, ...]

    @property
    def label(self) -> str:
        return "a joined text"


@dataclass(frozen=True, eq=False)
class MetricRef(Value):
    """A number in a Metrics output."""

    task: Task
    output: str
    path: tuple[str, ...]

    def __getitem__(self, key: str) -> MetricRef:
        return MetricRef(self.task, self.output, (*self.path, key))

    @property
    def label(self) -> str:
        return f"metric {'.'.join(self.path)!r} of {self.task.name!r}"


@dataclass(frozen=True)
class ArtifactRef:
    """An output of a task, to be handed to another task's input."""

    task: Task
    name: str
    type: type[Artifact]

    def __getitem__(self, key: str) -> MetricRef:
        if not issubclass(self.type, Metrics):
            raise author_error(
                f"output {self.name!r} of {self.task.name!r} is a {self.type.__name__}; "
                "only a Metrics output has numbers to read"
            )
        if self.task.spec.kind == "training":
            raise author_error(
                f"conditions can't read {self.name!r} of training job {self.task.name!r}: "
                "SageMaker has property files for processing jobs only; read it from an evaluation "
                "component"
            )
        return MetricRef(self.task, self.name, (key,))

    def __bool__(self) -> bool:
        return True


@dataclass(frozen=True)
class ImportedArtifact:
    """Data that is there before the pipeline runs."""

    uri: str | Value
    type: type[Artifact]

    @property
    def output(self) -> ImportedArtifact:
        """Itself: KFP's importer returns a task with an output."""
        return self


class Condition:
    """What ``dsl.If`` asks; ``&``, ``|`` and ``~`` combine conditions."""

    def __and__(self, other: Condition) -> And:
        return And((*_flat(And, self), *_flat(And, other)))

    def __or__(self, other: Condition) -> Or:
        return Or((*_flat(Or, self), *_flat(Or, other)))

    def __invert__(self) -> Condition:
        return Not(self)

    def __bool__(self) -> bool:
        raise author_error(
            "a condition on pipeline values is decided when the pipeline runs: use "
            "`with dsl.If(...):`, and & | ~ in place of and, or, not and chained comparisons"
        )


@dataclass(frozen=True)
class Comparison(Condition):
    """One of SageMaker's five comparisons."""

    operator: str
    left: Any
    right: Any


@dataclass(frozen=True)
class And(Condition):
    """All of several conditions."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True)
class Or(Condition):
    """Any of several conditions."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True)
class Not(Condition):
    """The opposite of a condition."""

    condition: Condition

    def __invert__(self) -> Condition:
        return self.condition


def _flat(kind: type[And | Or], condition: object) -> tuple[Condition, ...]:
    if not isinstance(condition, Condition):
        raise author_error(
            f"{condition!r} is no condition; compare a pipeline value with something"
        )
    return condition.conditions if isinstance(condition, kind) else (condition,)


def _comparable(other: Any) -> Any:
    if isinstance(other, Value | str | int | float | bool):
        return other
    raise author_error(
        f"a pipeline value can't be compared with {other!r}; compare it with a scalar"
    )


EXECUTION_ID = ExecutionRef("PipelineExecutionId")
PIPELINE_NAME = ExecutionRef("PipelineName")


def join(*parts: str | float | Value, separator: str = "") -> Join:
    """Put text together from constants and pipeline values (SageMaker's ``Std:Join``).

    Args:
        parts: Strings and pipeline values, in order. A parameter of the pipeline is a value,
            although it is annotated ``float``.
        separator: What stands between them.

    Returns:
        A value to hand to a component's parameter or to an importer.

    Raises:
        DslError: A part is neither a string nor a pipeline value.
    """
    texts: list[str | Value] = []
    for part in parts:
        if not isinstance(part, str | Value):
            raise author_error(f"dsl.join takes strings and pipeline values, not {part!r}")
        texts.append(part)
    return Join(separator, tuple(texts))


def bucket_uri(*segments: str | Value) -> Join:
    """Name a place in the environment's bucket.

    Args:
        segments: The key's segments, strings or pipeline values.

    Returns:
        ``s3://<bucket>/<segment>/<segment>…``, known when the pipeline runs.
    """
    return join("s3:/", ParameterRef(names.BUCKET, str), *segments, separator="/")
