"""What a model says of itself in MLflow."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from sagepipe.contract import names


class LoggedModel(NamedTuple):
    """A model in MLflow; a component can return it, so that ``dsl.register_model`` can name it.

    Attributes:
        model_version: ``<registered model>/<version>``; ``none`` where MLflow has none, as with
            tracking ``off``.
        run_id: The run of the step that trained it; ``none`` where there is none.
    """

    model_version: str = names.NOT_TRACKED
    run_id: str = names.NOT_TRACKED

    @classmethod
    def of(cls, metadata: Mapping[str, Any]) -> "LoggedModel":
        """Read it from the metadata that a training component left with its model."""
        version, run = (metadata.get(name) for name in (names.MODEL_VERSION, names.MODEL_RUN))
        return cls(str(version or names.NOT_TRACKED), str(run or names.NOT_TRACKED))

    @property
    def metadata(self) -> dict[str, str]:
        """What a training component leaves with its model: it travels in ``model.tar.gz``."""
        return {names.MODEL_VERSION: self.model_version, names.MODEL_RUN: self.run_id}
