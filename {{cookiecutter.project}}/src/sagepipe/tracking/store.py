"""Opening MLflow's store: bounded in time, and safe where several steps come first at once."""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, TypeVar, cast

from sagepipe.contract import names
from sagepipe.tracking import sqlite
from sagepipe.tracking.errors import TrackingError

if TYPE_CHECKING:
    from mlflow import MlflowClient

T = TypeVar("T")

ARTIFACTS = "mlartifacts"
_SQLITE = "sqlite:///"
# A server that SageMaker manages, as the plugin sagemaker-mlflow takes it: both kinds, and the
# partitions that it knows.
_MANAGED = re.compile(
    r"arn:aws(-us-gov)?:sagemaker:[a-z0-9-]+:\d{12}:(mlflow-tracking-server|mlflow-app)/[^/:]+"
)

# MLflow's defaults (7 retries of 120 s) would hold a step up for many minutes. Whatever the
# environment sets wins.
_OPENING = {"MLFLOW_HTTP_REQUEST_TIMEOUT": "10", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1"}
_WORKING = {"MLFLOW_HTTP_REQUEST_TIMEOUT": "60", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "3"}
# What MLflow is to find set while it is imported.
ENVIRONMENT = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_LOGGING_LEVEL": "WARNING",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",  # it prints them at each change of status
}


def is_off(tracking_uri: str) -> bool:
    """Say whether tracking is switched off."""
    return not tracking_uri or tracking_uri == names.TRACKING_OFF


def client(tracking_uri: str) -> "MlflowClient":
    """Import MLflow and connect to a store.

    Args:
        tracking_uri: Any URI that MLflow knows.

    Returns:
        The client. A new SQLite store is made on its first use, which takes seconds.

    Raises:
        TrackingError: It is an ARN of no MLflow server, or the plugin for ARNs is not installed.
    """
    _connect(tracking_uri)
    import mlflow

    return mlflow.MlflowClient(tracking_uri)


def step_client(tracking_uri: str) -> "MlflowClient":
    """Import MLflow and connect to a store, for the records of a step.

    Args:
        tracking_uri: Any URI that MLflow knows.

    Returns:
        The client; for a SQLite store one that has its methods and does what a step does many times
        as fast.

    Raises:
        TrackingError: As ``client``.
    """
    file = sqlite_file(tracking_uri)
    if file is None or not sqlite.fits(file):
        return client(tracking_uri)
    _connect(tracking_uri)
    made: Any = sqlite.SqliteClient(tracking_uri, file)
    return cast("MlflowClient", made)


def together(client: "MlflowClient") -> AbstractContextManager[object]:
    """Make calls in the block one transaction, where the store has any."""
    given: Any = client
    return given.together() if isinstance(given, sqlite.SqliteClient) else nullcontext()


def at_once(client: "MlflowClient", first: Callable[[], T], *others: Callable[[], Any]) -> T:
    """Make calls beside each other where a server takes them, and one by one in a file.

    Args:
        client: The store.
        first: What is called in this thread, which MLflow's settings for one thread hold in.
        others: The others.

    Returns:
        What the first returns.

    Raises:
        Exception: What one of them raised, after all have ended.
    """
    if not others or sqlite_file(client.tracking_uri):
        found = first()
        for call in others:
            call()
        return found
    raised: list[Exception] = []

    def try_to(call: Callable[[], Any]) -> None:
        try:
            call()
        except Exception as error:
            raised.append(error)

    # A job that is stopped leaves them behind: it has no time to wait for a server that hangs.
    threads = [Thread(target=try_to, args=(call,), daemon=True) for call in others]
    for thread in threads:
        thread.start()
    made: list[T] = []
    try_to(lambda: made.append(first()))
    for thread in threads:
        thread.join()
    if raised:
        raise raised[0]
    return made[0]


def _connect(tracking_uri: str) -> None:
    if tracking_uri.startswith("arn:"):
        _check_managed(tracking_uri)
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    import mlflow

    mlflow.set_tracking_uri(tracking_uri)


def _check_managed(arn: str) -> None:
    """See that MLflow can use a server that SageMaker manages."""
    if not _MANAGED.fullmatch(arn):
        raise TrackingError(
            f"{arn} names no MLflow server: mlflow_tracking_uri in sagepipe.toml is "
            "arn:aws:sagemaker:REGION:ACCOUNT:mlflow-tracking-server/NAME, or mlflow-app/ID at "
            "its end"
        )
    try:
        import sagemaker_mlflow  # noqa: F401
    except ImportError:
        raise TrackingError(
            f"{arn} needs the package sagemaker-mlflow, which is not installed here: add "
            '"sagemaker-mlflow" to the extra train in pyproject.toml, run `make pins`, install '
            "it and build the image anew"
        ) from None


def experiment_id(client: "MlflowClient", tracking_uri: str, name: str) -> str:
    """Find an experiment, or create it.

    Args:
        client: The store.
        tracking_uri: Its URI; a SQLite store's artifacts go to ``mlartifacts`` beside it.
        name: The experiment's name.

    Returns:
        The experiment's id.
    """
    from mlflow.exceptions import MlflowException

    found = client.get_experiment_by_name(name)
    if found is None:
        database = sqlite_file(tracking_uri)
        place = (database.parent / ARTIFACTS / name).as_uri() if database else None
        try:
            return client.create_experiment(name, artifact_location=place)
        except MlflowException:  # another step was first
            found = client.get_experiment_by_name(name)
            if found is None:
                raise
    return found.experiment_id


def sqlite_file(tracking_uri: str) -> Path | None:
    """Return the file of a SQLite store, or None for any other store."""
    if not tracking_uri.startswith(_SQLITE):
        return None
    return Path(tracking_uri[len(_SQLITE) :]).absolute()


@contextmanager
def first_use(tracking_uri: str) -> Iterator[None]:
    """Let one process at a time open a SQLite store.

    MLflow creates and migrates a new store without a lock of its own. The lock is on the store's
    folder, so that no lock file is left beside it.

    Args:
        tracking_uri: The store; any but SQLite brings its own order.
    """
    database = sqlite_file(tracking_uri)
    if database is None:
        yield
        return
    import fcntl

    database.parent.mkdir(parents=True, exist_ok=True)
    folder = os.open(database.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


@contextmanager
def short_patience() -> Iterator[None]:
    """Give up on an unreachable server within half a minute while a run is opened."""
    ours = {name for name, value in _WORKING.items() if os.environ.get(name, value) == value}
    os.environ.update({name: _OPENING[name] for name in ours})
    try:
        yield
    finally:
        os.environ.update({name: _WORKING[name] for name in ours})
