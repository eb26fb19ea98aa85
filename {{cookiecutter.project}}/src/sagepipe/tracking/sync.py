"""Uploading records that MLflow's server did not take when they were made."""

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from sagepipe.contract import names
from sagepipe.tracking import runs, spool, store, tags
from sagepipe.tracking.errors import TrackingError, is_refusal, one_line
from sagepipe.tracking.identity import StepIdentity
from sagepipe.tracking.sync_models import UploadedModels

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

_PER_BATCH = 900  # MLflow: 1,000 metrics, params and tags in one request, and 100 of the latter
_FEW = 100
# What says where a run is, which the target says for itself.
_OWN = (tags.PARENT_RUN, tags.CONTINUES, tags.FAILURE_REASON, tags.NOTE)


def _is_own(tag: str) -> bool:
    return tag in _OWN or tag.startswith(tags.WANTED)


@dataclass(frozen=True)
class Uploaded:
    """A step's run that was uploaded.

    Attributes:
        execution_id: Its execution.
        step: The run's name.
        run_id: Its run on the server.
    """

    execution_id: str
    step: str
    run_id: str


def sync(folder: Path, tracking_uri: str) -> list[Uploaded]:
    """Upload what a job kept; doing so again changes nothing.

    Args:
        folder: The spool.
        tracking_uri: The store that takes it.

    Returns:
        What was uploaded; nothing where all of it had been.

    Raises:
        TrackingError: The store can't be used, or refuses; what is left can be uploaded later.
    """
    if _is_done(folder, tracking_uri):
        return []
    try:
        with _opened(folder) as kept, store.first_use(tracking_uri):
            target = store.client(tracking_uri)
            with store.short_patience():
                target.search_experiments(max_results=1)
            made = list(_Upload(folder, kept, target, tracking_uri).steps())
    except Exception as error:
        said = "refuses" if is_refusal(error) else "can't be used for"
        raise TrackingError(
            f"{tracking_uri} {said} the records in {folder}: {one_line(error)}; they are kept: "
            "sync again"
        ) from error
    with suppress(OSError):  # a folder that may only be read; the server knows what it has
        (folder / spool.SYNCED).write_text(_mark(tracking_uri))
    return made


def _is_done(folder: Path, tracking_uri: str) -> bool:
    file = folder / spool.SYNCED
    return file.is_file() and file.read_text() == _mark(tracking_uri)


def _mark(tracking_uri: str) -> str:
    """Stand for a store's address, which may hold a password."""
    return hashlib.sha256(tracking_uri.encode()).hexdigest()


@contextmanager
def _opened(folder: Path) -> "Iterator[MlflowClient]":
    """Open a copy: MLflow writes to a store that it opens, and the folder may be read-only."""
    with TemporaryDirectory(prefix="sagepipe-") as copy:
        database = shutil.copy(folder / names.SPOOL_DATABASE, copy)
        yield store.client(f"sqlite:///{database}")


class _Upload:
    """One spool on its way."""

    def __init__(
        self, folder: Path, kept: "MlflowClient", target: "MlflowClient", tracking_uri: str
    ) -> None:
        self._folder = folder
        self._kept = kept
        self._target = target
        self._uri = tracking_uri

    def steps(self) -> Iterator[Uploaded]:
        """Upload all steps in it."""
        for experiment in self._kept.search_experiments():
            found = self._kept.search_runs([experiment.experiment_id])
            by_id = {run.info.run_id: run for run in found}
            for run in sorted(found, key=lambda run: (run.info.start_time, run.info.run_id)):
                carried = run.data.tags
                if carried.get(tags.LEVEL) == tags.STEP_LEVEL and tags.TRIALS not in carried:
                    parent = by_id[carried[tags.PARENT_RUN]]
                    made = self._step(experiment.name, run, parent)
                    if made:
                        yield made

    def _step(self, experiment: str, run: "Run", parent: "Run") -> Uploaded | None:
        target_id = self._find_or_create(experiment, run, parent)
        target = self._target.get_run(target_id)
        if tags.SYNCED in target.data.tags:
            return None
        self._values(run, target_id)
        if tags.TRIALS not in parent.data.tags:
            self._values(parent, target.data.tags[tags.PARENT_RUN])
        self._data(run, target_id)
        self._files(run, target_id)
        UploadedModels(self._folder, self._kept, self._target, target).take(run)
        reason = run.data.tags.get(tags.FAILURE_REASON, "")
        status = run.info.status
        if status == runs.RUNNING:  # its process is gone, and nobody said why
            status, reason = runs.FAILED, "ended without a word"
        runs.end(self._target, target_id, status, reason, run.info.end_time)
        above = f"{run.info.run_name}: {reason}" if reason else ""
        carried = target.data.tags
        where = (target.info.experiment_id, carried[tags.EXECUTION_ID], carried[tags.PARENT_RUN])
        runs.settle(self._target, *where, above)
        self._target.set_tag(target_id, tags.SYNCED, "true")
        return Uploaded(run.data.tags[tags.EXECUTION_ID], str(run.info.run_name), target_id)

    def _find_or_create(self, experiment: str, run: "Run", parent: "Run") -> str:
        """Return the target's run of a step: the one that was begun there, or a new one."""
        from mlflow.exceptions import MlflowException

        carried = run.data.tags
        begun = carried.get(tags.CONTINUES)
        if begun:
            with suppress(MlflowException):
                found = self._target.get_run(begun)
                if found.data.tags.get(tags.JOB_NAME) == carried.get(tags.JOB_NAME):
                    return str(begun)
        made = _uploaded(self._target, experiment, run.info.run_id)
        if made:
            return made
        identity = StepIdentity(
            tracking_uri=self._uri,
            experiment=experiment,
            execution_id=carried[tags.EXECUTION_ID],
            step=carried[tags.STEP],
            job_name=carried.get(tags.JOB_NAME, ""),
            image_uri=carried.get(tags.IMAGE_URI, ""),
            image_digest=carried.get(tags.IMAGE_DIGEST, ""),
            trial=str(run.info.run_name) if tags.TRIALS in parent.data.tags else "",
        )
        more = {tags.SPOOL: run.info.run_id}
        _, step = runs.open_step(self._target, identity, more, run.info.start_time)
        return str(step.info.run_id)

    def _values(self, run: "Run", target_id: str) -> None:
        """Upload parameters, tags and all that metrics ever were."""
        from mlflow.entities import Param, RunTag

        params = [Param(name, value) for name, value in run.data.params.items()]
        labels = [RunTag(name, text) for name, text in run.data.tags.items() if not _is_own(name)]
        for start in range(0, max(len(params), len(labels)), _FEW):
            part = slice(start, start + _FEW)
            self._target.log_batch(target_id, params=params[part], tags=labels[part])
        numbers = [
            number
            for name in run.data.metrics
            for number in self._kept.get_metric_history(run.info.run_id, name)
        ]
        for start in range(0, len(numbers), _PER_BATCH):
            self._target.log_batch(target_id, numbers[start : start + _PER_BATCH])

    def _data(self, run: "Run", target_id: str) -> None:
        if run.inputs and run.inputs.dataset_inputs:
            self._target.log_inputs(target_id, datasets=run.inputs.dataset_inputs)

    def _files(self, run: "Run", target_id: str) -> None:
        folder = spool.artifacts(self._folder, str(run.info.artifact_uri))
        if folder.is_dir() and any(folder.iterdir()):
            self._target.log_artifacts(target_id, str(folder))


def _uploaded(client: "MlflowClient", experiment: str, kept: str) -> str:
    """Find the run that an earlier upload made of a run in a spool; nothing where there is none."""
    there = client.get_experiment_by_name(experiment)
    found = runs.search(client, there.experiment_id, {tags.SPOOL: kept}) if there else []
    return found[0].info.run_id if found else ""
