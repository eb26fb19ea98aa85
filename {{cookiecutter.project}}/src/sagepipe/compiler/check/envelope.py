"""A definition's own fields."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from sagepipe.compiler.check.finding import Finding, Place, meant, shown
from sagepipe.compiler.check.tables import DEFINITION, DEFINITION_KEYS, EXPERIMENT_KEYS
from sagepipe.contract import limits, names

_EXPERIMENT_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,119}")


def check(body: Mapping[str, Any]) -> Iterator[Finding]:
    """Find what is wrong with the definition's own fields."""
    place = Place()
    for key in body:
        if key not in DEFINITION_KEYS:
            yield place.at(key).finding(
                f"there is no {key!r}", meant(key, DEFINITION_KEYS), DEFINITION
            )
    if body.get("Version") != names.DEFINITION_VERSION:
        yield place.at("Version").finding(
            f"Version is {shown(body.get('Version'))}", names.DEFINITION_VERSION, DEFINITION
        )
    size = len(json.dumps(body).encode())
    if size > limits.DEFINITION_BYTES:
        yield place.finding(
            f"it has {size} bytes",
            f"{limits.DEFINITION_BYTES} or fewer; more only by way of PipelineDefinitionS3Location",
            "CreatePipeline, PipelineDefinition",
        )
    steps = body.get("Steps")
    if not isinstance(steps, list) or not steps:
        yield place.at("Steps").finding(f"Steps is {shown(steps)}", "one step or more", DEFINITION)
    for index, item in enumerate(steps if isinstance(steps, list) else ()):
        if not isinstance(item, Mapping):
            yield place.at("Steps", index).finding(f"it is {shown(item)}", "a step", DEFINITION)
    yield from _experiment(body.get("PipelineExperimentConfig"), place)


def _experiment(config: Any, place: Place) -> Iterator[Finding]:
    at = place.at("PipelineExperimentConfig")
    if config is None:
        return
    if not isinstance(config, Mapping):
        yield at.finding(f"it is {shown(config)}", "an object", DEFINITION)
        return
    for key, value in config.items():
        if key not in EXPERIMENT_KEYS:
            yield at.at(key).finding(
                f"there is no {key!r}", meant(key, EXPERIMENT_KEYS), DEFINITION
            )
        elif isinstance(value, str) and not _EXPERIMENT_NAME.fullmatch(value):
            yield at.at(key).finding(
                f"{shown(value)} does not match",
                f"text like {_EXPERIMENT_NAME.pattern}",
                "CreateExperiment, ExperimentEntityName",
            )
