"""Step caching, by SageMaker's own rules: what a step was asked for counts, not what lay there.

Source: SageMaker Developer Guide, "Default cache key attributes by pipeline step type". An input
counts by its URI: an object that was overwritten is no reason to run again. Outputs, resources and
the role don't count. The most recent successful run of the same step of the same pipeline is taken.

Where SageMaker doesn't say what it does, or can't be asked, this runner does the following.

* A successful run counts if caching was on for its step. A hit is no run: its age is that of the
  run that it goes back to.
* A run whose outputs are no longer here is passed over. SageMaker doesn't look; but here they lie
  in a folder that people delete.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Any

from sagepipe.contract import properties
from sagepipe.local import state
from sagepipe.local.events import SUCCEEDED
from sagepipe.local.history import step_record
from sagepipe.local.settings import LocalSettings
from sagepipe.local.step import Step
from sagepipe.local.steps.kind import StepResult
from sagepipe.local.storage import Storage

_SEARCH = "AlgorithmSpecification HyperParameterRanges InputDataConfig StaticHyperParameters"

# The arguments that make the key, by the step's type; a dot leads into an object.
KEYS: Mapping[str, tuple[str, ...]] = {
    "Processing": ("AppSpecification", "Environment", "ProcessingInputs"),
    "Training": (
        "AlgorithmSpecification",
        "CheckpointConfig",
        "DebugHookConfig",
        "DebugRuleConfigurations",
        "Environment",
        "HyperParameters",
        "InputDataConfig",
    ),
    "Transform": ("DataProcessing", "Environment", "ModelName", "TransformInput"),
    "Tuning": (
        "HyperParameterTuningJobConfig",
        *(f"TrainingJobDefinition.{key}" for key in (*_SEARCH.split(), "TuningObjective")),
        "TrainingJobDefinitions",
    ),
}

# Where a step's properties say that its outputs lie; a dot leads into an object or a list.
_OUTPUTS: Mapping[str, str] = {
    "Processing": "ProcessingOutputConfig.Outputs.S3Output.S3Uri",
    "Training": properties.MODEL,
    "Transform": properties.TRANSFORM_OUTPUT,
}

_FIND = """
SELECT steps.* FROM steps JOIN executions ON executions.id = steps.execution_id
WHERE cache_key = ? AND pipeline = ? AND name = ? AND steps.status = ?
    AND cached_from IS NULL AND selected_from IS NULL AND steps.ended >= ?
ORDER BY steps.ended DESC
"""


class Cache:
    """What earlier runs of a pipeline left.

    Args:
        pipeline: The pipeline's name.
        settings: The run's settings.
        storage: Where their outputs lie.
        use: Whether to take them.
    """

    def __init__(
        self,
        pipeline: str,
        settings: LocalSettings,
        storage: Storage,
        use: bool = True,
    ) -> None:
        self._pipeline = pipeline
        self._settings = settings
        self._storage = storage
        self._use = use

    def find(self, step: Step, request: Mapping[str, Any]) -> StepResult | None:
        """Look for a run whose outputs a step may take.

        Args:
            step: The step.
            request: Its arguments, all expressions resolved.

        Returns:
            That run's result; ``None`` where there is none, or the step doesn't ask for one.
        """
        wanted = key(step, request)
        if step.cache is None or wanted is None or not self._use:
            return None
        age = step.cache.expire_after
        oldest = 0.0 if age is None else (state.now() - age).timestamp()
        values = (wanted, self._pipeline, step.name, SUCCEEDED, oldest)
        # A connection of its own: each step looks from the thread that runs it.
        with closing(state.connect(self._settings.database)) as database:
            rows = database.execute(_FIND, values).fetchall()
        for row in rows:
            if all(self._storage.path(uri).exists() for uri in json.loads(row["stored"] or "[]")):
                record = step_record(row, self._settings.runs / row["execution_id"])
                return StepResult(
                    SUCCEEDED,
                    record.properties,
                    exit_message=record.exit_message,
                    metrics=record.metrics,
                    outcome=record.outcome,
                    cached_from=row["execution_id"],
                )
        return None

    def stored(self, step: Step, properties: Mapping[str, Any]) -> list[str]:
        """List the outputs that a step left.

        Args:
            step: The step, which has succeeded.
            properties: What it may be referred to for.

        Returns:
            The URIs at which something lies.
        """
        path = _OUTPUTS.get(step.type)
        found = list(_values(properties, path.split("."))) if path else []
        if step.type == "Tuning":
            found = [_best(properties)]
        return [uri for uri in found if self._storage.path(uri).exists()]


def key(step: Step, request: Mapping[str, Any]) -> str | None:
    """Make a step's cache key.

    Args:
        step: The step.
        request: Its arguments, all expressions resolved.

    Returns:
        The key; ``None`` for steps that are not cached.
    """
    if step.cache is None or step.type not in KEYS:
        return None
    import hashlib  # milliseconds, which runs without caching don't pay

    content = {path: list(_values(request, path.split("."))) for path in KEYS[step.type]}
    text = json.dumps(content, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _best(properties: Mapping[str, Any]) -> str:
    """Say where a tuning job's best training job left its model."""
    place: str = properties["TrainingJobDefinition"]["OutputDataConfig"]["S3OutputPath"]
    return f"{place.rstrip('/')}/{properties['BestTrainingJob']['TrainingJobName']}"


def _values(value: Any, path: list[str]) -> Iterator[Any]:
    """Follow a path; through all items of a list."""
    if isinstance(value, list) and path:
        for item in value:
            yield from _values(item, path)
    elif not path:
        if value is not None:
            yield value
    elif isinstance(value, Mapping):
        yield from _values(value.get(path[0]), path[1:])
