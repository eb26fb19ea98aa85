"""The best training job of a tuning step, which only the tuning job knows."""

from collections.abc import Collection
from typing import TYPE_CHECKING

from sagepipe.tracking import runs, store, tags
from sagepipe.tracking.errors import warn

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run


def mark_best(tracking_uri: str, experiment: str, execution_id: str, jobs: Collection[str]) -> None:
    """Mark the best training job of each tuning step, and give the step's run its metrics.

    A store that can't be reached is named in a warning.

    Args:
        tracking_uri: The store, or ``off``.
        experiment: The experiment's name.
        execution_id: The execution.
        jobs: The names of the best training jobs, one for each tuning step.
    """
    if store.is_off(tracking_uri) or not jobs:
        return
    try:
        with store.short_patience(), store.first_use(tracking_uri):
            client = store.client(tracking_uri)
            parent = runs.find_parent(client, experiment, execution_id)
            for run in runs.steps(client, parent) if parent else ():
                if run.data.tags.get(tags.JOB_NAME) in jobs:
                    _mark(client, run)
    except Exception as error:
        warn(f"the best training jobs of {execution_id} are not marked: {error}")


def _mark(client: "MlflowClient", best: "Run") -> None:
    from mlflow.entities import Metric, RunTag

    client.set_tag(best.info.run_id, tags.BEST, "true")
    ended = best.info.end_time or best.info.start_time
    client.log_batch(
        best.data.tags[tags.PARENT_RUN],
        metrics=[Metric(name, value, ended, 0) for name, value in best.data.metrics.items()],
        tags=[RunTag(tags.BEST_TRIAL, str(best.info.run_name))],
    )
