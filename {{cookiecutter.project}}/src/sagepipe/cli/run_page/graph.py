"""The pipeline's own drawing, with what came of each step."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from sagepipe.cli.output import MARKS, took
from sagepipe.compiler.drawing.layout import layout
from sagepipe.compiler.drawing.picture import Group, Item, Node, nodes, picture
from sagepipe.compiler.drawing.svg import element
from sagepipe.local import StepExecution

IDLE = "idle"  # the class of a step that did not run
# What several runs of one step come to: the first of these that any of them is.
_WORST = ("Failed", "Stopped", "Executing", "Starting", "Succeeded")


def draw(
    definition: Mapping[str, Any],
    title: str,
    steps: Mapping[str, list[StepExecution]],
    anchors: Mapping[str, str],
) -> str:
    """Draw a pipeline with the state of its steps.

    Args:
        definition: Its definition.
        title: What to call it.
        steps: What is on record of each step, by its name in the definition.
        anchors: For a record's name, the page's element that a click leads to.

    Returns:
        An element of HTML.
    """
    plain = picture(definition, title)
    drawn = replace(plain, items=tuple(_marked(plain.items, steps)))
    targets, classes = {}, {}
    for item in nodes(drawn.items):
        if item.step is None:
            continue
        records = steps.get(item.step.name, [])
        classes[item.id] = state(records).lower() if records else IDLE
        if records:
            telling = next(record for record in records if record.status == state(records))
            targets[item.id] = anchors[telling.name]
    width = layout(drawn).width
    return (
        f'<div class="canvas" tabindex="0" style="--natural: {width:.0f}px">\n'
        f"{element(drawn, targets, classes=classes)}</div>\n"
    )


def state(records: list[StepExecution]) -> str:
    """Say in one word how a step stands that may have run several times."""
    seen = {record.status for record in records}
    return next((status for status in _WORST if status in seen), records[0].status)


def _marked(items: tuple[Item, ...], steps: Mapping[str, list[StepExecution]]) -> Iterator[Item]:
    """Write on each step what came of it."""
    for item in items:
        if isinstance(item, Group):
            yield replace(item, items=tuple(_marked(item.items, steps)))
            continue
        yield _node(item, steps.get(item.step.name, []))


def _node(node: Node, records: list[StepExecution]) -> Node:
    if not records:
        return node
    status = state(records)
    last = records[-1]
    said = str(last.outcome) if last.outcome is not None else took(last.started, last.ended)
    if last.cached_from or last.selected_from:
        said = "kept"
    if len(records) > 1:
        said = f"{len(records)} times"
    mark = " ".join(filter(None, (MARKS.get(status, ""), said)))
    return replace(node, subtitle=f"{mark} · {node.subtitle}")
