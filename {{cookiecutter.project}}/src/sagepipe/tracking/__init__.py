"""MLflow, from inside a job.

Authors call ``log_params``, ``log_metrics``, ``log_figure``, ``log_artifact``, ``log_artifacts``,
``log_dataset``, ``log_model`` and ``set_tags``. Without an active run, in a unit test or with
tracking ``off``, each does nothing, and MLflow is not imported.
"""

from typing import TYPE_CHECKING

from sagepipe import lazy

if TYPE_CHECKING:
    from sagepipe.tracking.errors import TrackingError as TrackingError
    from sagepipe.tracking.executions import ExecutionRun as ExecutionRun
    from sagepipe.tracking.executions import fail_execution as fail_execution
    from sagepipe.tracking.executions import fail_step as fail_step
    from sagepipe.tracking.executions import find_execution as find_execution
    from sagepipe.tracking.executions import finish_step as finish_step
    from sagepipe.tracking.identity import StepIdentity as StepIdentity
    from sagepipe.tracking.lineage import Link as Link
    from sagepipe.tracking.lineage import trace as trace
    from sagepipe.tracking.log import log_artifact as log_artifact
    from sagepipe.tracking.log import log_artifacts as log_artifacts
    from sagepipe.tracking.log import log_dataset as log_dataset
    from sagepipe.tracking.log import log_figure as log_figure
    from sagepipe.tracking.log import log_metrics as log_metrics
    from sagepipe.tracking.log import log_model as log_model
    from sagepipe.tracking.log import log_params as log_params
    from sagepipe.tracking.log import log_result_metrics as log_result_metrics
    from sagepipe.tracking.log import log_step as log_step
    from sagepipe.tracking.log import log_suite as log_suite
    from sagepipe.tracking.log import set_tags as set_tags
    from sagepipe.tracking.logged_model import LoggedModel as LoggedModel
    from sagepipe.tracking.registry import Alignment as Alignment
    from sagepipe.tracking.registry import Package as Package
    from sagepipe.tracking.registry import align as align
    from sagepipe.tracking.reused import record_reused as record_reused
    from sagepipe.tracking.run import step_run as step_run
    from sagepipe.tracking.sync import Uploaded as Uploaded
    from sagepipe.tracking.sync import sync as sync
    from sagepipe.tracking.tuning import mark_best as mark_best
    from sagepipe.tracking.views import arrange as arrange

_HOMES = {
    "Alignment": "registry",
    "ExecutionRun": "executions",
    "Link": "lineage",
    "LoggedModel": "logged_model",
    "Package": "registry",
    "StepIdentity": "identity",
    "TrackingError": "errors",
    "Uploaded": "sync",
    "align": "registry",
    "arrange": "views",
    "fail_execution": "executions",
    "fail_step": "executions",
    "find_execution": "executions",
    "finish_step": "executions",
    "log_artifact": "log",
    "log_artifacts": "log",
    "log_dataset": "log",
    "log_figure": "log",
    "log_metrics": "log",
    "log_model": "log",
    "log_params": "log",
    "log_result_metrics": "log",
    "log_step": "log",
    "log_suite": "log",
    "mark_best": "tuning",
    "record_reused": "reused",
    "set_tags": "log",
    "step_run": "run",
    "sync": "sync",
    "trace": "lineage",
}
__all__ = list(_HOMES)

if not TYPE_CHECKING:  # else mypy would believe that any name is there
    __getattr__ = lazy.names(__name__, _HOMES)
