"""The page: one HTML document that needs no other file, no network and no script."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

from sagepipe.cli import measured, output
from sagepipe.cli.output import MARKS, took
from sagepipe.cli.run_page import graph, timeline
from sagepipe.cli.run_page.step import StepSection, section
from sagepipe.compiler import reading
from sagepipe.compiler.drawing.svg import style_sheet
from sagepipe.local import Execution, StepExecution

_MOST_PICTURES = 5_000_000  # characters of one page; what is beyond has its link
_ROUND = re.compile(r"(.+)-\d+")
_PASSWORD = re.compile(r"(://[^/@:\s]*:)[^/@\s]+@")


@dataclass(frozen=True)
class Place:
    """Where the page will lie, and where things lie on this machine.

    Attributes:
        folder: The page's folder; links start there.
        path: Says where an object of a URI lies.
        mlflow: The run's page in MLflow, if it has one.
        mlflow_said: What to say of it.
    """

    folder: Path
    path: Callable[[str], Path]
    mlflow: str = ""
    mlflow_said: str = ""


def render(run: Execution, definition: Mapping[str, Any] | None, place: Place) -> str:
    """Make the page of a run.

    Args:
        run: The run.
        definition: What ran; the page has no graph without.
        place: Where the page will lie.

    Returns:
        The document.
    """
    if definition is not None:
        definition = with_values(definition, run.parameters)
    anchors = {step.name: f"step-{number}" for number, step in enumerate(run.steps, start=1)}
    raw = {step.name: step for step in reading.steps(definition or {})}
    sections = [
        section(step, anchors[step.name], raw.get(step.name), place.folder, place.path)
        for step in run.steps
    ]
    style = style_sheet("picture.css") + style_sheet("page.css") + _style()
    title = escape(f"{run.pipeline} {run.id}")
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}: {escape(run.status)}</title>
<style>
{style}</style>
</head>
<body>
{_header(run, place)}<main>
{_failures(run, anchors)}{_graph(run, definition, anchors)}{_times(run, anchors)}\
<div class="tables">
{_metrics(run, anchors)}{_reports(sections)}{_parameters(run)}</div>
{_pictures(sections)}\
{_steps(sections)}</main>
</body>
</html>
"""


def with_values(part: Any, parameters: Mapping[str, Any]) -> Any:
    """Put the run's values in the place of parameters, but for passwords.

    Args:
        part: A definition, or a part of it.
        parameters: The run's values.

    Returns:
        The same with values.
    """
    if isinstance(part, list):
        return [with_values(item, parameters) for item in part]
    if not isinstance(part, Mapping):
        return part
    name = str(part.get("Get", "")).removeprefix("Parameters.")
    if part == {"Get": f"Parameters.{name}"} and name in parameters:
        value = parameters[name]
        return without_password(value) if isinstance(value, str) else value
    return {key: with_values(item, parameters) for key, item in part.items()}


def _style() -> str:
    return files("sagepipe.cli.run_page").joinpath("run.css").read_text(encoding="utf-8")


def _header(run: Execution, place: Place) -> str:
    ended = run.ended or datetime.now(UTC)
    facts = [
        f"run <code>{escape(run.id)}</code>",
        f"started {run.started.astimezone():%Y-%m-%d %H:%M:%S %Z}",
        f"took {took(run.started, ended)}" if run.ended else f"for {took(run.started, ended)}",
        escape(run.runner),
    ]
    if place.mlflow:
        said = f" {escape(place.mlflow_said)}" if place.mlflow_said else ""
        facts.append(f'<a href="{escape(without_password(place.mlflow))}">MLflow</a>{said}')
    listed = "".join(f"<li>{fact}</li>" for fact in facts)
    return (
        f"<header>\n<h1>{escape(run.pipeline)}</h1>\n{pill(run.status)}\n"
        f'<ul class="facts-line">{listed}</ul>\n</header>\n'
    )


def pill(status: str) -> str:
    """Write a state so that its colour is not all that tells of it."""
    return f'<span class="pill {escape(status.lower())}">{MARKS.get(status, "")} {status}</span>'


def _failures(run: Execution, anchors: Mapping[str, str]) -> str:
    """Say why the run failed, before everything else."""
    found = [step for step in run.steps if step.status in output.WITHOUT_REASON]
    if not found:
        text = run.failure_reason or ""
        return f'<section class="failures"><p>{escape(text)}</p></section>\n' if text else ""
    items = "".join(
        f'<dt><a href="#{anchors[step.name]}">{escape(step.name)}</a> {pill(step.status)}</dt>'
        f"<dd>{escape(step.failure_reason or output.WITHOUT_REASON[step.status])}</dd>"
        for step in found
    )
    return f'<section class="failures">\n<h2>What went wrong</h2>\n<dl>{items}</dl>\n</section>\n'


def _graph(run: Execution, definition: Mapping[str, Any] | None, anchors: Mapping[str, str]) -> str:
    if definition is None:
        return ""
    by_name = _by_definition(run, definition)
    drawn = graph.draw(definition, run.pipeline, by_name, anchors)
    return f"<section>\n<h2>Graph</h2>\n{drawn}</section>\n"


def _by_definition(run: Execution, definition: Mapping[str, Any]) -> dict[str, list[StepExecution]]:
    """Sort what ran by the names in the definition: a round of a loop has a number behind it."""
    names = {step.name for step in reading.steps(definition)}
    found: dict[str, list[StepExecution]] = {}
    for step in run.steps:
        match = _ROUND.fullmatch(step.name)
        is_round = match and step.name not in names and match[1] in names
        found.setdefault(match[1] if match and is_round else step.name, []).append(step)
    return found


def _times(run: Execution, anchors: Mapping[str, str]) -> str:
    if not run.steps:
        return ""
    end = run.ended or datetime.now(UTC)
    drawn = timeline.draw(run.steps, anchors, run.started, end)
    return f"<section>\n<h2>Time</h2>\n{drawn}</section>\n"


def _metrics(run: Execution, anchors: Mapping[str, str]) -> str:
    rows = [
        (f'<a href="#{anchors[step.name]}">{escape(step.name)}</a>', escape(it.name), it.text(6))
        for step in run.steps
        for it in measured.of(step.metrics)
    ]
    return _table("Metrics", ("Step", "Metric", "Value"), rows)


def _parameters(run: Execution) -> str:
    rows = [
        (escape(name), f'<span class="value">{escape(without_password(str(value)))}</span>')
        for name, value in run.parameters.items()
    ]
    return _table("Parameters", ("Parameter", "Value"), rows)


def without_password(text: str) -> str:
    """Leave out the password of a URI, such as a tracking server's: pages are sent around."""
    return _PASSWORD.sub(r"\1***@", text)


def _reports(sections: list[StepSection]) -> str:
    rows = [(item.link, report) for item in sections for report in item.reports]
    return _table("Reports and plots", ("Step", "Report"), rows)


def _pictures(sections: list[StepSection]) -> str:
    shown, size = [], 0
    for picture in (picture for item in sections for picture in item.pictures):
        size += len(picture)
        if size <= _MOST_PICTURES:
            shown.append(picture)
    return f'<section class="pictures">{"".join(shown)}</section>\n' if shown else ""


def _table(title: str, headers: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """Write a table of cells that are HTML already."""
    if not rows:
        return ""
    head = "".join(f"<th>{header}</th>" for header in headers)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>\n" for row in rows)
    return (
        f"<section>\n<h2>{title}</h2>\n<table>\n<thead><tr>{head}</tr></thead>\n"
        f"<tbody>\n{body}</tbody>\n</table>\n</section>\n"
    )


def _steps(sections: list[StepSection]) -> str:
    if not sections:
        return ""
    content = "".join(item.html for item in sections)
    return f'<section class="steps">\n<h2>Steps</h2>\n{content}</section>\n'
