"""A definition as it stands, whoever wrote it: its steps, what they refer to, what they wait for.

Nothing is refused here: what has not the shape of a definition is passed over, for ``check`` to
name and for ``graph`` and ``diff`` to do without.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

# Where steps stand inside a step's Arguments, by the step's type.
BODIES: Mapping[str, tuple[str, ...]] = {
    "Condition": ("IfSteps", "ElseSteps"),
    "ForEach": ("ForEachBody",),
}

_STEP = re.compile(r"Steps\.([A-Za-z0-9\-_]+)\.?(.*)", re.DOTALL)
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

Keys = tuple[str | int, ...]


@dataclass(frozen=True)
class Body:
    """The list that a step stands in, if not at the top.

    Attributes:
        owner: The name of the Condition or ForEach step.
        key: ``IfSteps``, ``ElseSteps`` or ``ForEachBody``.
    """

    owner: str
    key: str


@dataclass(frozen=True)
class Step:
    """A step, wherever it stands.

    Attributes:
        name: Its name; empty if it has none.
        type: Its type; empty if it has none.
        raw: All that the definition says of it.
        keys: Where it stands in the definition.
        within: The bodies around it, the outermost first.
    """

    name: str
    type: str
    raw: Mapping[str, Any]
    keys: Keys
    within: tuple[Body, ...] = ()

    @property
    def path(self) -> str:
        """Where it stands, as people write it: ``Steps[3].Arguments.IfSteps[0]``."""
        return path(self.keys)

    @property
    def arguments(self) -> Mapping[str, Any]:
        """Its request, without the steps that stand in it."""
        found = self.raw.get("Arguments")
        found = found if isinstance(found, dict) else {}
        inner = BODIES.get(self.type, ())
        return {key: value for key, value in found.items() if key not in inner}


@dataclass(frozen=True)
class Reference:
    """A ``Get``.

    Attributes:
        text: What it says, such as ``Steps.train.ModelArtifacts.S3ModelArtifacts``.
        keys: Where it stands in the definition.
    """

    text: str
    keys: Keys

    @property
    def root(self) -> str:
        """What it begins with: ``Parameters``, ``Execution``, ``Steps``, ``ForEach`` …"""
        return self.text.partition(".")[0]

    @property
    def step(self) -> str:
        """The step that it names, or nothing."""
        match = _STEP.fullmatch(self.text)
        return match[1] if match else ""

    @property
    def rest(self) -> str:
        """What follows the step's name, or the root of any other reference."""
        match = _STEP.fullmatch(self.text)
        return match[2] if match else self.text.partition(".")[2]

    @property
    def path(self) -> str:
        """Where it stands, as people write it."""
        return path(self.keys)


class Wait(StrEnum):
    """Why a step waits for another."""

    DATA = "data"  # it refers to one of its properties
    ORDER = "order"  # DependsOn, when it has completed
    FAILED = "Failed"  # DependsOn with a trigger
    STOPPED = "Stopped"
    ANY = "Any"
    INSIDE = "inside"  # it stands in one of its bodies


@dataclass(frozen=True)
class Edge:
    """That one step waits for another.

    Attributes:
        source: The step that comes first; there may be none of that name.
        target: The step that waits.
        wait: Why.
    """

    source: str
    target: str
    wait: Wait


def path(keys: Keys) -> str:
    """Write a place in a definition as people do: ``Steps[0].Arguments.Environment['a.b']``."""
    return "".join(segment(key) for key in keys).removeprefix(".")


def segment(key: str | int) -> str:
    """Write one key of a JSON path: ``.Steps``, ``['a b']``, ``[0]``."""
    if isinstance(key, int):
        return f"[{key}]"
    return f".{key}" if _PLAIN_KEY.fullmatch(key) else f"[{key!r}]"


def steps(definition: Mapping[str, Any]) -> Iterator[Step]:
    """Walk a definition's steps in its order, each before the steps that stand in it."""
    yield from _steps(definition.get("Steps"), ("Steps",), ())


def references(value: Any, keys: Keys = ()) -> Iterator[Reference]:
    """Find every ``Get`` in a part of a definition.

    Args:
        value: Any part.
        keys: Where it stands.

    Yields:
        The references in it, those of steps inside a step included.
    """
    if isinstance(value, dict):
        target = value.get("Get")
        if len(value) == 1 and isinstance(target, str):
            yield Reference(target, keys)
            return
        for key, item in value.items():
            yield from references(item, (*keys, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from references(item, (*keys, index))


def step_references(step: Step) -> Iterator[Reference]:
    """Find every ``Get`` of a step, those of steps inside it left out."""
    for key, value in step.raw.items():
        part = step.arguments if key == "Arguments" and isinstance(value, dict) else value
        yield from references(part, (*step.keys, key))


def edges(definition: Mapping[str, Any]) -> list[Edge]:
    """Work out which step waits for which, each pair and reason once, in the definition's order."""
    found: dict[Edge, None] = {}
    for step in steps(definition):
        found.update((edge, None) for edge in _edges(step))
    return list(found)


def _steps(listed: Any, keys: Keys, within: tuple[Body, ...]) -> Iterator[Step]:
    if not isinstance(listed, list):
        return
    for index, raw in enumerate(listed):
        if not isinstance(raw, dict):
            continue
        step = Step(_text(raw, "Name"), _text(raw, "Type"), raw, (*keys, index), within)
        yield step
        arguments = raw.get("Arguments")
        if not isinstance(arguments, dict):
            continue
        for key in BODIES.get(step.type, ()):
            inner = (*within, Body(step.name, key))
            yield from _steps(arguments.get(key), (*step.keys, "Arguments", key), inner)


def _edges(step: Step) -> Iterator[Edge]:
    if step.within:
        yield Edge(step.within[-1].owner, step.name, Wait.INSIDE)
    for reference in step_references(step):
        if reference.step:
            yield Edge(reference.step, step.name, Wait.DATA)
    for name in _cleaned(step):
        yield Edge(name, step.name, Wait.ORDER)
    for entry in _list(step.raw.get("DependsOn")):
        if isinstance(entry, str):
            yield Edge(entry, step.name, Wait.ORDER)
        elif isinstance(entry, dict):
            yield Edge(_text(entry, "Step"), step.name, _trigger(entry.get("Trigger")))


def _cleaned(step: Step) -> Iterator[str]:
    """Name the steps whose files a Cleanup step deletes: it waits for them, as for references."""
    resources = step.arguments.get("Resources") if step.type == "Cleanup" else None
    if isinstance(resources, dict):
        for entry in _list(resources.get("S3")):
            if isinstance(entry, dict) and isinstance(entry.get("StepName"), str):
                yield entry["StepName"]


def _trigger(text: Any) -> Wait:
    return Wait(text) if text in ("Failed", "Stopped", "Any") else Wait.ORDER


def _text(raw: Mapping[str, Any], key: str) -> str:
    value = raw.get(key)
    return value if isinstance(value, str) else ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
