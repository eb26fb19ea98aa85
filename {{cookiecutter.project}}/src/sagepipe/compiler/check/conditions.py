"""Condition steps."""

from collections.abc import Iterator, Mapping
from typing import Any

from sagepipe.compiler.check.definition import BRANCHES, Definition, Node
from sagepipe.compiler.check.expressions import is_expression
from sagepipe.compiler.check.finding import Finding, Place, choices, meant, shown
from sagepipe.compiler.check.properties import STRUCTURED, Fault
from sagepipe.compiler.check.references import resolve
from sagepipe.compiler.check.tables import (
    BOOLEAN,
    COMPARISONS,
    CONDITIONS,
    FLOAT,
    GUIDE,
    INTEGER,
    SDK,
    STRING,
)
from sagepipe.contract.language import GET, JOIN

_SOURCE = f"{SDK}, conditions"
_NUMBERS = (INTEGER, FLOAT)


def check(node: Node, definition: Definition) -> Iterator[Finding]:
    """Find what is wrong with a Condition step."""
    if node.branches and node.type == "Condition":
        yield node.place.at("Type").finding(
            "a Condition stands in a branch of another",
            "Condition steps outside every branch",
            f"{GUIDE}, Condition step: no nested conditions",
        )
    if node.type != "Condition":
        return
    place = node.place.at("Arguments")
    for key in node.arguments:
        if key not in ("Conditions", *BRANCHES):
            yield place.at(key).finding(
                f"there is no {key!r}", meant(key, ("Conditions", *BRANCHES)), _SOURCE
            )
    for branch in BRANCHES:
        steps = node.arguments.get(branch)
        if steps is not None and not isinstance(steps, list):
            yield place.at(branch).finding(f"it is {shown(steps)}", "a list of steps", _SOURCE)
    yield from _list(node.arguments.get("Conditions"), place.at("Conditions"), node, definition)


def _list(given: Any, place: Place, node: Node, definition: Definition) -> Iterator[Finding]:
    if not isinstance(given, list) or not given:
        yield place.finding(f"it is {shown(given)}", "one condition or more", _SOURCE)
        return
    for index, condition in enumerate(given):
        yield from _one(condition, place.at(index), node, definition)


_KEYS = {
    **{name: ("LeftValue", "RightValue") for name in COMPARISONS},
    "In": ("QueryValue", "Values"),
    "Not": ("Condition",),
    "Or": ("Conditions",),
}


def _one(condition: Any, place: Place, node: Node, definition: Definition) -> Iterator[Finding]:
    if not isinstance(condition, Mapping):
        yield place.finding(f"it is {shown(condition)}", "an object with Type", _SOURCE)
        return
    kind = condition.get("Type")
    if kind not in CONDITIONS:
        yield place.at("Type").finding(
            f"{shown(kind)} is no condition", choices(CONDITIONS), _SOURCE
        )
        return
    keys = _KEYS[kind]
    for key in condition:
        if key not in ("Type", *keys):
            yield place.at(key).finding(f"{kind} has no {key!r}", meant(key, keys), _SOURCE)
    missing = [key for key in keys if condition.get(key) is None]
    for key in missing:
        yield place.at(key).finding(f"{key} is missing", "a value", _SOURCE)
    if missing:
        return
    if kind == "Not":
        yield from _one(condition["Condition"], place.at("Condition"), node, definition)
    elif kind == "Or":
        yield from _list(condition["Conditions"], place.at("Conditions"), node, definition)
    elif kind == "In":
        values = condition["Values"]
        if not isinstance(values, list) or not values:
            yield place.at("Values").finding(f"it is {shown(values)}", "one value or more", _SOURCE)
            return
        for index, value in enumerate(values):
            yield from _pair(
                condition["QueryValue"], value, place.at("Values", index), node, definition
            )
    else:
        left, right = condition["LeftValue"], condition["RightValue"]
        yield from _pair(left, right, place, node, definition)


def _pair(
    left: Any, right: Any, place: Place, node: Node, definition: Definition
) -> Iterator[Finding]:
    """Check that two values can be compared."""
    kinds = [_type(value, node, definition) for value in (left, right)]
    for value, kind in zip((left, right), kinds, strict=True):
        if kind in STRUCTURED:
            yield place.finding(f"{shown(value)} is no scalar", "a scalar", _SOURCE)
            return
    first, second = kinds
    if first is None or second is None or first == second:
        return
    if not (first in _NUMBERS and second in _NUMBERS):
        yield place.finding(
            f"{shown(left)} is {first}, {shown(right)} is {second}",
            "two values of one type",
            f"{GUIDE}, Condition step",
        )


def _type(value: Any, node: Node, definition: Definition) -> str | None:
    """Tell what type a value of a condition has; None where it isn't known."""
    if is_expression(value):
        if JOIN in value:
            return STRING
        try:
            path = value.get(GET)
            found = resolve(path, node, definition) if isinstance(path, str) else None
        except Fault:
            return None
        return found.type if found else None
    if isinstance(value, bool):
        return BOOLEAN
    if isinstance(value, int):
        return INTEGER
    if isinstance(value, float):
        return FLOAT
    return STRING if isinstance(value, str) else "structure"
