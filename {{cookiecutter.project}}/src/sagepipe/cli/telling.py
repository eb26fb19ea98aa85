"""What only whoever runs a pipeline can tell MLflow of: no job could."""

import sys

from sagepipe import tracking
from sagepipe.cli import output, registry
from sagepipe.cli.rerun import fail
from sagepipe.contract import names
from sagepipe.local import Execution, History

_JOBS = ("Processing", "Training", "Tuning")  # the steps whose jobs open runs in MLflow


def tell(execution: Execution, history: History, uri: str = "") -> None:
    """Tell MLflow of a finished run: reused steps, the best of trials, its packages, why it failed.

    A step that is reused has no job, nor has a Fail step, and a job that was killed is gone. A
    server that can't be told is named in a warning.

    Args:
        execution: The run.
        history: The project's.
        uri: The store; the one that the run had if empty.
    """
    uri = uri or str(execution.parameters.get(names.TRACKING_URI, names.TRACKING_OFF))
    if uri == names.TRACKING_OFF or not execution.finished:
        return
    sources = {
        step.name: source
        for step in execution.steps
        if step.type in _JOBS and (source := step.cached_from or step.selected_from)
    }
    tracking.record_reused(uri, execution.pipeline, execution.id, sources)
    best = [
        str(found["TrainingJobName"])
        for step in execution.steps
        if step.type == "Tuning" and (found := step.properties.get("BestTrainingJob"))
    ]
    tracking.mark_best(uri, execution.pipeline, execution.id, best)
    for group in registry.registered(history, execution):
        try:
            registry.align(history, group, uri)
        except tracking.TrackingError as error:
            print(f"warning: {error}", file=sys.stderr)
    if execution.status != "Succeeded":
        fail(execution, *ending(execution), uri)


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
