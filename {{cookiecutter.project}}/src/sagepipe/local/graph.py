"""Which step waits for which: references, ``DependsOn``, and a condition for its branches."""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sagepipe.contract.language import COMPLETED
from sagepipe.local import targets
from sagepipe.local.definition import Definition, refuse
from sagepipe.local.errors import DefinitionError
from sagepipe.local.expressions import references, split_step
from sagepipe.local.step import Step
from sagepipe.local.steps import cleanup


@dataclass(frozen=True)
class Graph:
    """The steps' order.

    Attributes:
        needs: For each step, what it waits for, and how that has to end.
    """

    needs: Mapping[str, Mapping[str, str]]


def build(definition: Definition) -> Graph:
    """Work out the order of a definition's steps.

    Args:
        definition: The definition.

    Returns:
        Its graph.

    Raises:
        DefinitionError: A reference leads nowhere, or steps wait for each other in a circle.
    """
    refuse(targets.faults(definition))
    needs = {name: _needs_with_body(step) for name, step in definition.steps.items()}
    _refuse_cycle(needs)
    for step in definition.steps.values():
        _refuse_cycle(among(step.body))
    return Graph(needs)


def needs(step: Step) -> dict[str, str]:
    """List what a step waits for.

    Args:
        step: The step.

    Returns:
        How each has to end, by name; what ``DependsOn`` says of it counts.
    """
    found: dict[str, str] = {}
    if step.branch:
        found[step.branch.condition] = COMPLETED
    for reference in references(step.arguments):
        parts = split_step(reference)
        if parts:
            found[parts[0]] = COMPLETED
    if step.type == "Cleanup":
        found |= dict.fromkeys(cleanup.sources(step.arguments), COMPLETED)
    return found | dict(step.depends_on)


def among(steps: Iterable[Step]) -> dict[str, dict[str, str]]:
    """List what the steps of a body, or of a round, wait for inside of it.

    Args:
        steps: The steps.

    Returns:
        For each, how others of them have to end.
    """
    inside = {step.name: step for step in steps}
    return {
        name: {other: end for other, end in needs(step).items() if other in inside}
        for name, step in inside.items()
    }


def _needs_with_body(step: Step) -> dict[str, str]:
    """A loop waits for what its body needs from outside."""
    inside = {inner.name for inner in step.body}
    outside = {
        other: end
        for inner in step.body
        for other, end in needs(inner).items()
        if other not in inside
    }
    return outside | needs(step)


def reverse(needs: Mapping[str, Mapping[str, str]]) -> dict[str, list[str]]:
    """Turn what steps wait for around.

    Args:
        needs: For each step, what it waits for.

    Returns:
        For each step, what waits for it, in the order of the steps.
    """
    found: dict[str, list[str]] = {name: [] for name in needs}
    for name, needed in needs.items():
        for other in needed:
            found[other].append(name)
    return found


def reachable(names: Iterable[str], edges: Mapping[str, Iterable[str]]) -> set[str]:
    """List all that can be reached from some steps.

    Args:
        names: The steps.
        edges: For each step, the next ones: what it waits for, or what waits for it.

    Returns:
        The steps' names; where to start from only where another of those leads to it.
    """
    found: set[str] = set()
    news = deque(other for name in names for other in edges[name])
    while news:
        name = news.popleft()
        if name not in found:
            found.add(name)
            news.extend(edges[name])
    return found


def _refuse_cycle(needs: Mapping[str, Mapping[str, str]]) -> None:
    dependents = reverse(needs)
    missing = {name: len(needed) for name, needed in needs.items()}
    ready = deque(name for name, count in missing.items() if not count)
    while ready:
        for name in dependents[ready.popleft()]:
            missing[name] -= 1
            if not missing[name]:
                ready.append(name)
    stuck = [name for name, count in missing.items() if count]
    if not stuck:
        return
    path = [stuck[0]]
    while path.count(path[-1]) < 2:
        path.append(min(name for name in needs[path[-1]] if missing[name]))
    circle = path[path.index(path[-1]) :]
    raise DefinitionError(f"steps wait for each other in a circle: {' → '.join(circle)}")
