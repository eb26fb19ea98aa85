"""What the command prints: tables for people, JSON for machines."""

import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sagepipe.aws import Submission
    from sagepipe.cli.discovery import Found
    from sagepipe.local import Execution

MARKS = {"Succeeded": "✓", "Failed": "✗", "Stopped": "■", "Executing": "…", "Starting": "…"}
COLOURS = {"Succeeded": "green", "Failed": "red", "Stopped": "yellow", "Executing": "cyan"}


def command() -> str:
    """Return how this command can be called again from where the user is."""
    if shutil.which("sagepipe"):
        return "sagepipe"
    program = Path(sys.argv[0])
    if program.name != "sagepipe":
        return "python -m sagepipe.cli"
    here = Path.cwd()
    return str(program.relative_to(here) if program.is_relative_to(here) else program)


def as_lines(value: Any) -> str:
    """Write JSON for a machine; times are ISO 8601."""
    return json.dumps(value, indent=2, default=as_plain, ensure_ascii=False)


def as_plain(value: Any) -> Any:
    """Write what JSON has no form for: times as ISO 8601, the rest as text."""
    return value.isoformat() if isinstance(value, datetime) else str(value)


def wrote(path: Path) -> None:
    """Say which file was written."""
    shown = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
    print(f"wrote {shown}")


def pipelines(found: Sequence["Found"], as_json: bool) -> None:
    """Print pipelines and their parameters."""
    if as_json:
        print(as_lines([_pipeline(item) for item in found]))
        return
    for item in found:
        print(f"{item.module}  →  {item.pipeline.name}\n    {item.pipeline.description}")
        for parameter in item.pipeline.parameters:
            default = "(from sagepipe.toml)" if parameter.required else f"= {parameter.default}"
            print(f"    -p {parameter.name}: {parameter.type.__name__} {default}")


def _pipeline(item: "Found") -> dict[str, Any]:
    return {
        "module": item.module,
        "name": item.pipeline.name,
        "description": item.pipeline.description,
        "parameters": [
            {
                "name": parameter.name,
                "type": parameter.type.__name__,
                "required": parameter.required,
                "default": parameter.default,
            }
            for parameter in item.pipeline.parameters
        ],
    }


def executions(items: Sequence["Execution"], as_json: bool) -> None:
    """Print a table of runs."""
    if as_json:
        print(as_lines([asdict(item) for item in items]))
        return
    if not items:
        print(f"no runs yet; start one with `{command()} run`")
        return
    table = _table("Run", "Pipeline", "Status", "Started", "Took", "Metrics", fixed=5)
    for item in items:
        table.add_row(
            item.id,
            item.pipeline,
            _status(item.status),
            item.started.astimezone().strftime("%m-%d %H:%M"),
            took(item.started, item.ended),
            numbers(metrics(item), limit=2),
        )
    _console().print(table)


def execution(item: "Execution", as_json: bool) -> None:
    """Print one run: its steps, metrics and failures."""
    if as_json:
        print(as_lines(asdict(item)))
        return
    console = _console()
    console.print(f"[bold]{item.pipeline}[/bold]  run {item.id}  {_status(item.status)}")
    console.print(f"{item.runner}, started {item.started.astimezone():%Y-%m-%d %H:%M:%S}")
    table = _table("Step", "Type", "Status", "Took", "", fixed=4)
    for step in item.steps:
        table.add_row(
            step.name,
            step.type,
            _status(step.status),
            took(step.started, step.ended),
            _detail(step),
        )
    console.print(table)
    if found := metrics(item):
        console.print(f"Metrics: {numbers(found)}")
    if reason := failure(item):
        console.print(reason, style="red", markup=False, highlight=False)


def log(step: str, text: str, titled: bool) -> None:
    """Print a job's log."""
    if titled:
        print(f"── {step} " + "─" * max(0, 70 - len(step)))
    sys.stdout.write(text if text.endswith("\n") or not text else text + "\n")


def submitted(submission: "Submission", region: str, as_json: bool) -> None:
    """Say what was created in SageMaker."""
    if as_json:
        print(as_lines(asdict(submission)))
        return
    print(f"{'created' if submission.created else 'updated'} {submission.pipeline_arn}")
    if submission.execution_arn:
        print(f"started {submission.execution_arn}")
        print(
            "watch it with: aws sagemaker list-pipeline-execution-steps "
            f"--region {region} --pipeline-execution-arn {submission.execution_arn}"
        )


def finished(item: "Execution", as_json: bool) -> None:
    """Say what came of a run, and what to do next."""
    if as_json:
        print(json.dumps({"execution": asdict(item)}, default=as_plain), flush=True)
        return
    console = _console()
    if found := metrics(item):
        table = _table("Metric", "Value")
        for name, value in sorted(found.items()):
            table.add_row(name, f"{value:.4g}")
        console.print(table)
    if item.status == "Succeeded":
        console.print("[green]Succeeded.[/green] Three things to try next:")
        for verb, what in (
            ("serve", "ask the model for predictions (make serve)"),
            ("run -p NAME=VALUE", "run it once more with another parameter ..."),
            ("ui", "... and compare the two runs in MLflow (make ui)"),
        ):
            console.print(f"  {f'{command()} {verb}':<36} {what}", highlight=False, soft_wrap=True)
        return
    console.print(failure(item) or item.status, style="red", markup=False, highlight=False)
    failed = [step.name for step in item.steps if step.status == "Failed" and step.job_name]
    if failed:
        console.print(f"Its output: {command()} logs {item.id} {failed[0]}", highlight=False)


def failure(item: "Execution") -> str:
    """Say why a run failed: what its failed steps say, else what the run itself does."""
    reasons = [
        f"{step.name} failed: {step.failure_reason or 'no reason given'}"
        for step in item.steps
        if step.status == "Failed"
    ]
    return "\n".join(reasons) or item.failure_reason or ""


def metrics(item: "Execution") -> dict[str, float]:
    """Collect what the steps of a run measured; the later step's number counts."""
    return {name: value for step in item.steps for name, value in step.metrics.items()}


def numbers(found: Mapping[str, float], limit: int | None = None) -> str:
    """Write numbers in a line."""
    items = sorted(found.items())
    text = "  ".join(f"{name} {value:.4g}" for name, value in items[:limit])
    return text + (" …" if limit and len(items) > limit else "")


def took(started: datetime | None, ended: datetime | None) -> str:
    """Write how long something took."""
    if started is None or ended is None:
        return ""
    return f"{(ended - started).total_seconds():.1f} s"


def _detail(step: Any) -> str:
    from rich.markup import escape

    if step.failure_reason:
        return escape(step.failure_reason.splitlines()[0])
    if step.outcome is not None:
        return str(step.outcome)
    return numbers(step.metrics, limit=2)


def _status(status: str) -> str:
    return f"[{COLOURS.get(status, 'white')}]{MARKS.get(status, '')} {status}[/]"


def _table(*columns: str, fixed: int = 0) -> Any:
    """Make a table; its first columns are never folded, the last gives way."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for index, column in enumerate(columns):
        if index < fixed:
            table.add_column(column, no_wrap=True)
        else:
            table.add_column(column, overflow="ellipsis", no_wrap=True)
    return table


def _console() -> Any:
    from rich.console import Console

    return Console()
