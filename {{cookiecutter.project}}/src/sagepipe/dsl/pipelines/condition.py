"""Conditions: what ``dsl.If`` asks of pipeline values."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sagepipe.dsl.errors import author_error
from sagepipe.dsl.record import record

if TYPE_CHECKING:
    from sagepipe.dsl.pipelines.values import Value


class Condition:
    """What ``dsl.If`` asks; ``&``, ``|`` and ``~`` combine conditions."""

    def __and__(self, other: Condition) -> And:
        return And((*_flat(And, self), *_flat(And, other)))

    def __or__(self, other: Condition) -> Or:
        return Or((*_flat(Or, self), *_flat(Or, other)))

    def __rand__(self, other: object) -> And:
        return And((*_flat(And, other), *_flat(And, self)))

    def __ror__(self, other: object) -> Or:
        return Or((*_flat(Or, other), *_flat(Or, self)))

    def __invert__(self) -> Condition:
        return Not(self)

    def __bool__(self) -> bool:
        raise author_error(
            "a condition on pipeline values is decided when the pipeline runs: use "
            "`with dsl.If(...):`, & | ~ in place of and, or, not and chained comparisons, and "
            ".in_([...]) in place of `in`"
        )


@record
class Comparison(Condition):
    """One of SageMaker's five comparisons."""

    operator: str
    left: Any
    right: Any


@record
class In(Condition):
    """Whether a value is one of several."""

    value: Value
    choices: tuple[Any, ...]


@record
class And(Condition):
    """All of several conditions."""

    conditions: tuple[Condition, ...]


@record
class Or(Condition):
    """Any of several conditions."""

    conditions: tuple[Condition, ...]


@record
class Not(Condition):
    """The opposite of a condition."""

    condition: Condition

    def __invert__(self) -> Condition:
        return self.condition


def condition_of(asked: object) -> object:
    """Return the condition that a value which is true or false stands for; others as they are."""
    as_condition = getattr(asked, "as_condition", None)
    return as_condition() if as_condition else asked


def _flat(kind: type[And | Or], condition: object) -> tuple[Condition, ...]:
    condition = condition_of(condition)
    if not isinstance(condition, Condition):
        raise author_error(
            f"{condition!r} is no condition: compare a pipeline value with something, in "
            "parentheses, as & and | bind tighter than comparisons"
        )
    return condition.conditions if isinstance(condition, kind) else (condition,)


def operands(condition: Condition) -> list[Any]:
    """Return every value and constant that a condition looks at."""
    if isinstance(condition, Comparison):
        return [condition.left, condition.right]
    if isinstance(condition, In):
        return [condition.value, *condition.choices]
    if isinstance(condition, Not):
        return operands(condition.condition)
    assert isinstance(condition, And | Or)
    return [value for inner in condition.conditions for value in operands(inner)]


def copied(condition: Condition, operand: Callable[[Any], Any]) -> Condition:
    """Return a condition on other operands.

    Args:
        condition: Any condition.
        operand: What stands for each of its operands.
    """
    if isinstance(condition, Comparison):
        return Comparison(condition.operator, operand(condition.left), operand(condition.right))
    if isinstance(condition, In):
        choices = tuple(operand(choice) for choice in condition.choices)
        return In(operand(condition.value), choices)
    if isinstance(condition, Not):
        return Not(copied(condition.condition, operand))
    assert isinstance(condition, And | Or)
    return type(condition)(tuple(copied(one, operand) for one in condition.conditions))
