"""A difference for people to read: on the terminal, and in a pull request."""

import json
from collections.abc import Iterator
from typing import Any

from sagepipe.compiler import words
from sagepipe.compiler.difference.compare import Change, Difference, StepChange
from sagepipe.compiler.reading import Edge, Wait

_WORDS = {Wait.DATA: "takes from", Wait.ORDER: "waits for"}
_LONGEST = 160
_RESOURCES = "resources"


def plain(difference: Difference) -> str:
    """Write a difference as plain text: ``+`` for new, ``-`` for gone, ``~`` for changed."""
    if not difference:
        return "no difference\n"
    lines: list[str] = []
    for title, block in (
        ("Parameters", _plain_parameters(difference)),
        ("Steps", _plain_steps(difference)),
        ("Order", _plain_edges(difference)),
        ("Settings", (f"~ {_said(change)}" for change in difference.settings)),
    ):
        found = [f"  {line}" for line in block]
        lines += [title, *found] if found else []
    return "\n".join(lines) + "\n"


def markdown(difference: Difference, old: str = "before", new: str = "after") -> str:
    """Write a difference for a pull request.

    Args:
        difference: What changed.
        old: What to call the definition as it was.
        new: What to call it as it is.

    Returns:
        Markdown: a summary, a table for each kind of change.
    """
    lines = [f"### Pipeline: {_code(old)} → {_code(new)}", "", _summary(difference), ""]
    if difference.parameters:
        lines += ["| Parameter | Was | Is |", "|---|---|---|"]
        lines += (
            f"| {_code(change.path)} | {_cell(change.old)} | {_cell(change.new)} |"
            for change in difference.parameters
        )
        lines.append("")
    if difference.added or difference.removed:
        lines += ["| Step | Type | |", "|---|---|---|"]
        lines += (f"| {_code(name)} | {kind} | added |" for name, kind in difference.added)
        lines += (f"| {_code(name)} | {kind} | **removed** |" for name, kind in difference.removed)
        lines.append("")
    for step in difference.changed:
        lines += _step_table(step)
    if difference.new_edges or difference.old_edges:
        lines += ["| Order | |", "|---|---|"]
        lines += (f"| {_edge(edge)} | added |" for edge in difference.new_edges)
        lines += (f"| {_edge(edge)} | removed |" for edge in difference.old_edges)
        lines.append("")
    if difference.settings:
        lines += _change_table(difference.settings, "Setting")
    return "\n".join(lines).rstrip("\n") + "\n"


def _summary(difference: Difference) -> str:
    renamed = sum(step.was != step.name for step in difference.changed)
    changed = sum(bool(step.changes) for step in difference.changed)
    machines = sum(change.resources for step in difference.changed for change in step.changes)
    parameters = difference.parameters
    added = sum(change.old is None for change in parameters)
    removed = sum(change.new is None for change in parameters)
    other = len(parameters) - added - removed
    counts = (
        (added, "parameter added", "parameters added"),
        (removed, "parameter removed", "parameters removed"),
        (other, "parameter changed", "parameters changed"),
        (len(difference.added), "step added", "steps added"),
        (len(difference.removed), "step removed", "steps removed"),
        (renamed, "step renamed", "steps renamed"),
        (changed, "step changed", "steps changed"),
        (machines, "change of **resources**", "changes of **resources**"),
    )
    said = [f"{count} {one if count == 1 else many}" for count, one, many in counts if count]
    if said:
        return ", ".join(said) + "."
    return "Other changes, none of them of a step." if difference else "No difference."


def _plain_parameters(difference: Difference) -> Iterator[str]:
    for change in difference.parameters:
        if change.old is None:
            yield f"+ {change.path}: {_value(change.new)}"
        elif change.new is None:
            yield f"- {change.path}: {_value(change.old)}"
        else:
            yield f"~ {_said(change)}"


def _plain_steps(difference: Difference) -> Iterator[str]:
    yield from (f"+ {name} ({kind})" for name, kind in difference.added)
    yield from (f"- {name} ({kind})" for name, kind in difference.removed)
    for step in difference.changed:
        named = step.name if step.was == step.name else f"{step.was} → {step.name}"
        yield f"~ {named} ({step.type}){'' if step.changes else ': renamed'}"
        for change in step.changes:
            mark = f"  [{_RESOURCES}]" if change.resources else ""
            yield f"    {_said(change)}{mark}"


def _plain_edges(difference: Difference) -> Iterator[str]:
    yield from (f"+ {_edge(edge, plainly=True)}" for edge in difference.new_edges)
    yield from (f"- {_edge(edge, plainly=True)}" for edge in difference.old_edges)


def _step_table(step: StepChange) -> list[str]:
    named = _code(step.name) if step.was == step.name else f"{_code(step.was)} → {_code(step.name)}"
    title = f"**{named}** ({step.type}{'' if step.was == step.name else ', renamed'})"
    return [title, "", *(_change_table(step.changes, "Path") if step.changes else ())]


def _change_table(changes: tuple[Change, ...], title: str) -> list[str]:
    lines = [f"| {title} | Was | Is | |", "|---|---|---|---|"]
    for change in changes:
        mark = f"**{_RESOURCES}**" if change.resources else ""
        row = (_code(_shorter(change.path)), _cell(change.old), _cell(change.new), mark)
        lines.append(f"| {' | '.join(row)} |")
    return [*lines, ""]


def _said(change: Change) -> str:
    return f"{_shorter(change.path)}: {_both(change)}"


def _both(change: Change) -> str:
    old, new = _value(change.old), _value(change.new)
    if old == new:  # the same words for two ways to write it
        old, new = _json(change.old), _json(change.new)
    return f"{old} → {new}"


def _shorter(path: str) -> str:
    return path.removeprefix("Arguments.")


def _value(value: Any) -> str:
    if value is None:
        return "nothing"
    if words.is_expression(value):
        text = words.expression(value)
    elif isinstance(value, dict):
        text = ", ".join(f"{key} {_json(item)}" for key, item in value.items())
    else:
        text = _json(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _edge(edge: Edge, plainly: bool = False) -> str:
    said = _WORDS.get(edge.wait, f"runs on {edge.wait} of")
    if plainly:
        return f"{edge.target} {said} {edge.source}"
    return f"{_code(edge.target)} {said} {_code(edge.source)}"


def _cell(value: Any) -> str:
    return "—" if value is None else _code(_value(value))


def _code(text: str) -> str:
    """Write text as code that may stand in a table."""
    text = text.replace("|", "\\|").replace("\n", " ")
    return f"`` {text} ``" if "`" in text else f"`{text}`"
