"""Condition steps: comparisons of resolved values, all of which have to hold."""

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sagepipe.local.errors import StepError

_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "GreaterThan": operator.gt,
    "GreaterThanOrEqualTo": operator.ge,
    "LessThan": operator.lt,
    "LessThanOrEqualTo": operator.le,
}
TYPES = ("Equals", *_ORDER, "In", "Not", "Or")


def holds(conditions: Sequence[Mapping[str, Any]]) -> bool:
    """Say whether all conditions hold.

    Args:
        conditions: ``Arguments.Conditions`` with their expressions resolved.

    Returns:
        The Condition step's ``Outcome``.

    Raises:
        StepError: Two values can't be compared.
    """
    return all(_holds(condition) for condition in conditions)


def _holds(condition: Mapping[str, Any]) -> bool:
    kind = condition["Type"]
    if kind == "Not":
        return not _holds(condition["Condition"])
    if kind == "Or":
        return any(_holds(item) for item in condition["Conditions"])
    if kind == "In":
        return any(_same(condition["QueryValue"], value) for value in condition["Values"])
    left, right = condition["LeftValue"], condition["RightValue"]
    if kind == "Equals":
        return _same(left, right)
    texts = isinstance(left, str) and isinstance(right, str)
    if texts or (_is_number(left) and _is_number(right)):
        return _ORDER[kind](left, right)
    raise StepError(f"{kind} can't compare {left!r} with {right!r}: both have to be numbers")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _same(left: Any, right: Any) -> bool:
    return isinstance(left, bool) == isinstance(right, bool) and bool(left == right)
