"""The run of the step that this process executes."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from sagepipe.contract import names
from sagepipe.tracking import current, runs, spool, store, tags
from sagepipe.tracking.errors import TrackingError, is_refusal, one_line, warn
from sagepipe.tracking.identity import StepIdentity
from sagepipe.tracking.records import Records, merged

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

T = TypeVar("T")


@dataclass
class ActiveRun:
    """A step's open MLflow run.

    Attributes:
        identity: The step.
        client: The store.
        run: The step's run.
        parent_id: The run that it is nested in: its execution's, or its tuning step's.
        logged: Files that are artifacts of the run already.
        kept: Whether the store is the spool in the job's output.
        own: What was recorded on the step's run so far; a model that is logged gets it too.
        later: Records that wait for the next that are sent, or the end, and whether they are of the
            run above; the runtime's own, made when the component has returned.
    """

    identity: StepIdentity
    client: "MlflowClient"
    run: "Run"
    parent_id: str
    logged: set[Path] = field(default_factory=set)
    kept: bool = False
    own: Records = field(default_factory=Records)
    later: list[tuple[bool, Records]] = field(default_factory=list)
    _lost: bool = False

    @property
    def run_id(self) -> str:
        """The id of the step's run."""
        return str(self.run.info.run_id)

    @property
    def experiment_id(self) -> str:
        """Its experiment's id."""
        return str(self.run.info.experiment_id)

    def record(self, own: Records, above: Records | None = None) -> None:
        """Record parameters, metrics and tags, with those that wait, in one request for each run.

        Args:
            own: What to record on the step's run.
            above: What to record on the run that it is nested in.
        """
        given = [*self.later, (False, own), (True, above or Records())]
        self.later = []
        self.own.add(own)
        named = [(part.what, (up, part)) for up, records in given for part in records.parts()]
        self.attempt_all(named, self._send)

    def _send(self, parts: Sequence[tuple[bool, Records]]) -> None:
        def send(run_id: str, batches: Sequence[Records]) -> None:
            for batch in batches:
                self.client.log_batch(run_id, batch.metrics, batch.params, batch.tags)

        calls = [
            partial(send, run_id, batches)
            for above, run_id in ((False, self.run_id), (True, self.parent_id))
            if (batches := list(merged([part for up, part in parts if up == above])))
        ]
        with store.together(self.client):
            store.at_once(self.client, *calls)

    def attempt_all(
        self, parts: Sequence[tuple[str, T]], call: Callable[[Sequence[T]], None]
    ) -> None:
        """Record several things in one call; where MLflow refuses one, each in a call of its own.

        Args:
            parts: What is recorded, each with its name for a warning.
            call: What records some of them.

        Raises:
            TrackingError: It failed, and the policy requires that it does not.
        """

        def together() -> bool:
            try:
                call([part for _, part in parts])
            except Exception as error:
                if len(parts) == 1 or self.identity.required or not is_refusal(error):
                    raise
                return False
            return True

        if parts and self.attempt(", ".join(what for what, _ in parts), together) is False:
            for what, part in parts:
                self.attempt(what, partial(call, [part]))

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
                warn(f"{what} not recorded: {one_line(error)}")
                return None
            self._keep(what, error)
        return self.attempt(what, call)

    def _keep(self, what: str, error: Exception) -> None:
        """Go on in the job's output."""
        warn(f"{what} was not taken by {self.identity.tracking_uri}: {one_line(error)}")
        opened = _keep(self.identity, continues=self.run_id)
        if opened is None:
            self._lost = True
            warn(
                "the server is not asked again in this step, and the job has no output that could "
                "keep its records: the rest is not recorded"
            )
            return
        warn(spool.ADVICE)
        self.client, self.run, self.parent_id = opened.client, opened.run, opened.parent_id
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
        if run:
            run.record(Records())
    except (Exception, SystemExit) as error:
        _close(run, runs.FAILED, describe(error))
        raise
    except BaseException as error:
        _close(run, runs.KILLED, describe(error))
        raise
    else:
        _close(run, runs.FINISHED)
    finally:
        _active = None


def _open(identity: StepIdentity) -> ActiveRun | None:
    uri = identity.tracking_uri
    try:
        with store.short_patience(), store.first_use(uri):
            client = store.step_client(uri)
            parent, step = runs.open_step(client, identity)
            current.take(step)
    except Exception as error:
        if identity.required:
            raise _required(identity, f"{uri} can't be used: {one_line(error)}") from error
        run = _keep(identity)
        done = names.KEPT if run else names.NOT_RECORDED
        warn(f"{uri} can't be used, so {done}: {one_line(error)}")
        if run:
            warn(spool.ADVICE)
        return run
    if uri.startswith("http"):
        page = runs.page(parent.info.experiment_id, parent.info.run_id)
        print(f"sagepipe: recorded at {uri.rstrip('/')}/{page}")
    return ActiveRun(identity, client, step, parent.info.run_id)


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
        client = store.step_client(place.tracking_uri)
        parent, step = runs.open_step(client, place, more)
        current.forget()
        current.take(step)
    except Exception as error:
        warn(f"{place.tracking_uri} can't be used: {one_line(error)}")
        return None
    return ActiveRun(identity, client, step, parent.info.run_id, kept=True)


def _close(run: ActiveRun | None, status: str, reason: str = "") -> None:
    if run is None:
        return

    def close() -> None:
        said = f"{run.identity.name}: {reason}" if reason else ""
        current.wait()
        with store.short_patience(), store.together(run.client):
            runs.end(run.client, run.run_id, status, reason)
            execution_id = run.identity.execution_id
            runs.settle(run.client, run.experiment_id, execution_id, run.parent_id, said)
            current.end(status)

    try:
        run.record(Records())
        run.attempt(f"the end of the run ({status})", close)
    except TrackingError as error:
        if status == runs.FINISHED:
            raise
        warn(str(error))  # why the step itself failed matters more
    finally:
        current.forget()


def _required(identity: StepIdentity, what: str) -> TrackingError:
    return TrackingError(
        f"MLflow: {what}; step {identity.name!r} fails as mlflow_policy is "
        f"{names.REQUIRED!r}: see to the server, or set {names.BEST_EFFORT!r} to keep records "
        "until it is back"
    )
