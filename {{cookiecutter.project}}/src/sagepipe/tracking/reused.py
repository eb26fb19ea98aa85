"""Steps that took the outputs of an earlier run: no job started that could say so."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sagepipe.tracking import runs, store, tags
from sagepipe.tracking.errors import warn
from sagepipe.tracking.identity import StepIdentity

if TYPE_CHECKING:
    from mlflow import MlflowClient


def record_reused(
    tracking_uri: str, experiment: str, execution_id: str, sources: Mapping[str, str]
) -> None:
    """Nest a run in an execution's for each step that it did not run, pointing at the run it is of.

    What the earlier run was given and came to stands on this execution's run too, so that
    executions compare. A store that can't be reached is named in a warning.

    Args:
        tracking_uri: The store, or ``off``.
        experiment: The experiment's name.
        execution_id: The execution.
        sources: The executions that the outputs are of, by step.
    """
    if store.is_off(tracking_uri) or not sources:
        return
    try:
        with store.short_patience(), store.first_use(tracking_uri):
            client = store.client(tracking_uri)
            for step, source in sources.items():
                identity = StepIdentity(tracking_uri, experiment, execution_id, step)
                _record(client, identity, source)
    except Exception as error:
        warn(f"the reused steps of {execution_id} are not recorded: {error}")


def _record(client: "MlflowClient", identity: StepIdentity, source: str) -> None:
    from mlflow.entities import Metric, Param

    found = runs.find_step(client, identity.experiment, source, identity.step)
    if found is None:  # that run was not tracked: there is nothing to point at
        return
    above = client.get_run(found.data.tags[tags.PARENT_RUN])
    more = {
        tags.REUSED_FROM: source,
        tags.REUSED_RUN: found.info.run_id,
        tags.NOTE: f"Not run again: its outputs are of execution {source}, run "
        f"{runs.page(found.info.experiment_id, found.info.run_id)}",
    }
    parent, step = runs.open_step(client, identity, more)
    before = f"{identity.step}."
    client.log_batch(
        parent.info.run_id,
        params=[
            Param(name, value)
            for name, value in above.data.params.items()
            if name.startswith(before) and parent.data.params.get(name, value) == value
        ],
        metrics=[
            Metric(name, value, step.info.start_time, 0)
            for name, value in found.data.metrics.items()
            if name in above.data.metrics
        ],
    )
    runs.end(client, step.info.run_id, runs.FINISHED)
    runs.settle(client, parent.info.experiment_id, identity.execution_id, parent.info.run_id)
