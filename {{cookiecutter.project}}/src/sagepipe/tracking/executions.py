"""Pipeline executions in MLflow: one parent run each, its steps nested in it."""

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sagepipe.contract import names
from sagepipe.tracking import spool, store, tags
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
    if store.is_off(identity.tracking_uri) or identity.policy == names.TRACKING_OFF:
        return
    kept = spool.of(identity) if spool.exists(identity) else None
    identity = kept or identity
    try:
        with store.short_patience():
            client = store.client(identity.tracking_uri)
            parent = _find_parent(client, identity.experiment, identity.execution_id)
            if parent is None:
                return
            above = parent.info.run_id
            for step in _steps(client, parent):
                carried = step.data.tags
                if (
                    step.info.status == RUNNING
                    and carried.get(tags.STEP) == identity.step
                    and carried.get(tags.JOB_NAME) == identity.job_name
                ):
                    end(client, step.info.run_id, status, reason)
                    above = carried[tags.PARENT_RUN]
            settle(client, above, f"{identity.name}: {reason}" if reason else "")
    except Exception as error:
        warn(f"step {identity.name} is not marked {status} in {identity.tracking_uri}: {error}")


def open_step(
    client: "MlflowClient",
    identity: StepIdentity,
    more: Mapping[str, str] | None = None,
    started: int | None = None,
) -> tuple["Run", "Run"]:
    """Find or create the run that a step's belongs in, and nest a new run for the step in it.

    That is the execution's; for a training job of a tuning step it is the tuning step's, which is
    nested in the execution's.

    Args:
        client: The store.
        identity: The step.
        more: Further tags of the step's run.
        started: When, in ms since 1970; now where not given.

    Returns:
        The run that it is nested in, and the step's run.
    """
    experiment_id = store.experiment_id(client, identity.tracking_uri, identity.experiment)
    common = {tags.EXECUTION_ID: identity.execution_id, tags.USER: _user()}
    if identity.image_uri:
        common[tags.IMAGE_URI] = identity.image_uri
    parent = _first(
        client,
        experiment_id,
        identity.execution_id,
        {tags.EXECUTION_ID: identity.execution_id, tags.LEVEL: tags.EXECUTION},
        common,
        started,
    )
    of_step = {**common, tags.LEVEL: tags.STEP_LEVEL, tags.STEP: identity.step}
    if identity.trial:
        key = {tags.PARENT_RUN: parent.info.run_id, tags.TRIALS: _tuning_job(identity.job_name)}
        parent = _first(client, experiment_id, identity.step, key, of_step, started)
    step = client.create_run(
        experiment_id,
        start_time=started,
        run_name=identity.name,
        tags={
            **of_step,
            tags.JOB_NAME: identity.job_name,
            tags.PARENT_RUN: parent.info.run_id,
            **(more or {}),
        },
    )
    return parent, step


def end(
    client: "MlflowClient", run_id: str, status: str, reason: str = "", when: int | None = None
) -> None:
    """End a run; a reason goes to a tag and to the description that MLflow's UI shows."""
    if reason:
        from mlflow.entities import RunTag

        reasons = [RunTag(tags.FAILURE_REASON, reason), RunTag(tags.NOTE, reason)]
        client.log_batch(run_id, tags=reasons)
    client.set_terminated(run_id, status, when)


def settle(client: "MlflowClient", parent_id: str, reason: str = "") -> None:
    """Set a run's status from those nested in it: a step that was retried counts by its last run.

    A tuning step has succeeded where one of its training jobs has; its execution's run is then set
    from it in turn.

    Args:
        client: The store.
        parent_id: The execution's run, or a tuning step's.
        reason: Why it failed, where it did.
    """
    parent = client.get_run(parent_id)
    nested = _nested(client, parent)  # oldest first
    if tags.TRIALS in parent.data.tags:
        order = (RUNNING, FINISHED, KILLED, FAILED)
        status = _combined((run.info.status for run in nested), order)
    else:
        latest = {run.data.tags.get(tags.STEP, run.info.run_id): run.info.status for run in nested}
        status = _combined(latest.values(), (FAILED, KILLED, RUNNING))
    if status == RUNNING:
        if reason:
            client.set_tag(parent_id, tags.FAILURE_REASON, reason)
    elif status == FINISHED:
        end(client, parent_id, status)
        for name in (tags.FAILURE_REASON, tags.NOTE):  # of an attempt that came to nothing
            if tags.FAILURE_REASON in parent.data.tags and name in parent.data.tags:
                client.delete_tag(parent_id, name)
    else:
        end(client, parent_id, status, reason)
    if tags.TRIALS in parent.data.tags:
        failed = status in (FAILED, KILLED)
        settle(client, parent.data.tags[tags.PARENT_RUN], reason if failed else "")


def find_step(
    client: "MlflowClient", experiment: str, execution_id: str, step: str
) -> "Run | None":
    """Find the run in which a step of an execution succeeded last.

    Args:
        client: The store.
        experiment: The experiment's name.
        execution_id: The execution.
        step: The step's name; a round of a loop has one of its own.

    Returns:
        The run; of a step that took another's outputs, the run that made them.
    """
    parent = _find_parent(client, experiment, execution_id)
    if parent is None:
        return None
    finished = [
        run
        for run in _nested(client, parent)
        if run.info.run_name == step and run.info.status == FINISHED
    ]
    if not finished:
        return None
    reused = finished[-1].data.tags.get(tags.REUSED_RUN)
    return client.get_run(reused) if reused else finished[-1]


def find_steps(client: "MlflowClient", experiment: str, execution_id: str) -> list["Run"]:
    """Return the runs of an execution's steps, oldest first; of reused ones, those that made them.

    Args:
        client: The store.
        experiment: The experiment's name.
        execution_id: The execution.
    """
    parent = _find_parent(client, experiment, execution_id)
    found = _steps(client, parent) if parent else []
    reused = [run.data.tags.get(tags.REUSED_RUN) for run in found]
    return [client.get_run(made) if made else run for run, made in zip(found, reused, strict=True)]


def find_uploaded(client: "MlflowClient", experiment: str, kept: str) -> str:
    """Find the run that an earlier upload made of a run in a spool.

    Args:
        client: The store.
        experiment: The experiment's name.
        kept: The run's id in the spool.

    Returns:
        Its id in the store, or nothing.
    """
    found = client.get_experiment_by_name(experiment)
    runs = _search(client, found.experiment_id, {tags.SPOOL: kept}) if found else []
    return runs[0].info.run_id if runs else ""


def warn(text: str) -> None:
    """Say in the job's log that tracking could not do something."""
    print(f"sagepipe: tracking: {text}", file=sys.stderr, flush=True)


def _combined(statuses: Iterable[str], order: Iterable[str]) -> str:
    """Choose the first status in an order that is among some."""
    seen = set(statuses)
    return next((status for status in order if status in seen), FINISHED)


def _first(
    client: "MlflowClient",
    experiment_id: str,
    name: str,
    key: Mapping[str, str],
    more: Mapping[str, str],
    started: int | None,
) -> "Run":
    """Find the run with some tags, running again, or create it.

    Where several processes create it at once, all agree on the first of them.
    """
    found = _search(client, experiment_id, key)
    if found:
        if found[0].info.status != RUNNING:
            client.update_run(found[0].info.run_id, status=RUNNING)
        return found[0]
    created = client.create_run(
        experiment_id, start_time=started, run_name=name, tags={**more, **key}
    )
    found = _search(client, experiment_id, key)
    first = found[0] if found else created
    if first.info.run_id != created.info.run_id:
        client.delete_run(created.info.run_id)
    return first


def _find_parent(client: "MlflowClient", experiment: str, execution_id: str) -> "Run | None":
    found = client.get_experiment_by_name(experiment)
    if found is None:
        return None
    key = {tags.EXECUTION_ID: execution_id, tags.LEVEL: tags.EXECUTION}
    parents = _search(client, found.experiment_id, key)
    return parents[0] if parents else None


def _steps(client: "MlflowClient", parent: "Run") -> list["Run"]:
    """Return all runs of an execution's steps, training jobs of tuning steps too, oldest first."""
    execution_id = parent.data.tags[tags.EXECUTION_ID]
    key = {tags.EXECUTION_ID: execution_id, tags.LEVEL: tags.STEP_LEVEL}
    return _search(client, parent.info.experiment_id, key)


def _nested(client: "MlflowClient", parent: "Run") -> list["Run"]:
    """Return the runs nested in a run, oldest first."""
    return _search(client, parent.info.experiment_id, {tags.PARENT_RUN: parent.info.run_id})


def _search(client: "MlflowClient", experiment_id: str, wanted: Mapping[str, str]) -> list["Run"]:
    """Return runs by their tags, in an order that every process sees alike: oldest first."""
    condition = " and ".join(f"tags.`{name}` = '{value}'" for name, value in wanted.items())
    runs = client.search_runs([experiment_id], condition)
    return sorted(runs, key=lambda run: (run.info.start_time, run.info.run_id))


def _tuning_job(training_job: str) -> str:
    """Return the name of the tuning job that a training job is one of."""
    return training_job.rsplit("-", 2)[0]


def _user() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # a container's user id without a name
        return "unknown"
