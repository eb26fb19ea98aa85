"""Steps that were renamed: gone under one name, there under another, and saying the same."""

import json
import re
from collections.abc import Mapping
from typing import Any

from sagepipe.compiler import reading
from sagepipe.compiler.reading import BODIES, Step

_REFERENCE = re.compile(r"(Steps|IterationOutput|IterationOutputs\[\d+\])\.([A-Za-z0-9\-_]+)")
_BODY_KEYS = frozenset(key for keys in BODIES.values() for key in keys)
_SELF = "\0"  # stands for a step's own name, which no name can be


def find(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, str]:
    """Pair steps that are gone with new ones that say the same.

    Args:
        old: The definition as it was.
        new: As it is.

    Returns:
        Old names and new ones. Steps that say the same as another of their own definition are
        paired in its order.
    """
    now = {step.name: step for step in reading.steps(new)}
    was = {step.name: step for step in reading.steps(old)}
    there: dict[str, list[str]] = {}
    for name, step in now.items():
        if name not in was:
            there.setdefault(_content(step, {}), []).append(name)
    called: dict[str, str] = {}
    gone = [step for name, step in was.items() if name not in now]
    while True:  # a pair found may be what lets another be found: one refers to the other
        left = []
        for step in gone:
            same = there.get(_content(step, called))
            if same:
                called[step.name] = same.pop(0)
            else:
                left.append(step)
        if not there or len(left) in (0, len(gone)):
            return called
        gone = left


def applied(definition: Mapping[str, Any], called: Mapping[str, str]) -> Mapping[str, Any]:
    """Rename steps wherever a definition speaks of them.

    Args:
        definition: Any definition.
        called: Old names and new ones.

    Returns:
        The same with the new names.
    """
    return _renamed(definition, called, None) if called else definition


def _renamed(value: Any, called: Mapping[str, str], own: str | None) -> Any:
    """Rename in references and where a step is named; a step's own name, in all of its text."""
    if isinstance(value, dict):
        if set(value) == {"Get"} and isinstance(value["Get"], str):
            return {"Get": _REFERENCE.sub(lambda match: _replaced(match, called), value["Get"])}
        name = value.get("Name")
        if isinstance(name, str) and name in called and "Type" in value:
            own = name
        return {key: _member(key, item, called, own) for key, item in value.items()}
    if isinstance(value, list):
        return [_renamed(item, called, own) for item in value]
    return called[own] if own is not None and value == own else value


def _member(key: str, item: Any, called: Mapping[str, str], own: str | None) -> Any:
    if key in ("Step", "StepName") and isinstance(item, str):
        return called.get(item, item)
    if key == "DependsOn" and isinstance(item, list):
        plain = (called.get(one, one) if isinstance(one, str) else one for one in item)
        return [_renamed(one, called, own) for one in plain]
    return _renamed(item, called, None if key in _BODY_KEYS else own)


def _replaced(match: re.Match[str], called: Mapping[str, str]) -> str:
    return f"{match[1]}.{called.get(match[2], match[2])}"


def _content(step: Step, called: Mapping[str, str]) -> str:
    """Write what a step says, its own name aside."""
    raw = {**step.raw, "Arguments": step.arguments} if step.type in BODIES else step.raw
    plain = _renamed(raw, {**called, step.name: _SELF}, step.name)
    return json.dumps([plain, [body.key for body in step.within]], sort_keys=True)
