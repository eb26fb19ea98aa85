"""What a picture of a pipeline shows: steps, the groups that they stand in, links between them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from sagepipe.compiler import reading, words
from sagepipe.compiler.drawing import facts
from sagepipe.compiler.reading import Keys, Step, Wait

# What kind of thing a step is, for its colour.
_KINDS = {
    "Processing": "work",
    "Training": "learn",
    "Tuning": "learn",
    "AutoML": "learn",
    "Condition": "choice",
    "ForEach": "choice",
    "Model": "model",
    "RegisterModel": "model",
    "Transform": "work",
    "Fail": "fail",
}
_BRANCHES = {"IfSteps": "yes", "ElseSteps": "no"}
_LONGEST = 44


@dataclass(frozen=True)
class Node:
    """A step.

    Attributes:
        id: What links call it.
        title: Its display name, or its name.
        subtitle: Its type and what is most telling of it.
        kind: ``work``, ``learn``, ``choice``, ``model``, ``fail`` or ``other``.
        step: The step itself.
    """

    id: str
    title: str
    subtitle: str
    kind: str
    step: Step


@dataclass(frozen=True)
class Group:
    """Steps that stand in another: a branch of a condition, or the body of a loop.

    Attributes:
        id: What links call it; a loop's is its step's.
        title: What is written on it.
        items: What stands in it.
        step: The loop; a branch has none, as its condition is drawn by itself.
    """

    id: str
    title: str
    items: tuple["Item", ...]
    step: Step | None = None


Item: TypeAlias = Node | Group


@dataclass(frozen=True)
class Link:
    """An arrow.

    Attributes:
        source: Where it begins: a node's or a group's id.
        target: Where it ends.
        label: What is written on it.
        dashed: Whether it is a run condition: the target may run though the source failed.
        carries: What the target takes from the source, such as ``prepare.train``.
    """

    source: str
    target: str
    label: str = ""
    dashed: bool = False
    carries: tuple[str, ...] = ()


@dataclass(frozen=True)
class Picture:
    """A pipeline.

    Attributes:
        title: Its name.
        items: What stands at the top.
        links: The arrows.
    """

    title: str
    items: tuple[Item, ...]
    links: tuple[Link, ...]


def picture(definition: Mapping[str, Any], title: str) -> Picture:
    """Work out what to draw.

    Args:
        definition: A pipeline definition, whoever wrote it.
        title: What to call the picture.

    Returns:
        The picture. Left out is an arrow for order alone where others say as much.
    """
    found = list(reading.steps(definition))
    bodies: dict[Keys, list[Step]] = {}
    for step in found:
        bodies.setdefault(step.keys[:-1], []).append(step)
    ids = _ids(found)
    items = tuple(_items(("Steps",), bodies, ids))
    return Picture(title, items, tuple(_links(definition, found, ids)))


def nodes(items: tuple[Item, ...]) -> Iterator[Item]:
    """Walk what stands at the top and in groups, each group before what stands in it."""
    for item in items:
        yield item
        if isinstance(item, Group):
            yield from nodes(item.items)


def _ids(found: list[Step]) -> dict[Keys, str]:
    """Name each step; of several with one name, which is a fault, each gets a number."""
    ids: dict[Keys, str] = {}
    taken: set[str] = set()
    for step in found:
        name, count = step.name or step.path, 1
        while name in taken:
            count += 1
            name = f"{step.name}#{count}"
        taken.add(name)
        ids[step.keys] = name
    return ids


def _items(
    keys: Keys, bodies: Mapping[Keys, list[Step]], ids: Mapping[Keys, str]
) -> Iterator[Item]:
    for step in bodies.get(keys, ()):
        inner = {
            key: tuple(_items((*step.keys, "Arguments", key), bodies, ids))
            for key in reading.BODIES.get(step.type, ())
        }
        identifier = ids[step.keys]
        if step.type == "ForEach":
            yield Group(identifier, _loop_title(step), inner["ForEachBody"], step)
            continue
        yield _node(step, identifier)
        for key, items in inner.items():
            if items:
                yield Group(f"{identifier}/{key}", _BRANCHES[key], items)


def _node(step: Step, identifier: str) -> Node:
    display = step.raw.get("DisplayName")
    detail = {
        "Condition": words.conditions(step.arguments.get("Conditions")),
        "Fail": words.expression(step.arguments.get("ErrorMessage", "")),
        "RegisterModel": words.expression(step.arguments.get("ModelPackageGroupName", "")),
    }.get(step.type) or facts.instance(step).partition(",")[0]
    return Node(
        id=identifier,
        title=_short(display if isinstance(display, str) and display else identifier),
        subtitle=_short(" · ".join(filter(None, (step.type, detail)))),
        kind=_KINDS.get(step.type, "other"),
        step=step,
    )


def _loop_title(step: Step) -> str:
    items = _short(words.expression(step.arguments.get("IterableItems")))
    return f"{step.name} · for each of {items}"


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1].rstrip()}…"


def _links(
    definition: Mapping[str, Any], found: list[Step], ids: Mapping[Keys, str]
) -> Iterator[Link]:
    by_name = {step.name: step for step in reversed(found)}
    every = [
        edge
        for edge in reading.edges(definition)
        if edge.source in by_name and edge.target in by_name and edge.source != edge.target
    ]
    pairs: dict[tuple[str, str], dict[Wait, None]] = {}
    for edge in every:
        pairs.setdefault((edge.source, edge.target), {})[edge.wait] = None
    called = {name: ids[step.keys] for name, step in by_name.items()}
    carries = _carried(found)
    branches: set[str] = set()
    for (source, target), waits in pairs.items():
        if Wait.INSIDE in waits:
            step = by_name[target]
            key = step.within[-1].key
            branch = f"{called[source]}/{key}"
            if key in _BRANCHES and branch not in branches:
                branches.add(branch)
                yield Link(called[source], branch)
            continue
        trigger = next(
            (wait for wait in waits if wait in (Wait.FAILED, Wait.STOPPED, Wait.ANY)), ""
        )
        if set(waits) == {Wait.ORDER} and _implied(source, target, pairs):
            continue
        carried = carries.get((source, target), ())
        yield Link(called[source], called[target], str(trigger), bool(trigger), carried)


def _carried(found: list[Step]) -> dict[tuple[str, str], tuple[str, ...]]:
    carried: dict[tuple[str, str], dict[str, None]] = {}
    for step in found:
        for reference in reading.step_references(step):
            if reference.step:
                text = words.expression({"Get": reference.text})
                carried.setdefault((reference.step, step.name), {})[text] = None
    return {pair: tuple(texts) for pair, texts in carried.items()}


def _implied(source: str, target: str, pairs: Mapping[tuple[str, str], Any]) -> bool:
    """Say whether a way around leads from one step to another."""
    before: dict[str, list[str]] = {}
    for first, second in pairs:
        if (first, second) != (source, target):
            before.setdefault(second, []).append(first)
    waiting, seen = [target], {target}
    while waiting:
        for name in before.get(waiting.pop(), ()):
            if name == source:
                return True
            if name not in seen:
                seen.add(name)
                waiting.append(name)
    return False
