"""``sagepipe run``: compile, run on this machine, say what came of it."""

import sys
from collections.abc import Sequence

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
    definition = compile_pipeline(found)
    environment = project.environment(env)
    values = parameters.collect(definition, environment, given)
    if names.TRACKING_URI in values:
        values[names.TRACKING_URI] = project.tracking_uri(values[names.TRACKING_URI])
    with progress(as_json) as view:
        execution = run_locally(
            definition,
            values,
            LocalSettings(root=project.state, project=project.root, train=project.train),
            on_event=view.update,
            name=found.name,
        )
    tracking_uri = values.get(names.TRACKING_URI, names.TRACKING_OFF)
    if execution.status != "Succeeded" and tracking_uri != names.TRACKING_OFF:
        _close_tracking(tracking_uri, found.name, execution)
    output.finished(execution, as_json)
    return execution


def _close_tracking(uri: str, experiment: str, execution: Execution) -> None:
    """Tell MLflow of an end that no job could tell it of: a Fail step, a job that was killed."""
    from sagepipe import tracking

    try:
        tracking.fail_execution(uri, experiment, execution.id, execution.failure_reason or "")
    except Exception as error:  # the run has failed for a reason of its own; that is what counts
        print(f"warning: MLflow could not be told of the failure: {error}", file=sys.stderr)
