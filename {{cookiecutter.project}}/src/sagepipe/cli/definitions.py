"""Definitions by what a command line calls them: a pipeline, a file, or what is piped in."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sagepipe.contract.errors import SagepipeError

PIPED = "-"
_OF_RUN = "definition.json"  # in the run's folder


class DefinitionFileError(SagepipeError):
    """A file that holds no pipeline definition."""


@dataclass(frozen=True)
class Named:
    """A definition and what to call it."""

    title: str
    definition: dict[str, Any]


def is_file(name: str) -> bool:
    """Say whether a name is a file's, or ``-``, rather than a pipeline's."""
    return name == PIPED or name.endswith(".json") or "/" in name


def load(name: str) -> Named:
    """Load a definition.

    Args:
        name: A file (``build/training.json``), ``-`` for what is piped in, else a pipeline's module
            or name, which is compiled; the project's default pipeline if empty.

    Returns:
        The definition; a file's title is its name without suffix.

    Raises:
        DefinitionFileError: The file can't be read, or holds no definition.
        SagepipeError: There is no such pipeline, or it doesn't compile.
    """
    if name == PIPED:
        return Named("pipeline", _parse(sys.stdin.read(), "what is piped in"))
    if is_file(name):
        return Named(Path(name).stem, _parse(_read(Path(name)), name))
    from sagepipe.cli import discovery, settings
    from sagepipe.compiler import compile_pipeline

    found = discovery.pipeline(settings.load(), name)
    return Named(found.name, compile_pipeline(found))


def of_run(folder: Path) -> dict[str, Any] | None:
    """Load what a local run ran.

    Args:
        folder: The run's folder.

    Returns:
        Its definition; nothing if that is gone.
    """
    try:
        return _parse(_read(folder / _OF_RUN), _OF_RUN)
    except DefinitionFileError:
        return None


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise DefinitionFileError(f"can't read {file}: {reason}") from None


def _parse(text: str, name: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
        if isinstance(found, dict) and isinstance(found.get("PipelineDefinition"), str):
            found = json.loads(found["PipelineDefinition"])  # what DescribePipeline answers
    except (ValueError, RecursionError) as error:
        raise DefinitionFileError(f"{name} is no JSON: {error}") from None
    if not isinstance(found, dict) or not isinstance(found.get("Steps"), list):
        raise DefinitionFileError(f"{name} is no pipeline definition: it has no list of Steps")
    return found
