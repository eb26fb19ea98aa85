"""``sagepipe mlflow sync``: upload what jobs kept in their outputs for MLflow's server."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

from sagepipe import tracking
from sagepipe.cli import plain, settings, telling
from sagepipe.contract.errors import SagepipeError
from sagepipe.local import History
from sagepipe.local.errors import UnknownExecutionError
from sagepipe.tracking import spool


def run(places: Sequence[Path], env: str, as_json: bool) -> None:
    """Upload, and say what was.

    Args:
        places: Folders and archives to look into; the project's own runs if none.
        env: Whose tracking URI to take.
        as_json: Whether to write JSON.

    Raises:
        SagepipeError: A place is not there, tracking is off, or the server can't be used.
    """
    project = settings.load()
    uri = project.store(env)
    for place in places:
        if not place.exists():
            raise SagepipeError(f"{place} is not there; name a folder or an output.tar.gz")
    uploaded: list[tracking.Uploaded] = []
    with ExitStack() as stack:
        for folder in spool.find(_folders(places or [project.state], stack)):
            uploaded += tracking.sync(folder, uri)
    _settle(History(project.state, project.root), uri, {item.execution_id for item in uploaded})
    if as_json:
        print(plain.lines([asdict(item) for item in uploaded]))
        return
    for item in uploaded:
        print(f"uploaded {item.step} of {item.execution_id}: run {item.run_id}")
    if not uploaded:
        print("nothing to upload: MLflow has all that jobs recorded")


def _folders(places: Iterable[Path], stack: ExitStack) -> Iterator[Path]:
    for place in places:
        if place.is_dir():
            yield place
            continue
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="sagepipe-")))
        spool.unpack(place, folder)
        yield folder


def _settle(history: History, uri: str, executions: Iterable[str]) -> None:
    """Tell MLflow how local runs ended: when they did, it could not be told."""
    for execution_id in executions:
        try:
            telling.tell(history.get(execution_id), history, uri)
        except UnknownExecutionError:  # it ran elsewhere
            continue
