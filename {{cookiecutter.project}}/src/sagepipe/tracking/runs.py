"""Runs in a store: one for each pipeline execution, nested in it one for each of its steps."""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from sagepipe.tracking import store, tags
from sagepipe.tracking.identity import StepIdentity
from sagepipe.tracking.sqlite import SqliteClient

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

FINISHED, FAILED, KILLED, RUNNING = "FINISHED", "FAILED", "KILLED", "RUNNING"


def page(experiment_id: str, run_id: str) -> str:
    """Return a run's page in MLflow's UI, relative to the UI's address.

    Without the view being named, MLflow 3 opens on GenAI traces.
    """
    return f"#/experiments/{experiment_id}/runs/{run_id}?workflowType=machine_learning"


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
    with store.together(client):
        return _open(client, identity, experiment_id, more, started)


def end(
    client: "MlflowClient", run_id: str, status: str, reason: str = "", when: int | None = None
) -> None:
    """End a run; a reason goes to a tag and to the description that MLflow's UI shows."""
    if reason:
        from mlflow.entities import RunTag

        reasons = [RunTag(tags.FAILURE_REASON, reason), RunTag(tags.NOTE, reason)]
        client.log_batch(run_id, tags=reasons)
    client.set_terminated(run_id, status, when)


def settle(
    client: "MlflowClient", experiment_id: str, execution_id: str, above: str, reason: str = ""
) -> None:
    """Set a run's status from those nested in it: a step that was retried counts by its last run.

    A tuning step has succeeded where one of its training jobs has; its execution's run is then set
    from it in turn.

    Args:
        client: The store.
        experiment_id: The experiment's id.
        execution_id: The execution.
        above: The execution's run, or a tuning step's.
        reason: Why it failed, where it did.
    """
    found = search(client, experiment_id, {tags.EXECUTION_ID: execution_id})  # oldest first
    by_id = {run.info.run_id: run for run in found}
    statuses = {run.info.run_id: run.info.status for run in found}
    while above in by_id:
        run = by_id[above]
        nested = [other for other in found if other.data.tags.get(tags.PARENT_RUN) == above]
        statuses[above] = _combined(run, nested, statuses)
        _set(client, run, statuses[above], reason)
        reason = reason if statuses[above] in (FAILED, KILLED) else ""
        above = run.data.tags.get(tags.PARENT_RUN, "")


def find_parent(client: "MlflowClient", experiment: str, execution_id: str) -> "Run | None":
    """Find an execution's run.

    Args:
        client: The store.
        experiment: The experiment's name.
        execution_id: The execution.
    """
    found = client.get_experiment_by_name(experiment)
    if found is None:
        return None
    key = {tags.EXECUTION_ID: execution_id, tags.LEVEL: tags.EXECUTION}
    parents = search(client, found.experiment_id, key)
    return parents[0] if parents else None


def steps(client: "MlflowClient", parent: "Run") -> list["Run"]:
    """Return all runs of an execution's steps, training jobs of tuning steps too, oldest first."""
    execution_id = parent.data.tags[tags.EXECUTION_ID]
    key = {tags.EXECUTION_ID: execution_id, tags.LEVEL: tags.STEP_LEVEL}
    return search(client, parent.info.experiment_id, key)


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
    parent = find_parent(client, experiment, execution_id)
    if parent is None:
        return None
    key = {tags.PARENT_RUN: parent.info.run_id}
    finished = [
        run
        for run in search(client, parent.info.experiment_id, key)
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
    parent = find_parent(client, experiment, execution_id)
    found = steps(client, parent) if parent else []
    reused = [run.data.tags.get(tags.REUSED_RUN) for run in found]
    return [client.get_run(made) if made else run for run, made in zip(found, reused, strict=True)]


def search(client: "MlflowClient", experiment_id: str, wanted: Mapping[str, str]) -> list["Run"]:
    """Return runs by their tags, in an order that every process sees alike: oldest first."""
    given: Any = client
    if isinstance(given, SqliteClient):
        found = given.runs_with(experiment_id, wanted)
    else:
        condition = " and ".join(f"tags.`{name}` = '{text}'" for name, text in wanted.items())
        found = client.search_runs([experiment_id], condition)
    return sorted(found, key=lambda run: (run.info.start_time, run.info.run_id))


def _open(
    client: "MlflowClient",
    identity: StepIdentity,
    experiment_id: str,
    more: Mapping[str, str] | None,
    started: int | None,
) -> tuple["Run", "Run"]:
    common = {tags.EXECUTION_ID: identity.execution_id, tags.USER: _user()}
    if identity.image_uri:
        common[tags.IMAGE_URI] = identity.image_uri
    if identity.image_digest:
        common[tags.IMAGE_DIGEST] = identity.image_digest
    of_step = {**common, tags.LEVEL: tags.STEP_LEVEL, tags.STEP: identity.step}

    def nest(above: "Run") -> "Run":
        given = {tags.JOB_NAME: identity.job_name, tags.PARENT_RUN: above.info.run_id}
        return client.create_run(
            experiment_id,
            start_time=started,
            run_name=identity.name,
            tags={**of_step, **given, **(more or {})},
        )

    key = {tags.EXECUTION_ID: identity.execution_id, tags.LEVEL: tags.EXECUTION}
    if not identity.trial:
        return _nested(client, experiment_id, identity.execution_id, key, common, started, nest)
    above = _nested(
        client, experiment_id, identity.execution_id, key, common, started, lambda run: run
    )[0]
    key = {tags.PARENT_RUN: above.info.run_id, tags.TRIALS: _tuning_job(identity.job_name)}
    return _nested(client, experiment_id, identity.step, key, of_step, started, nest)


def _combined(above: "Run", nested: Iterable["Run"], statuses: Mapping[str, str]) -> str:
    """Make a run's status of those nested in it."""
    if tags.TRIALS in above.data.tags:
        order = (RUNNING, FINISHED, KILLED, FAILED)
        seen = {statuses[run.info.run_id] for run in nested}
    else:
        order = (FAILED, KILLED, RUNNING, FINISHED)
        latest = {run.data.tags.get(tags.STEP, run.info.run_id): run.info.run_id for run in nested}
        seen = {statuses[run_id] for run_id in latest.values()}
    return next((status for status in order if status in seen), FINISHED)


def _set(client: "MlflowClient", above: "Run", status: str, reason: str) -> None:
    """Set the status of a run that others are nested in, and its reason."""
    if status == RUNNING:
        if reason:
            client.set_tag(above.info.run_id, tags.FAILURE_REASON, reason)
        return
    end(client, above.info.run_id, status, "" if status == FINISHED else reason)
    if status == FINISHED and tags.FAILURE_REASON in above.data.tags:
        for name in (tags.FAILURE_REASON, tags.NOTE):  # of an attempt that came to nothing
            if name in above.data.tags:
                client.delete_tag(above.info.run_id, name)


def _nested(
    client: "MlflowClient",
    experiment_id: str,
    name: str,
    key: Mapping[str, str],
    more: Mapping[str, str],
    started: int | None,
    nest: Callable[["Run"], "Run"],
) -> tuple["Run", "Run"]:
    """Find the run with some tags, running again, or create it; and nest another in it.

    Where several processes create it at once, all agree on the first of them. To nest nothing,
    return the run itself.
    """
    found = search(client, experiment_id, key)
    if found:
        if found[0].info.status != RUNNING:
            client.update_run(found[0].info.run_id, status=RUNNING)
        return found[0], nest(found[0])
    created = client.create_run(
        experiment_id, start_time=started, run_name=name, tags={**more, **key}
    )
    nested: list[Run] = []
    found = store.at_once(
        client,
        lambda: search(client, experiment_id, key),
        lambda: nested.append(nest(created)),
    )
    first = found[0] if found else created
    if first.info.run_id != created.info.run_id:
        if nested[0] is not created:
            client.set_tag(nested[0].info.run_id, tags.PARENT_RUN, first.info.run_id)
        client.delete_run(created.info.run_id)
    return first, nested[0]


def _tuning_job(training_job: str) -> str:
    """Return the name of the tuning job that a training job is one of."""
    return training_job.rsplit("-", 2)[0]


def _user() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # a container's user id without a name
        return "unknown"
