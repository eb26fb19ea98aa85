"""Uploading the models among records that MLflow's server did not take when they were made."""

import shutil
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from sagepipe.tracking import models, spool, tags, versions
from sagepipe.tracking.records import Records

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import LoggedModel, Run

_BEGUN = "PENDING"
_READY = "READY"
_PAGE = 100  # models in one answer


class UploadedModels:
    """The models of one run; each step is left out where an earlier upload has made it.

    Args:
        folder: The spool.
        kept: Its store.
        target: The store that takes them.
        run: The run there.
    """

    def __init__(
        self, folder: Path, kept: "MlflowClient", target: "MlflowClient", run: "Run"
    ) -> None:
        self._folder = folder
        self._kept = kept
        self._target = target
        self._run = run

    def take(self, kept: "Run") -> None:
        """Upload all models of a run.

        Args:
            kept: The run in the spool.
        """
        for output in kept.outputs.model_outputs if kept.outputs else ():
            self._take(output.model_id, output.step)
        for name, registered in kept.data.tags.items():
            if name.startswith(f"{tags.WANTED}."):
                model_id = name.removeprefix(f"{tags.WANTED}.")
                versions.find_or_make(self._target, self._run_id, model_id, registered)

    @property
    def _run_id(self) -> str:
        return str(self._run.info.run_id)

    def _take(self, model_id: str, step: int) -> None:
        """Upload a model and make it the next version of what it was registered as."""
        from mlflow.entities import LoggedModelOutput

        model = self._kept.get_logged_model(model_id)
        made = self._begun(model) or self._create(model)
        if made.model_id not in self._outputs:
            named = [LoggedModelOutput(made.model_id, step=step)]
            self._target.log_outputs(self._run_id, named)
        self._measure(model, made.model_id)
        if str(made.status) != str(model.status):
            if str(model.status) == _READY:
                self._files(model, made)
            self._target.finalize_logged_model(made.model_id, model.status)
        for version in self._kept.search_model_versions(f"run_id = '{model.source_run_id}'"):
            if version.source == f"models:/{model_id}":
                versions.find_or_make(self._target, self._run_id, made.model_id, version.name)

    @cached_property
    def _outputs(self) -> list[str]:
        outputs = self._run.outputs
        return [output.model_id for output in outputs.model_outputs] if outputs else []

    @cached_property
    def _there(self) -> "dict[str, LoggedModel]":
        """The models that the target has of the run, by their ids."""
        experiment, token = [self._run.info.experiment_id], None
        found: dict[str, LoggedModel] = {}
        while True:
            page = self._target.search_logged_models(
                experiment,
                f"source_run_id = '{self._run_id}'",
                max_results=_PAGE,
                page_token=token,
            )
            found |= {model.model_id: model for model in page}
            token = page.token
            if not token:
                return found

    def _begun(self, model: "LoggedModel") -> "LoggedModel | None":
        """Find what the target has of a model: of an earlier upload, or of the step itself.

        Of one whose making the server did not get round to confirm the step did not know the id.
        """
        begun = model.tags.get(tags.CONTINUES)
        if begun:
            return self._there.get(begun)
        found = list(self._there.values())
        for there in found:
            if there.tags.get(tags.SPOOL) == model.model_id:
                return there
        for there in found:
            orphan = there.model_id not in self._outputs and tags.SPOOL not in there.tags
            if orphan and str(there.status) == _BEGUN and there.name == model.name:
                return self._there.pop(there.model_id)
        return None

    def _create(self, model: "LoggedModel") -> "LoggedModel":
        return self._target.create_logged_model(
            self._run.info.experiment_id,
            model.name,
            self._run_id,
            tags={**_carried(model.tags), tags.SPOOL: model.model_id},
            params=model.params,
            model_type=model.model_type,
        )

    def _measure(self, model: "LoggedModel", made: str) -> None:
        from mlflow.entities import Metric

        numbers = [
            Metric(it.key, it.value, it.timestamp, it.step, model_id=made)
            for it in model.metrics or ()
        ]
        for batch in Records(numbers).parts():
            self._target.log_batch(self._run_id, batch.metrics)

    def _files(self, model: "LoggedModel", made: "LoggedModel") -> None:
        from mlflow.models import Model

        with TemporaryDirectory(prefix="sagepipe-") as place:
            copy = Path(place) / "model"
            shutil.copytree(spool.artifacts(self._folder, model.artifact_location), copy)
            models.name_model(Model.load(str(copy)), made, self._run_id, copy)
            self._target.log_model_artifacts(made.model_id, str(copy))


def _carried(own: Mapping[str, str]) -> dict[str, str]:
    """Leave out the tags that hold in the spool alone."""
    return {name: text for name, text in own.items() if name not in (versions.TAG, tags.CONTINUES)}
