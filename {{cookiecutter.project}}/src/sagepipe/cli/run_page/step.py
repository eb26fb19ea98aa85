"""What the page says of one step: reason, numbers, outputs, reports, the end of its log."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path
from urllib.parse import quote

from sagepipe.cli import logtail
from sagepipe.cli.output import MARKS, numbers, origin, took
from sagepipe.cli.run_page.reports import Report, reports
from sagepipe.compiler import reading
from sagepipe.compiler.drawing.page import described
from sagepipe.local import StepExecution


@dataclass(frozen=True)
class StepSection:
    """A step's part of the page.

    Attributes:
        link: A link to it, with the step's name.
        html: The part itself.
        reports: A link to each of its reports.
        pictures: Its small pictures, each with a link to it.
    """

    link: str
    html: str
    reports: tuple[str, ...]
    pictures: tuple[str, ...]


def section(
    step: StepExecution,
    anchor: str,
    raw: reading.Step | None,
    folder: Path,
    path: Callable[[str], Path],
) -> StepSection:
    """Write a step's part of the page.

    Args:
        step: The step.
        anchor: What links call its part.
        raw: What the definition says of it, if it does by that name.
        folder: The page's folder; links start there.
        path: Says where an object of a URI lies.

    Returns:
        The part.
    """
    found = reports(step)
    links = tuple(_report(item, folder) for item in found)
    parts = [
        _reason(step),
        _lines("Metrics", [escape(numbers(step.metrics))] if step.metrics else []),
        _lines("Outputs", [_output(*item, folder, path) for item in _outputs(step)]),
        _lines("Reports", links),
        _log(step, folder),
        f"<details><summary>Definition</summary>{described(raw)}</details>\n" if raw else "",
    ]
    is_open = " open" if step.status == "Failed" else ""
    name, status = escape(step.name), escape(step.status)
    said = str(step.outcome) if step.outcome is not None else took(step.started, step.ended)
    said = " · ".join(filter(None, (said, escape(origin(step)))))
    content = "".join(parts)
    return StepSection(
        f'<a href="#{anchor}">{name}</a>',
        f'<details class="step"{is_open}>\n'
        f'<summary><span class="pill {status.lower()}">{MARKS.get(step.status, "")} {status}</span>'
        f" <b>{name}</b> <span>{escape(step.type)}</span> <span>{said}</span></summary>\n"
        f'<div id="{anchor}" class="inside">\n{content}</div>\n</details>\n',
        links,
        tuple(_pictures(step.name, found, folder)),
    )


def _reason(step: StepExecution) -> str:
    """Say what the step said of its end, unless its log, which ends with it, is shown below."""
    text, kind = step.exit_message or "", "message"
    if step.status != "Succeeded":
        text, kind = ("" if step.log else step.failure_reason or ""), "reason"
    return f'<p class="{kind}">{escape(text)}</p>\n' if text else ""


def _lines(label: str, items: "tuple[str, ...] | list[str]") -> str:
    """Write a labelled list of what is HTML already."""
    if not items:
        return ""
    listed = "".join(f"<li>{item}</li>" for item in items)
    return f"<h3>{label}</h3>\n<ul>{listed}</ul>\n"


def _report(report: Report, folder: Path) -> str:
    more = f" <small>{escape(report.name)}</small>" if report.title != report.name else ""
    return f'<a href="{report.link(folder)}">{escape(report.title)}</a>{more}'


def _pictures(step: str, found: list[Report], folder: Path) -> Iterator[str]:
    for item in found:
        if picture := item.embedded:
            said = escape(f"{step}: {item.title}")
            shown = f'<img src="{picture}" alt="{said}" title="{said}">'
            yield f'<a href="{item.link(folder)}">{shown}</a>'


def _outputs(step: StepExecution) -> Iterator[tuple[str, str]]:
    """Find what a step that has succeeded left for others, by name and URI."""
    if step.status != "Succeeded":
        return
    properties = step.properties
    config = properties.get("ProcessingOutputConfig") or {}
    for item in config.get("Outputs") or ():
        yield str(item.get("OutputName")), str((item.get("S3Output") or {}).get("S3Uri", ""))
    if uri := (properties.get("ModelArtifacts") or {}).get("S3ModelArtifacts"):
        yield "model", str(uri)
    if arn := properties.get("ModelPackageArn"):
        yield "model package", str(arn)


def _output(name: str, uri: str, folder: Path, path: Callable[[str], Path]) -> str:
    shown = f'<span class="value">{escape(uri)}</span>'
    if uri.startswith(("s3://", "file://")):
        place = path(uri)
        if place.exists():
            shown = f'<a href="{_link(place, folder)}">{shown}</a>'
    return f"{escape(name)} {shown}"


def _log(step: StepExecution, folder: Path) -> str:
    if step.log is None or not step.log.is_file():
        return ""
    text = logtail.ending(step.log)
    if not text:
        return ""
    is_open = " open" if step.status == "Failed" else ""
    return (
        f"<details{is_open}><summary>The end of its log</summary>"
        f'<pre>{escape(text)}</pre><a href="{_link(step.log, folder)}">the whole log</a>'
        "</details>\n"
    )


def _link(place: Path, folder: Path) -> str:
    return quote(os.path.relpath(place, folder).replace(os.sep, "/"))
