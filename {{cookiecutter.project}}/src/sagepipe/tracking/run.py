"""The run of the step that this process executes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from sagepipe.contract import names
from sagepipe.tracking import executions, spool, store, tags
from sagepipe.tracking.errors import TrackingError, is_refusal, one_line
from sagepipe.tracking.identity import StepIdentity

if TYPE_CHECKING:
    from mlflow import MlflowClient

T = TypeVar("T")
_NOWHERE = "nowhere://"  # a tracking URI that MLflow has no store for


@dataclass
class ActiveRun:
    """A step's open MLflow run.

    Attributes:
        identity: The step.
        client: The store.
        run_id: The step's run.
        parent_id: The run that it is nested in: its execution's, or its tuning step's.
        logged: Files that are artifacts of the run already.
        kept: Whether the store is the spool in the job's output.
    """

    identity: StepIdentity
    client: "MlflowClient"
    run_id: str
    parent_id: str
    logged: set[Path] = field(default_factory=set)
    kept: bool = False
    _lost: bool = False

    def attempt(self, what: str, call: Callable[[], T]) -> T | None:
        """Call MLflow; what becomes of a fault is the policy's to say.

        Where MLflow may be used but need not be, a call that it refuses is a warning. A server that
        fails isn't asked again in this step: what it did not take goes to the job's output, from
        this call on.

        Args:
            what: What is recorded, for the warning.
            call: What records it; it reads the run's client and ids when it is called, as they
                change when the server is lost.

        Returns:
            What the call returns; None where it was not made or failed.

        Raises:
            TrackingError: It failed, and the policy requires that it does not.
        """
        if self._lost:
            return None
        try:
            return call()
        except Exception as error:
            if self.identity.required:
                said = f"{what} not recorded in {self.identity.tracking_uri}: {one_line(error)}"
                raise _required(self.identity, said) from error
            if self.kept or is_refusal(error):
                executions.warn(f"{what} not recorded: {one_line(error)}")
                return None
            self._keep(what, error)
        return self.attempt(what, call)

    def _keep(self, what: str, error: Exception) -> None:
        """Go on in the job's output."""
        executions.warn(f"{what} was not taken by {self.identity.tracking_uri}: {one_line(error)}")
        opened = _keep(self.identity, continues=self.run_id)
        if opened is None:
            self._lost = True
            executions.warn(
                "the server is not asked again in this step, and the job has no output that could "
                "keep its records: the rest is not recorded"
            )
            return
        executions.warn(spool.ADVICE)
        self.client, self.run_id, self.parent_id = opened.client, opened.run_id, opened.parent_id
        self.kept = True


_active: ActiveRun | None = None


def active() -> ActiveRun | None:
    """Return the run of the step that this process executes, if one is open."""
    return _active


@contextmanager
def step_run(
    identity: StepIdentity, describe: Callable[[BaseException], str] = str
) -> Iterator[ActiveRun | None]:
    """Record what happens in the block as a step's run, nested in its execution's.

    The run is MLflow's active run meanwhile, so that MLflow's own functions and autologging work.

    Args:
        identity: The step.
        describe: Makes a failure's reason of an exception.

    Yields:
        The run. None with tracking off, or where its store is out of reach and the job has no
        output that could keep the records: the step then goes on without.

    Raises:
        TrackingError: The store can't be used, and the policy requires it.
    """
    global _active
    off = store.is_off(identity.tracking_uri) or identity.policy == names.TRACKING_OFF
    _active = None if off else _open(identity)
    run = _active
    try:
        yield run
    except (Exception, SystemExit) as error:
        _close(run, executions.FAILED, describe(error))
        raise
    except BaseException as error:
        _close(run, executions.KILLED, describe(error))
        raise
    else:
        _close(run, executions.FINISHED)
    finally:
        _active = None


def _open(identity: StepIdentity) -> ActiveRun | None:
    uri = identity.tracking_uri
    try:
        with store.short_patience(), store.first_use(uri):
            client = store.client(uri)
            parent, step = executions.open_step(client, identity)
            import mlflow

            mlflow.start_run(run_id=step.info.run_id)
    except Exception as error:
        if identity.required:
            raise _required(identity, f"{uri} can't be used: {one_line(error)}") from error
        run = _keep(identity)
        done = names.KEPT if run else names.NOT_RECORDED
        executions.warn(f"{uri} can't be used, so {done}: {one_line(error)}")
        if run:
            executions.warn(spool.ADVICE)
        return run
    if uri.startswith("http"):
        page = executions.page(parent.info.experiment_id, parent.info.run_id)
        print(f"sagepipe: recorded at {uri.rstrip('/')}/{page}")
    return ActiveRun(identity, client, step.info.run_id, parent.info.run_id)


def _keep(identity: StepIdentity, continues: str = "") -> ActiveRun | None:
    """Open a run in the job's output, as MLflow's active run.

    Args:
        identity: The step.
        continues: The run that the server has of it.

    Returns:
        The run, or None where there is no place for it.
    """
    place = spool.of(identity)
    if place is None:
        return None
    more = {tags.CONTINUES: continues} if continues else {}
    try:
        client = store.client(place.tracking_uri)
        parent, step = executions.open_step(client, place, more)
        import mlflow

        _forget()
        mlflow.start_run(run_id=step.info.run_id)
    except Exception as error:
        executions.warn(f"{place.tracking_uri} can't be used: {one_line(error)}")
        return None
    return ActiveRun(identity, client, step.info.run_id, parent.info.run_id, kept=True)


def _close(run: ActiveRun | None, status: str, reason: str = "") -> None:
    if run is None:
        return

    def close() -> None:
        import mlflow

        with store.short_patience():
            executions.end(run.client, run.run_id, status, reason)
            executions.settle(
                run.client, run.parent_id, f"{run.identity.name}: {reason}" if reason else ""
            )
            mlflow.end_run(status)

    try:
        run.attempt(f"the end of the run ({status})", close)
    except TrackingError as error:
        if status == executions.FINISHED:
            raise
        executions.warn(str(error))  # why the step itself failed matters more
    finally:
        _forget()


def _forget() -> None:
    """Take MLflow's active run from it without asking any server, as it would when we end it."""
    import mlflow
    from mlflow.exceptions import MlflowException

    uri = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(_NOWHERE)
    while mlflow.active_run():
        with suppress(MlflowException):
            mlflow.end_run()
    mlflow.set_tracking_uri(uri)


def _required(identity: StepIdentity, what: str) -> TrackingError:
    return TrackingError(
        f"MLflow: {what}; step {identity.name!r} fails as mlflow_policy is "
        f"{names.REQUIRED!r}: see to the server, or set {names.BEST_EFFORT!r} to keep records "
        "until it is back"
    )
