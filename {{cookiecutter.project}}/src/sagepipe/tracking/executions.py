"""Pipeline executions in MLflow: one parent run each, its steps nested in it."""

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sagepipe.tracking import store, tags
from sagepipe.tracking.identity import StepIdentity

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

FINISHED, FAILED, KILLED, RUNNING = "FINISHED", "FAILED", "KILLED", "RUNNING"
_SILENT = "ended without a word"  # the reason of a step whose process vanished


@dataclass(frozen=True)
class ExecutionRun:
    """The parent run of a pipeline execution.

    Attributes:
        run_id: Its MLflow id.
        experiment_id: Its experiment's.
        status: ``RUNNING``, ``FINISHED``, ``FAILED`` or ``KILLED``.
        page: Its page in MLflow's UI, relative to the UI's address.
    """

    run_id: str
    experiment_id: str
    status: str

    @property
    def page(self) -> str:
        return page(self.experiment_id, self.run_id)


def page(experiment_id: str, run_id: str) -> str:
    """Return a run's page in MLflow's UI, relative to the UI's address.

    Without the view being named, MLflow 3 opens on GenAI traces.
    """
    return f"#/experiments/{experiment_id}/runs/{run_id}?workflowType=machine_learning"


def find_execution(tracking_uri: str, experiment: str, execution_id: str) -> ExecutionRun | None:
    """Look an execution up.

    Args:
        tracking_uri: The store.
        experiment: The experiment's name.
        execution_id: The execution's id.

    Returns:
        Its parent run, or None where there is none.
    """
    if store.is_off(tracking_uri):
        return None
    with store.short_patience():
        client = store.client(tracking_uri)
        run = _find_parent(client, experiment, execution_id)
    if run is None:
        return None
    return ExecutionRun(run.info.run_id, run.info.experiment_id, run.info.status)


def fail_execution(
    tracking_uri: str,
    experiment: str,
    execution_id: str,
    reason: str,
    steps: Mapping[str, str] | None = None,
    stopped: bool = False,
) -> None:
    """Mark an execution failed or stopped, for whoever runs the pipeline.

    Steps that still seem to run (their job was killed) are marked too, with their own reason only.
    A store that can't be reached is named in a warning.

    Args:
        tracking_uri: The store, or ``off``.
        experiment: The experiment's name.
        execution_id: The execution's id.
        reason: Why it failed.
        steps: What is known of single steps, by name.
        stopped: Whether somebody stopped it: its runs are ``KILLED`` then, not ``FAILED``.
    """
    if store.is_off(tracking_uri):
        return
    status = KILLED if stopped else FAILED
    try:
        with store.short_patience():
            client = store.client(tracking_uri)
            parent = _find_parent(client, experiment, execution_id)
            if parent is None:
                return
            for step in _steps(client, parent):
                if step.info.status == RUNNING:
                    own = (steps or {}).get(step.data.tags.get(tags.STEP, ""))
                    end(client, step.info.run_id, status, own or _SILENT)
            end(client, parent.info.run_id, status, reason)
    except Exception as error:
        warn(f"execution {execution_id} is not marked as failed in {tracking_uri}: {error}")


def fail_step(identity: StepIdentity, reason: str) -> None:
    """Mark a step failed whose process ended without doing so itself.

    Args:
        identity: The step.
        reason: Why it failed.
    """
    _end_open(identity, FAILED, reason)


def finish_step(identity: StepIdentity) -> None:
    """Mark a step finished whose process ended well without doing so itself.

    Args:
        identity: The step.
    """
    _end_open(identity, FINISHED)


def _end_open(identity: StepIdentity, status: str, reason: str = "") -> None:
    if store.is_off(identity.tracking_uri):
        return
    try:
        with store.short_patience():
            client = store.client(identity.tracking_uri)
            parent = _find_parent(client, identity.experiment, identity.execution_id)
            if parent is None:
                return
            for step in _steps(client, parent):
                carried = step.data.tags
                if (
                    step.info.status == RUNNING
                    and carried.get(tags.STEP) == identity.step
                    and carried.get(tags.JOB_NAME) == identity.job_name
                ):
                    end(client, step.info.run_id, status, reason)
            settle(client, parent.info.run_id, f"{identity.step}: {reason}" if reason else "")
    except Exception as error:
        warn(f"step {identity.step} is not marked {status} in {identity.tracking_uri}: {error}")


def open_step(client: "MlflowClient", identity: StepIdentity) -> tuple["Run", "Run"]:
    """Find or create an execution's parent run, and nest a new run for a step in it.

    Args:
        client: The store.
        identity: The step.

    Returns:
        The parent run and the step's run.
    """
    experiment_id = store.experiment_id(client, identity.tracking_uri, identity.experiment)
    common = {tags.EXECUTION_ID: identity.execution_id, tags.USER: _user()}
    if identity.image_uri:
        common[tags.IMAGE_URI] = identity.image_uri
    parents = _parents(client, experiment_id, identity.execution_id)
    if parents:
        parent = parents[0]
        if parent.info.status != RUNNING:
            client.update_run(parent.info.run_id, status=RUNNING)
    else:
        parent = _create_parent(client, experiment_id, identity.execution_id, common)
    step = client.create_run(
        experiment_id,
        run_name=identity.step,
        tags={
            **common,
            tags.LEVEL: tags.STEP_LEVEL,
            tags.STEP: identity.step,
            tags.JOB_NAME: identity.job_name,
            tags.PARENT_RUN: parent.info.run_id,
        },
    )
    return parent, step


def end(client: "MlflowClient", run_id: str, status: str, reason: str = "") -> None:
    """End a run; a reason goes to a tag and to the description that MLflow's UI shows."""
    if reason:
        from mlflow.entities import RunTag

        reasons = [RunTag(tags.FAILURE_REASON, reason), RunTag(tags.NOTE, reason)]
        client.log_batch(run_id, tags=reasons)
    client.set_terminated(run_id, status)


def settle(client: "MlflowClient", parent_id: str, reason: str = "") -> None:
    """Set an execution's status from its steps: a step that was retried counts by its last run.

    Args:
        client: The store.
        parent_id: The execution's parent run.
        reason: Why it failed, where it did.
    """
    parent = client.get_run(parent_id)
    latest: dict[str, str] = {}
    for run in _steps(client, parent):  # oldest first
        latest[run.data.tags.get(tags.STEP, run.info.run_id)] = run.info.status
    status = _combined(latest.values())
    if status == RUNNING:
        if reason:
            client.set_tag(parent_id, tags.FAILURE_REASON, reason)
    else:
        end(client, parent_id, status, reason)


def warn(text: str) -> None:
    """Say in the job's log that tracking could not do something."""
    print(f"sagepipe: tracking: {text}", file=sys.stderr, flush=True)


def _combined(statuses: Iterable[str]) -> str:
    """Combine the statuses of an execution's steps."""
    seen = set(statuses)
    return next((status for status in (FAILED, KILLED, RUNNING) if status in seen), FINISHED)


def _create_parent(
    client: "MlflowClient", experiment_id: str, execution_id: str, common: dict[str, str]
) -> "Run":
    """Create the parent run; where two steps did so at once, all agree on the first of them."""
    created = client.create_run(
        experiment_id, run_name=execution_id, tags={**common, tags.LEVEL: tags.EXECUTION}
    )
    parents = _parents(client, experiment_id, execution_id)
    first = parents[0] if parents else created
    if first.info.run_id != created.info.run_id:
        client.delete_run(created.info.run_id)
    return first


def _find_parent(client: "MlflowClient", experiment: str, execution_id: str) -> "Run | None":
    found = client.get_experiment_by_name(experiment)
    parents = _parents(client, found.experiment_id, execution_id) if found else []
    return parents[0] if parents else None


def _parents(client: "MlflowClient", experiment_id: str, execution_id: str) -> list["Run"]:
    """Return an execution's parent runs in an order that every process sees alike."""
    runs = client.search_runs(
        [experiment_id],
        f"tags.`{tags.EXECUTION_ID}` = '{execution_id}' "
        f"and tags.`{tags.LEVEL}` = '{tags.EXECUTION}'",
    )
    return sorted(runs, key=lambda run: (run.info.start_time, run.info.run_id))


def _steps(client: "MlflowClient", parent: "Run") -> list["Run"]:
    """Return the runs nested in an execution's, oldest first."""
    runs = client.search_runs(
        [parent.info.experiment_id], f"tags.`{tags.PARENT_RUN}` = '{parent.info.run_id}'"
    )
    return sorted(runs, key=lambda run: (run.info.start_time, run.info.run_id))


def _user() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # a container's user id without a name
        return "unknown"
