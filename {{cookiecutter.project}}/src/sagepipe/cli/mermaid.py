"""A pipeline as a Mermaid flow chart, drawn from its definition."""

from collections.abc import Iterator, Mapping
from typing import Any

from sagepipe.local.definition import Step, read
from sagepipe.local.graph import build

# Shapes by type of step: a job is a box, a decision a rhombus, a model a cylinder, an end round.
_SHAPES = {
    "Condition": ('{"', '"}'),
    "RegisterModel": ('[("', '")]'),
    "Fail": ('(["', '"])'),
}


def draw(definition: Mapping[str, Any]) -> str:
    """Draw a definition.

    Args:
        definition: The compiled definition.

    Returns:
        The chart's source, a line each step and each edge.

    Raises:
        SagepipeError: The definition can't be read.
    """
    read_definition = read(definition)
    needs = build(read_definition).needs
    lines = ["flowchart TD", *(f"    {_node(step)}" for step in read_definition.steps.values())]
    for step in read_definition.steps.values():
        lines += (f"    {line}" for line in _edges(step, needs[step.name], needs))
    return "\n".join(lines) + "\n"


def _node(step: Step) -> str:
    left, right = _SHAPES.get(step.type, ('["', '"]'))
    return f"{step.name}{left}{step.name}<br><small>{step.type}</small>{right}"


def _edges(
    step: Step, direct: frozenset[str], needs: Mapping[str, frozenset[str]]
) -> Iterator[str]:
    """Draw what a step waits for, leaving out what another of its edges implies."""
    for name in sorted(direct):
        if any(name in _upstream(other, needs) for other in direct if other != name):
            continue
        if step.branch and step.branch.condition == name:
            yield f"{name} -- {'yes' if step.branch.outcome else 'no'} --> {step.name}"
        else:
            yield f"{name} --> {step.name}"


def _upstream(name: str, needs: Mapping[str, frozenset[str]]) -> set[str]:
    found: set[str] = set()
    waiting = [name]
    while waiting:
        for other in needs[waiting.pop()] - found:
            found.add(other)
            waiting.append(other)
    return found
