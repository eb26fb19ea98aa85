"""Pipeline executions in MLflow: one parent run each, its steps nested in it."""

from collections.abc import Mapping
from dataclasses import dataclass

from sagepipe.contract import names
from sagepipe.tracking import runs, spool, store, tags
from sagepipe.tracking.errors import warn
from sagepipe.tracking.identity import StepIdentity
from sagepipe.tracking.runs import FAILED, FINISHED, KILLED, RUNNING

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
        return runs.page(self.experiment_id, self.run_id)


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
        run = runs.find_parent(client, experiment, execution_id)
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
            parent = runs.find_parent(client, experiment, execution_id)
            if parent is None:
                return
            for step in runs.steps(client, parent):
                if step.info.status == RUNNING:
                    own = (steps or {}).get(step.data.tags.get(tags.STEP, ""))
                    runs.end(client, step.info.run_id, status, own or _SILENT)
            runs.end(client, parent.info.run_id, status, reason)
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
    if store.is_off(identity.tracking_uri) or identity.policy == names.TRACKING_OFF:
        return
    kept = spool.of(identity) if spool.exists(identity) else None
    identity = kept or identity
    try:
        with store.short_patience():
            client = store.client(identity.tracking_uri)
            parent = runs.find_parent(client, identity.experiment, identity.execution_id)
            if parent is None:
                return
            above = parent.info.run_id
            for step in runs.steps(client, parent):
                carried = step.data.tags
                if (
                    step.info.status == RUNNING
                    and carried.get(tags.STEP) == identity.step
                    and carried.get(tags.JOB_NAME) == identity.job_name
                ):
                    runs.end(client, step.info.run_id, status, reason)
                    above = carried[tags.PARENT_RUN]
            said = f"{identity.name}: {reason}" if reason else ""
            where = (parent.info.experiment_id, identity.execution_id, above)
            runs.settle(client, *where, said)
    except Exception as error:
        warn(f"step {identity.name} is not marked {status} in {identity.tracking_uri}: {error}")
