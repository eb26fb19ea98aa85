"""A definition taken apart: its parameters and its steps, wherever they stand."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sagepipe.compiler.check.finding import Place
from sagepipe.compiler.check.tables import PARAMETER_TYPES, STEP_TYPES, StepType

BRANCHES = ("IfSteps", "ElseSteps")
BODY = "ForEachBody"


@dataclass(frozen=True)
class Parameter:
    """A pipeline parameter.

    Attributes:
        name: Its name.
        type: String, Integer, Float or Boolean; None where it says something else.
        values: The values that it is known to take: its default and its choices.
    """

    name: str
    type: str | None
    values: tuple[Any, ...]


@dataclass(frozen=True)
class Node:
    """A step, wherever it stands.

    Attributes:
        name: Its name; empty where it has none.
        type: Its type.
        body: The step as it is written.
        place: Where it is written.
        branches: The condition steps and branches that it stands in, outermost first.
        loop: The ForEach step in whose body it stands.
    """

    name: str
    type: str
    body: Mapping[str, Any]
    place: Place
    branches: tuple[tuple[str, str], ...] = ()
    loop: str | None = None

    @property
    def described(self) -> StepType:
        """What its type takes and gives."""
        return STEP_TYPES.get(self.type, StepType())

    @property
    def arguments(self) -> Mapping[str, Any]:
        """Its Arguments; nothing where they are no object."""
        found = self.body.get("Arguments")
        return found if isinstance(found, Mapping) else {}

    def fields(self) -> Iterator[tuple[str, Place, Any]]:
        """List what the step itself holds, without the steps that stand in it."""
        for key, value in self.body.items():
            if key == "Arguments" and self.type in ("Condition", "ForEach"):
                for inner, found in self.arguments.items():
                    if inner not in (*BRANCHES, BODY):
                        yield key, self.place.at(key, inner), found
            else:
                yield key, self.place.at(key), value


@dataclass(frozen=True)
class Definition:
    """A definition taken apart.

    Attributes:
        body: The definition as it is written.
        parameters: Its parameters by name.
        nodes: Every step, in the order of the file.
        steps: The steps by name; of two with one name the first.
    """

    body: Mapping[str, Any]
    parameters: Mapping[str, Parameter]
    nodes: tuple[Node, ...]
    steps: Mapping[str, Node] = field(default_factory=dict)


def read(body: Mapping[str, Any]) -> Definition:
    """Take a definition apart; what is not as it should be is left out."""
    nodes = tuple(_nodes(body.get("Steps"), Place("", ("Steps",)), (), None))
    steps: dict[str, Node] = {}
    for node in nodes:
        if node.name:
            steps.setdefault(node.name, node)
    return Definition(body, _parameters(body.get("Parameters")), nodes, steps)


def _nodes(
    steps: Any, place: Place, branches: tuple[tuple[str, str], ...], loop: str | None
) -> Iterator[Node]:
    if not isinstance(steps, list):
        return
    for index, body in enumerate(steps):
        if not isinstance(body, Mapping):
            continue
        name, type_ = body.get("Name"), body.get("Type")
        name = name if isinstance(name, str) else ""
        here = Place(name or f"step {index}", (*place.keys, index))
        node = Node(name, type_ if isinstance(type_, str) else "", body, here, branches, loop)
        yield node
        for key in BRANCHES if node.type == "Condition" else ():
            yield from _nodes(
                node.arguments.get(key), here.at("Arguments", key), (*branches, (name, key)), loop
            )
        if node.type == "ForEach":
            yield from _nodes(node.arguments.get(BODY), here.at("Arguments", BODY), branches, name)


def _parameters(entries: Any) -> dict[str, Parameter]:
    found: dict[str, Parameter] = {}
    for entry in entries if isinstance(entries, list) else ():
        if not isinstance(entry, Mapping) or not isinstance(entry.get("Name"), str):
            continue
        type_ = entry.get("Type")
        default, choices = entry.get("DefaultValue"), entry.get("EnumValues")
        values = [] if default is None else [default]
        values += [item for item in choices if item != default] if isinstance(choices, list) else []
        known = type_ if type_ in PARAMETER_TYPES else None
        found.setdefault(entry["Name"], Parameter(entry["Name"], known, tuple(values)))
    return found
