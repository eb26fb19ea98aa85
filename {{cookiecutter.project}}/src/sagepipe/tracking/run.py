"""The run of the step that this process executes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from sagepipe.contract import names
from sagepipe.tracking import executions, store
from sagepipe.tracking.identity import StepIdentity

if TYPE_CHECKING:
    from mlflow import MlflowClient

T = TypeVar("T")


@dataclass
class ActiveRun:
    """A step's open MLflow run. Nothing that goes wrong here stops the step.

    Attributes:
        identity: The step.
        client: The store.
        run_id: The step's run.
        parent_id: The execution's run.
        logged: Files that are artifacts of the run already.
    """

    identity: StepIdentity
    client: "MlflowClient"
    run_id: str
    parent_id: str
    logged: set[Path] = field(default_factory=set)
    _lost: bool = False

    def attempt(self, what: str, call: Callable[[], T]) -> T | None:
        """Call MLflow; a fault becomes a warning.

        Once a server no longer answers, it isn't asked again in this step: waiting for it at every
        call would cost more than the records are worth.

        Args:
            what: What is recorded, for the warning.
            call: What records it.

        Returns:
            What the call returns; None where it was not made or failed.
        """
        if self._lost:
            return None
        try:
            return call()
        except Exception as error:
            executions.warn(f"{what} not recorded: {_one_line(error)}")
            if _is_unreachable(error):
                self._lost = True
                executions.warn("the server is not asked again in this step")
            return None


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
        The run, or None with tracking off or its store out of reach: the step then goes on
        without records.
    """
    global _active
    _active = None if store.is_off(identity.tracking_uri) else _open(identity)
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
    try:
        with store.short_patience(), store.first_use(identity.tracking_uri):
            client = store.client(identity.tracking_uri)
            parent, step = executions.open_step(client, identity)
            import mlflow

            mlflow.start_run(run_id=step.info.run_id)
    except Exception as error:
        executions.warn(
            f"{identity.tracking_uri} can't be used, so {names.NOT_RECORDED}: {_one_line(error)}"
        )
        return None
    if identity.tracking_uri.startswith("http"):
        page = executions.page(parent.info.experiment_id, parent.info.run_id)
        print(f"sagepipe: recorded at {identity.tracking_uri.rstrip('/')}/{page}")
    return ActiveRun(identity, client, step.info.run_id, parent.info.run_id)


def _close(run: ActiveRun | None, status: str, reason: str = "") -> None:
    if run is None:
        return
    import mlflow

    try:
        with store.short_patience():
            executions.end(run.client, run.run_id, status, reason)
            executions.settle(
                run.client, run.parent_id, f"{run.identity.step}: {reason}" if reason else ""
            )
            mlflow.end_run(status)
    except Exception as error:
        executions.warn(f"the end of the run ({status}) is not recorded: {_one_line(error)}")


def _is_unreachable(error: Exception) -> bool:
    """Say whether a fault is the server's, not the call's."""
    return isinstance(error, OSError) or "API request to" in str(error)


def _one_line(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"
