"""The step's run as MLflow's active run, so that MLflow's own functions and autologging work."""

from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mlflow.entities import Run

_NOWHERE = "nowhere://"  # a tracking URI that MLflow has no store for


def take(run: "Run") -> None:
    """Make a run that was just created MLflow's active one.

    ``mlflow.start_run`` would read it, set it running and read it again: three requests to learn
    what is known. It is asked only where it does more, which is to watch the system's metrics.

    Args:
        run: The run.
    """
    import mlflow
    from mlflow.tracking import fluent

    stack = getattr(fluent, "_active_run_stack", None)
    if stack is None or _watches_system():
        mlflow.start_run(run_id=run.info.run_id)
    else:
        active: Any = mlflow.ActiveRun
        stack.get().append(active(run))


def wait() -> None:
    """Wait for what MLflow's own functions do in threads of theirs."""
    import threading

    if any(thread.name.startswith("MLflowAsyncLogging") for thread in threading.enumerate()):
        import mlflow

        mlflow.flush_async_logging()


def end(status: str) -> None:
    """Let MLflow end what it does beside the run; the run itself was ended.

    Args:
        status: The run's.
    """
    import mlflow

    if _watches_system():
        mlflow.end_run(status)


def forget() -> None:
    """Take MLflow's active run from it without asking any server, as it would when we end it."""
    import mlflow
    from mlflow.exceptions import MlflowException

    uri = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(_NOWHERE)
    while mlflow.active_run():
        with suppress(MlflowException):
            mlflow.end_run()
    mlflow.set_tracking_uri(uri)


def _watches_system() -> bool:
    from mlflow import environment_variables

    setting: Any = environment_variables.MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING
    return bool(setting.get())
