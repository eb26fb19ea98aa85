"""What a pipeline function handles in place of values: they exist only once the pipeline runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sagepipe.contract import names
from sagepipe.dsl.condition import Comparison, In, Not
from sagepipe.dsl.errors import author_error

if TYPE_CHECKING:
    from sagepipe.dsl.step import Step

# What stands for a step in a copy of a loop's body.
Copies = Callable[["Step"], "Step"]


class Value:
    """Something known only when the pipeline runs; comparing it makes a condition.

    Attributes:
        type: The type that it will have; ``object`` where only the run will tell.
        label: The author's name for it, for messages.
        steps: The steps that it comes from.
    """

    type: Any = str
    label: str = "a pipeline value"

    @property
    def steps(self) -> tuple[Step, ...]:
        return ()

    def copied(self, copies: Copies, item: Any) -> Any:
        """Return what stands for it in a copy of a loop's body.

        Args:
            copies: What stands for a step.
            item: What stands for the loop's item.
        """
        return self

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

    def in_(self, values: Sequence[str | int | float]) -> In:
        """Ask whether it is one of several constants (Python's ``in`` can't be asked).

        Args:
            values: The constants.

        Raises:
            DslError: One of them is no scalar, or there are none.
        """
        if isinstance(values, str) or not values:
            raise author_error(f"in_() takes a list of constants, not {values!r}")
        return In(self, tuple(_comparable(value) for value in values))

    def __contains__(self, item: object) -> bool:
        raise author_error(
            f"Python's `in` decides at once, and {self.label} has no value while the pipeline is "
            "being built"
        )

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
        raise author_error(
            f"{self.label} can't be iterated over while the pipeline is being built; "
            "use `with dsl.ParallelFor(...) as item:`"
        )


@dataclass(frozen=True, eq=False)
class Constant(Value):
    """A constant where a pipeline value is expected: an argument of a pipeline inside another."""

    value: Any

    @property
    def type(self) -> Any:  # type: ignore[override]
        return type(self.value)

    @property
    def label(self) -> str:  # type: ignore[override]
        return f"constant {self.value!r}"


@dataclass(frozen=True, eq=False)
class ParameterRef(Value):
    """A parameter of the pipeline."""

    name: str
    type: Any
    choices: tuple[Any, ...] = ()

    @property
    def label(self) -> str:  # type: ignore[override]
        return f"pipeline parameter {self.name!r}"


@dataclass(frozen=True, eq=False)
class ExecutionRef(Value):
    """A fact about the execution, such as its id."""

    attribute: str

    @property
    def label(self) -> str:  # type: ignore[override]
        return f"execution variable {self.attribute!r}"


@dataclass(frozen=True, eq=False)
class Join(Value):
    """Text put together from parts when the pipeline runs."""

    separator: str
    parts: tuple[Any, ...]
    label = "a joined text"

    @property
    def steps(self) -> tuple[Step, ...]:
        return tuple(step for part in self.parts if isinstance(part, Value) for step in part.steps)

    def copied(self, copies: Copies, item: Any) -> Any:
        parts = (
            part.copied(copies, item) if isinstance(part, Value) else part for part in self.parts
        )
        return replace(self, parts=tuple(parts))


@dataclass(frozen=True, eq=False)
class StepValue(Value):
    """Something that a step comes up with."""

    step: Any

    @property
    def steps(self) -> tuple[Step, ...]:
        return (self.step,)

    def copied(self, copies: Copies, item: Any) -> Any:
        return replace(self, step=copies(self.step))


@dataclass(frozen=True, eq=False)
class ReturnRef(StepValue):
    """A value that a task's component returns."""

    name: str
    type: Any

    @property
    def label(self) -> str:  # type: ignore[override]
        return f"output {self.name!r} of {self.step.name!r}"


@dataclass(frozen=True, eq=False)
class MetricRef(StepValue):
    """A number in a Metrics output."""

    output: str
    path: tuple[str, ...]
    type = float

    def __getitem__(self, key: str) -> MetricRef:
        return replace(self, path=(*self.path, key))

    @property
    def label(self) -> str:  # type: ignore[override]
        return f"metric {'.'.join(self.path)!r} of {self.step.name!r}"


@dataclass(frozen=True, eq=False)
class PropertyRef(StepValue):
    """A property of a step, as its Describe call answers: ``Steps.<name>.<path>``."""

    path: str
    type = object

    def __getattr__(self, name: str) -> PropertyRef:
        if name.startswith("_"):
            raise AttributeError(name)
        return replace(self, path=f"{self.path}.{name}" if self.path else name)

    def __getitem__(self, key: str | int) -> PropertyRef:
        index = str(key) if isinstance(key, int) else f"'{key}'"
        return replace(self, path=f"{self.path}[{index}]")

    @property
    def label(self) -> str:  # type: ignore[override]
        return f"property {self.path!r} of {self.step.name!r}"


@dataclass(frozen=True, eq=False)
class FileRef(StepValue):
    """A value in a JSON file that a step wrote to S3."""

    uri: Join
    path: tuple[str, ...]
    type: Any

    @property
    def label(self) -> str:  # type: ignore[override]
        return f"value {'.'.join(self.path)!r} of {self.step.name!r}"


@dataclass(frozen=True, eq=False)
class LoopItem(Value):
    """What a loop's body is given, or a field of it."""

    loop: Any
    path: tuple[str | int, ...] = ()
    type = object
    label = "the loop's item"

    def __getattr__(self, name: str) -> LoopItem:
        if name.startswith("_"):
            raise AttributeError(name)
        return self[name]

    def __getitem__(self, key: str | int) -> LoopItem:
        return replace(self, path=(*self.path, key))

    def copied(self, copies: Copies, item: Any) -> Any:
        value = item
        for key in self.path:
            try:
                value = value[key]
            except (KeyError, IndexError, TypeError):
                raise author_error(f"the loop's item {item!r} has no {key!r}") from None
        return value


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


def _comparable(other: Any) -> Any:
    if isinstance(other, Value | str | int | float | bool):
        return other
    raise author_error(
        f"a pipeline value can't be compared with {other!r}; compare it with a scalar"
    )
