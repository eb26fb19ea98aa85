"""What the command prints: tables for people, JSON for machines."""

import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sagepipe.cli import measured, plain, table
from sagepipe.contract import names

if TYPE_CHECKING:
    from sagepipe.aws import Submission
    from sagepipe.cli.discovery import Found
    from sagepipe.local import Execution, StepExecution

WITHOUT_REASON = {"Failed": "no reason given", "Stopped": "the run was asked to stop"}
_COUNTS = {2: "Two", 3: "Three"}
MARKS = {
    "Succeeded": "✓",
    "Failed": "✗",
    "CompletedWithFailures": "✗",
    "Stopped": "■",
    "Stopping": "■",
    "Executing": "…",
    "Starting": "…",
}
COLOURS = {
    "Succeeded": "green",
    "Failed": "red",
    "CompletedWithFailures": "red",
    "Stopped": "yellow",
    "Executing": "cyan",
}


def command() -> str:
    """Return how this command can be called again from where the user is."""
    if shutil.which("sagepipe"):
        return "sagepipe"
    program = Path(sys.argv[0])
    if program.name != "sagepipe":
        return "python -m sagepipe.cli"
    here = Path.cwd()
    return str(program.relative_to(here) if program.is_relative_to(here) else program)


def wrote(path: Path) -> None:
    """Say which file was written."""
    shown = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
    print(f"wrote {shown}")


def pipelines(found: Sequence["Found"], as_json: bool) -> None:
    """Print pipelines and their parameters."""
    if as_json:
        print(plain.lines([_pipeline(item) for item in found]))
        return
    for item in found:
        print(f"{item.module}  →  {item.pipeline.name}")
        if item.pipeline.description:
            print(f"    {item.pipeline.description}")
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
        print(plain.lines([asdict(item) for item in items]))
        return
    if not items:
        print(f"no runs yet; start one with `{command()} run`")
        return
    table.show(
        ("Run", "Status", "Started", "Took", "Pipeline", "Metrics"),
        [
            (
                item.id,
                _status(item.status),
                item.started.astimezone().strftime("%m-%d %H:%M"),
                took(item.started, item.ended),
                item.pipeline,
                numbers(metrics(item), limit=3),
            )
            for item in items
        ],
        [COLOURS.get(item.status, "") for item in items],
    )


def execution(item: "Execution", as_json: bool) -> None:
    """Print one run: its steps, metrics and failures."""
    if as_json:
        print(plain.lines(asdict(item)))
        return
    print(f"{item.pipeline}  run {item.id}  {_status(item.status)}")
    print(f"{item.runner}, started {item.started.astimezone():%Y-%m-%d %H:%M:%S}\n")
    table.show(
        ("Step", "Type", "Status", "Took", ""),
        [
            (
                step.name,
                step.type,
                _status(step.status),
                took(step.started, step.ended),
                _detail(step),
            )
            for step in item.steps
        ],
        [COLOURS.get(step.status, "") for step in item.steps],
    )
    if found := _measured(item):
        print()
        table.show(("Metric", "Value", "Step"), found)
    if reason := failure(item):
        print(f"\n{reason}")


def submitted(submission: "Submission", region: str, as_json: bool) -> None:
    """Say what was created in SageMaker."""
    if as_json:
        print(plain.lines(asdict(submission)))
        return
    print(f"{'created' if submission.created else 'updated'} {submission.pipeline_arn}")
    if submission.execution_arn:
        print(f"started {submission.execution_arn}")
        print(
            "watch it with: aws sagemaker list-pipeline-execution-steps "
            f"--region {region} --pipeline-execution-arn {submission.execution_arn}"
        )


def finished(item: "Execution", as_json: bool, debugged: str = "") -> None:
    """Say what came of a run, and what to do next.

    Args:
        item: The run.
        as_json: Whether a machine reads it.
        debugged: The step that ran under the debugger: its output is not in its log.
    """
    if as_json:
        print(plain.line({"execution": asdict(item)}), flush=True)
        return
    if found := _measured(item):
        print()
        table.show(("Metric", "Value", "Step"), found)
        print()
    for name in unrecorded(item):
        print(f"warning: MLflow has no record of {name}; see {command()} logs {item.id} {name}")
    if names_kept := ", ".join(kept(item)):
        print(
            f"warning: MLflow's server did not take all records of {names_kept}; they are kept: "
            f"upload them with {command()} mlflow sync"
        )
    if item.status == "Succeeded":
        next_ = _next(item)
        print(f"Succeeded. {_COUNTS[len(next_)]} things to try next:")
        width = max(len(verb) for verb, _ in next_)
        for verb, what in next_:
            print(f"  {command()} {verb:<{width}}   {what}")
        print(f"The run as a page: {command()} show --html", flush=True)
        return
    print(failure(item) or item.status)
    failed = [
        step.name
        for step in item.steps
        if step.status == "Failed" and step.name != debugged and _ran(step)
    ]
    if failed:
        print(f"Its output: {command()} logs {item.id} {failed[0]}")
    if not any((step.type, step.status) == ("Fail", "Failed") for step in item.steps):
        print(f"Go on from there: {command()} run --resume {item.id}")
    print(f"The run as a page: {command()} show {item.id} --html", flush=True)


def _next(item: "Execution") -> list[tuple[str, str]]:
    """List what can be done with a run that succeeded: a command, and what it is for."""
    found = [(f"run {item.pipeline} -p NAME=VALUE", "run it with another parameter ...")]
    if str(item.parameters.get(names.TRACKING_URI, names.TRACKING_OFF)) != names.TRACKING_OFF:
        found.append(("ui", "... and compare the runs in MLflow (make ui)"))
    else:
        found.append(("runs", "... and compare the runs"))
    if any((step.type, step.status) == ("RegisterModel", "Succeeded") for step in item.steps):
        found.insert(0, ("serve", "ask the model for predictions (make serve)"))
    return found


def failure(item: "Execution") -> str:
    """Say why a run failed: what its failed steps say, else what the run itself does."""
    reasons = [_reason(step) for step in item.steps if step.status in WITHOUT_REASON]
    return "\n".join(reasons) or item.failure_reason or ""


def _reason(step: Any) -> str:
    if step.type == "Fail" and step.failure_reason:
        return str(step.failure_reason)
    word = "failed" if step.status == "Failed" else "was stopped"
    return f"{step.name} {word}: {step.failure_reason or WITHOUT_REASON[step.status]}"


def unrecorded(item: "Execution") -> list[str]:
    """List the steps whose log says that MLflow could not be used."""
    return [
        step.name
        for step in item.steps
        if step.log and _ran(step) and names.NOT_RECORDED in _beginning(step.log)
    ]


def kept(item: "Execution") -> list[str]:
    """List the steps whose jobs kept records for MLflow's server in their outputs."""
    patterns = [
        f"{host}opt/ml/{output}/{names.SPOOL}"
        for host in ("", "*/")  # jobs of several hosts and of a tuning step have folders of theirs
        for output in ("output/data", "processing/output/*")
    ]
    return [
        step.name
        for step in item.steps
        if step.folder.is_dir() and any(any(step.folder.glob(pattern)) for pattern in patterns)
    ]


def _beginning(log: Path) -> str:
    """Read where a job says how it starts; the rest of its log may be of any size."""
    with log.open("rb") as file:
        return file.read(64 * 1024).decode(errors="replace")


def origin(step: "StepExecution") -> str:
    """Say where a step's result comes from, if not from a first attempt in its own run."""
    if found := step.cached_from or step.selected_from:
        return f"from run {found}"
    return f"{step.attempts} attempts" if step.attempts > 1 else ""


def metrics(item: "Execution") -> dict[str, float]:
    """Collect what the steps of a run measured; the later step's number counts."""
    return {name: value for step in item.steps for name, value in step.metrics.items()}


def numbers(found: Mapping[str, float], limit: int | None = None) -> str:
    """Write numbers in a line, without intervals."""
    items = list(measured.of(found))
    text = "  ".join(f"{item.name} {item.value:.4g}" for item in items[:limit])
    return text + (" …" if limit and len(items) > limit else "")


def took(started: datetime | None, ended: datetime | None) -> str:
    """Write how long something took."""
    if started is None or ended is None:
        return ""
    seconds = max(0.0, (ended - started).total_seconds())  # clocks may be put back
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds} s"


def _ran(step: Any) -> bool:
    return step.log is not None and step.log.is_file() and step.log.stat().st_size > 0


def _measured(item: "Execution") -> list[tuple[str, str, str]]:
    """List all that a run measured; steps may have metrics of the same name."""
    return [
        (found.name, found.text(), step.name)
        for step in item.steps
        for found in measured.of(step.metrics)
    ]


def _detail(step: Any) -> str:
    if step.outcome is not None:
        return str(step.outcome)
    return "  ".join(filter(None, (origin(step), numbers(step.metrics, limit=2))))


def _status(status: str) -> str:
    return f"{MARKS.get(status, ' ')} {status}"
