"""What a pipeline function handles in place of values: they exist only once the pipeline runs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, NoReturn

from sagepipe.dsl.errors import author_error
from sagepipe.dsl.pipelines.condition import Comparison, Condition, In, Not
from sagepipe.dsl.pipelines.condition import copied as condition_copied
from sagepipe.dsl.record import record

if TYPE_CHECKING:
    from sagepipe.dsl.pipelines.step import Step


@record
class Round:
    """One round of a loop that is being unrolled.

    Attributes:
        loop: The loop.
        item: The round's item.
        step: What stands for a step of the loop's body in this round; other steps as they are.
    """

    loop: Any
    item: Any
    step: Callable[[Step], Step]


def copied(value: Any, round_: Round) -> Any:
    """Return what stands for a value, or for what is in it, in one round of a loop."""
    if isinstance(value, Value) or hasattr(type(value), "copied_value"):
        return value.copied_value(round_)
    if isinstance(value, Condition):
        return condition_copied(value, lambda inner: copied(inner, round_))
    if isinstance(value, Mapping):
        return {key: copied(inner, round_) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(copied(inner, round_) for inner in value)
    if getattr(type(value), "holds_values", False):
        changes = {item.name: copied(getattr(value, item.name), round_) for item in fields(value)}
        return replace(value, **changes)
    return value


class Value:
    """Something known only when the pipeline runs; comparing it makes a condition.

    Attributes:
        type: The type that it will have; ``object`` where only the run will tell.
        label: The author's name for it, for messages.
        steps: The steps that it comes from.
        loops: The loops whose item it holds.
    """

    type: Any = str
    label: str = "a pipeline value"

    @property
    def steps(self) -> tuple[Step, ...]:
        return ()

    @property
    def loops(self) -> tuple[Any, ...]:
        return ()

    def copied_value(self, round_: Round) -> Any:
        """Return what stands for it in one round of a loop."""
        return self

    def __repr__(self) -> str:
        return f"<{self.label}>"

    def __eq__(self, other: object) -> Comparison:  # type: ignore[override]
        return Comparison("Equals", self, _comparable(self, other))

    def __ne__(self, other: object) -> Not:  # type: ignore[override]
        return Not(Comparison("Equals", self, _comparable(self, other)))

    def __lt__(self, other: Any) -> Comparison:
        return Comparison("LessThan", self, _comparable(self, other, ordered=True))

    def __le__(self, other: Any) -> Comparison:
        return Comparison("LessThanOrEqualTo", self, _comparable(self, other, ordered=True))

    def __gt__(self, other: Any) -> Comparison:
        return Comparison("GreaterThan", self, _comparable(self, other, ordered=True))

    def __ge__(self, other: Any) -> Comparison:
        return Comparison("GreaterThanOrEqualTo", self, _comparable(self, other, ordered=True))

    __hash__ = object.__hash__

    def __getitem__(self, key: Any) -> Any:
        raise author_error(
            f"{self.label} has no {key!r} to take: SageMaker can look into a Metrics output only; "
            "return the part as a value of its own (a NamedTuple), or take it apart in a component"
        )

    def as_condition(self) -> Value | Condition:
        """Return the condition that a value which is true or false is; any other as it is."""
        return self == True if self.type is bool else self  # noqa: E712

    def _condition(self) -> Condition:
        found = self.as_condition()
        if not isinstance(found, Condition):
            raise author_error(
                f"{self.label} is no condition: compare it, in parentheses, as & and | bind "
                "tighter than comparisons: (flag == True) & (rows > 10)"
            )
        return found

    def __and__(self, other: Any) -> Condition:
        return self._condition().__and__(other)

    def __rand__(self, other: Any) -> Condition:
        return self._condition().__rand__(other)

    def __or__(self, other: Any) -> Condition:
        return self._condition().__or__(other)

    def __ror__(self, other: Any) -> Condition:
        return self._condition().__ror__(other)

    def __invert__(self) -> Condition:
        return ~self._condition()

    def _computed(self, *_: object) -> NoReturn:
        raise author_error(
            f"{self.label} has no value while the pipeline is being built, so Python can't compute "
            "with it; put texts together with dsl.join(...), compute numbers in a component"
        )

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _computed
    __truediv__ = __rtruediv__ = __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = _computed
    __pow__ = __rpow__ = __neg__ = __pos__ = __abs__ = __round__ = _computed
    __int__ = __float__ = __index__ = __len__ = __fspath__ = _computed

    def in_(self, values: Sequence[str | int | float]) -> In:
        """Ask whether it is one of several constants (Python's ``in`` can't be asked).

        Args:
            values: The constants.

        Raises:
            DslError: One of them is no scalar, or there are none.
        """
        if isinstance(values, str) or not values:
            raise author_error(f"in_() takes a list of constants, not {values!r}")
        return In(self, tuple(_comparable(self, value) for value in values))

    def __contains__(self, item: object) -> bool:
        raise author_error(
            f"Python's `in` decides at once, and {self.label} has no value while the pipeline is "
            "being built; look into it in a component"
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


@record(eq=False)
class Constant(Value):
    """A constant where a pipeline value is expected: an argument of a pipeline inside another."""

    value: Any

    @property
    def type(self) -> Any:  # type: ignore[override]
        return type(self.value)

    @property
    def label(self) -> str:  # type: ignore[override]
        return f"constant {self.value!r}"


@record(eq=False)
class ParameterRef(Value):
    """A parameter of the pipeline."""

    name: str
    type: Any
    choices: tuple[Any, ...] = ()

    @property
    def label(self) -> str:  # type: ignore[override]
        return f"pipeline parameter {self.name!r}"


@record(eq=False)
class ExecutionRef(Value):
    """A fact about the execution, such as its id."""

    attribute: str

    @property
    def label(self) -> str:  # type: ignore[override]
        return f"execution variable {self.attribute!r}"


@record(eq=False)
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

    @property
    def loops(self) -> tuple[Any, ...]:
        return (self.loop,)

    def copied_value(self, round_: Round) -> Any:
        if round_.loop is not self.loop:
            return self  # the item of a loop around the one that is being unrolled
        value = round_.item
        for key in self.path:
            try:
                value = value[key]
            except (KeyError, IndexError, TypeError):
                raise author_error(f"the loop's item {round_.item!r} has no {key!r}") from None
        return value


EXECUTION_ID = ExecutionRef("PipelineExecutionId")
PIPELINE_NAME = ExecutionRef("PipelineName")
EXECUTION_ARN = ExecutionRef("PipelineExecutionArn")
START_TIME = ExecutionRef("StartDateTime")


_FAMILIES = {str: "text", int: "number", float: "number", bool: "bool", list: "list", dict: "dict"}


def _comparable(value: Value, other: Any, ordered: bool = False) -> Any:
    """Return what a value is compared with, once SageMaker can compare the two."""
    if not isinstance(other, Value | str | int | float | bool):
        raise author_error(
            f"{value.label} can't be compared with {other!r}; compare it with a scalar"
        )
    if isinstance(other, float) and not math.isfinite(other):
        raise author_error(f"{value.label} can't be compared with {other}: JSON has no form for it")
    mine = _FAMILIES.get(value.type)
    theirs = _FAMILIES.get(other.type if isinstance(other, Value) else type(other))
    shown = other.label if isinstance(other, Value) else repr(other)
    for family, what in ((mine, value.label), (theirs, shown)):
        if family in ("list", "dict"):
            raise author_error(
                f"{what} is a {family}; SageMaker compares scalars: do it in a component"
            )
        if ordered and family == "bool":
            raise author_error(f"{what} is a bool, which has no order; ask == True or == False")
    if mine and theirs and mine != theirs:
        raise author_error(
            f"{value.label} is a {mine} and {shown} is a {theirs}; SageMaker would never find them "
            "equal, or fail: compare like with like"
        )
    choices = getattr(value, "choices", ()) if isinstance(value, ParameterRef) else ()
    if choices and isinstance(other, str) and other not in choices:
        raise author_error(
            f"{value.label} is never {other!r}; it is one of {', '.join(map(repr, choices))}"
        )
    return other
