"""MLflow, from inside a job.

Authors call ``log_params``, ``log_metrics``, ``log_figure``, ``log_artifact``, ``log_artifacts``,
``log_dataset``, ``log_model`` and ``set_tags``. Without an active run, in a unit test or with
tracking ``off``, each does nothing, and MLflow is not imported.
"""

from sagepipe.tracking.errors import TrackingError
from sagepipe.tracking.executions import (
    ExecutionRun,
    fail_execution,
    fail_step,
    find_execution,
    finish_step,
)
from sagepipe.tracking.identity import StepIdentity
from sagepipe.tracking.lineage import Link, trace
from sagepipe.tracking.log import (
    log_artifact,
    log_artifacts,
    log_dataset,
    log_figure,
    log_metrics,
    log_model,
    log_params,
    log_result_metrics,
    log_step,
    log_suite,
    set_tags,
)
from sagepipe.tracking.logged_model import LoggedModel
from sagepipe.tracking.registry import Alignment, Package, align
from sagepipe.tracking.reused import record_reused
from sagepipe.tracking.run import step_run
from sagepipe.tracking.sync import Uploaded, sync
from sagepipe.tracking.tuning import mark_best

__all__ = [
    "Alignment",
    "ExecutionRun",
    "Link",
    "LoggedModel",
    "Package",
    "StepIdentity",
    "TrackingError",
    "Uploaded",
    "align",
    "fail_execution",
    "fail_step",
    "find_execution",
    "finish_step",
    "log_artifact",
    "log_artifacts",
    "log_dataset",
    "log_figure",
    "log_metrics",
    "log_model",
    "log_params",
    "log_result_metrics",
    "log_step",
    "log_suite",
    "mark_best",
    "record_reused",
    "set_tags",
    "step_run",
    "sync",
    "trace",
]
