"""``sagepipe run``: compile, run on this machine, say what came of it."""

import os
from collections.abc import Sequence
from pathlib import Path

import sagepipe
from sagepipe import tracking
from sagepipe.cli import discovery, output, parameters, settings
from sagepipe.cli.progress import progress
from sagepipe.compiler import compile_pipeline
from sagepipe.contract import names
from sagepipe.local import Execution, LocalSettings
from sagepipe.local import run as run_locally


def run(pipeline: str, given: Sequence[str], env: str, as_json: bool) -> Execution:
    """Run a pipeline of the current project.

    Args:
        pipeline: Its module or name; empty for the default one.
        given: ``NAME=VALUE`` texts.
        env: Whose values to take.
        as_json: Whether to write events as JSON lines.

    Returns:
        The finished execution.

    Raises:
        SagepipeError: It can't start.
    """
    project = settings.load()
    found = discovery.pipeline(project, pipeline)
    environment = project.environment(env)
    discovery.check_parameters(project, found, environment)
    definition = compile_pipeline(found, discovery.overrides(project, found, environment))
    values = parameters.collect(definition, environment, given)
    if names.TRACKING_URI in values:
        values[names.TRACKING_URI] = project.tracking_uri(values[names.TRACKING_URI])
    with progress(as_json, definition) as view:
        execution = run_locally(
            definition,
            values,
            _settings(project),
            on_event=view.update,
            pipeline=found.name,
        )
    tracking_uri = values.get(names.TRACKING_URI, names.TRACKING_OFF)
    if execution.status != "Succeeded" and tracking_uri != names.TRACKING_OFF:
        # No job can tell MLflow of this: a Fail step has none, and a job that was killed is gone.
        reason, steps = ending(execution)
        stopped = execution.status == "Stopped"
        tracking.fail_execution(
            tracking_uri, found.name, execution.id, reason, steps, stopped=stopped
        )
    output.finished(execution, as_json)
    return execution


def ending(execution: Execution) -> tuple[str, dict[str, str]]:
    """Say why a run did not succeed.

    Args:
        execution: The finished execution.

    Returns:
        The run's reason, and the reasons of its steps by name.
    """
    asked = "Stopped: the run was asked to stop"
    stopped = [step.name for step in execution.steps if step.status == "Stopped"]
    steps = dict.fromkeys(stopped, asked)
    steps |= {step.name: step.failure_reason for step in execution.steps if step.failure_reason}
    if execution.status == "Stopped":
        reason = f"{asked} while {', '.join(stopped)} ran" if stopped else asked
    else:
        reason = output.failure(execution) or execution.status
    return reason, steps


def _settings(project: settings.Settings) -> LocalSettings:
    """Say what stands for the image: this Python, with the project's own code on its path."""
    library = Path(sagepipe.__file__).parents[1]
    sources = dict.fromkeys((str(project.root / "src"), str(library)))
    return LocalSettings(
        root=project.state,
        project=project.root,
        train=project.train,
        serve=project.serve,
        environment={"PYTHONPATH": os.pathsep.join(sources)},
    )
