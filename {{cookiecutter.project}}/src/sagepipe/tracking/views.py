"""The columns with which MLflow's UI shows the executions of a pipeline."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sagepipe.contract import intervals
from sagepipe.tracking import store, tags
from sagepipe.tracking.errors import one_line, warn

if TYPE_CHECKING:
    from mlflow.entities import Run

_VIEW = "sagepipe"
# MLflow's UI shows a view that is shared so: a tag of the experiment, and its key in the address.
_TAG = f"mlflow.sharedViewState.{_VIEW}"
_EXPERIMENTS = "#/experiments?workflowType=machine_learning"
_LOOKED_AT = 50  # executions
_MOST = 6  # columns of a kind; with more, what is to be compared doesn't fit on a screen


def arrange(tracking_uri: str) -> str:
    """Have MLflow's UI show executions with what they were given and what they came to.

    Left to itself it shows when a run was, how long it took, and no parameter or metric.

    Args:
        tracking_uri: The store.

    Returns:
        The page of the experiment that ran last, relative to the UI's address; that of all
        experiments where none ran, or where the store can't be used, which is a warning.
    """
    try:
        with store.short_patience(), store.first_use(tracking_uri):
            return _arrange(tracking_uri)
    except Exception as error:
        warn(f"the columns of MLflow's pages are not set: {one_line(error)}")
        return _EXPERIMENTS


def columns(executions: Sequence["Run"]) -> list[str]:
    """Choose columns: metrics, not the ends of their intervals, and parameters.

    The parameters are those that differ, or all where none does.

    Args:
        executions: Their runs, the newest first.

    Returns:
        Columns, as MLflow's UI calls them.
    """
    metrics = dict.fromkeys(name for run in executions for name in run.data.metrics)
    shown = [name for name in metrics if name not in intervals.ends(metrics)]
    params = dict.fromkeys(name for run in executions for name in run.data.params)
    differ = [name for name in params if len({run.data.params.get(name) for run in executions}) > 1]
    return [
        "attributes.`Duration`",
        *(f"metrics.`{name}`" for name in shown[:_MOST]),
        *(f"params.`{name}`" for name in (differ or list(params))[:_MOST]),
    ]


def _arrange(tracking_uri: str) -> str:
    client = store.client(tracking_uri)
    newest: tuple[int, str] | None = None
    for experiment in client.search_experiments():
        found = client.search_runs(
            [experiment.experiment_id],
            f"tags.`{tags.LEVEL}` = '{tags.EXECUTION}'",
            max_results=_LOOKED_AT,
            order_by=["attributes.start_time DESC"],
        )
        if not found:
            continue
        view = json.dumps({"selectedColumns": columns(found)})
        if experiment.tags.get(_TAG) != view:
            client.set_experiment_tag(experiment.experiment_id, _TAG, view)
        newest = max(newest or (0, ""), (found[0].info.start_time, experiment.experiment_id))
    if newest is None:
        return _EXPERIMENTS
    return f"#/experiments/{newest[1]}/runs?workflowType=machine_learning&viewStateShareKey={_VIEW}"
