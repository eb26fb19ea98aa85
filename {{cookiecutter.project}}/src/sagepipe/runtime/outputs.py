"""What is left to write once the component's function has returned."""

import json
import math
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sagepipe import tracking
from sagepipe.contract import names
from sagepipe.dsl import wire
from sagepipe.dsl.artifacts import HTML, Artifact, ClassificationMetrics, Markdown, Metrics
from sagepipe.dsl.spec import ComponentSpec
from sagepipe.runtime.config import Job
from sagepipe.runtime.errors import JobError


def save(artifacts: Iterable[Artifact]) -> None:
    """Write what artifacts hold in memory to their folders.

    Metrics become ``metrics.json``, classification metrics ``classification_metrics.json``, the
    metadata of other artifacts ``.metadata.json``. An output that was never written is named in the
    job's log: the step that reads it would be the one to fail.

    Args:
        artifacts: The component's outputs.

    Raises:
        JobError: Metadata has no form in JSON.
    """
    for artifact in artifacts:
        if artifact.metadata:
            _write_json(Path(artifact.directory) / _file(artifact), artifact)
        if not any(not name.startswith(".") for name in os.listdir(artifact.directory)):
            print(
                f"sagepipe: output {artifact.name!r} is empty; nothing was written to "
                f"{artifact.path}",
                file=sys.stderr,
            )


def save_returned(spec: ComponentSpec, returned: Any, job: Job) -> None:
    """Write what a component returned where conditions and other steps read it.

    Of several hosts only the first does: all would write the same object, and the last would win.
    Lists and dicts are written as the text of their JSON: SageMaker hands them on as text.

    Args:
        spec: The component.
        returned: What its function returned.
        job: The job.

    Raises:
        JobError: It is not what the function is annotated to return.
    """
    if not spec.returns:
        return
    values = (returned,) if len(spec.returns) == 1 and not _is_named(returned) else returned
    where = f"component {spec.name!r} ({spec.source})"
    if not isinstance(values, tuple) or len(values) != len(spec.returns):
        raise JobError(
            f"{where} returned {returned!r}; it is annotated to return "
            f"{', '.join(f'{item.name}: {item.type.__name__}' for item in spec.returns)}"
        )
    written: dict[str, Any] = {}
    for item, value in zip(spec.returns, values, strict=True):
        plain = _plain(value)
        if not wire.matches(plain, item.type):
            raise JobError(
                f"{where}: its returned {item.name!r} is {value!r}; it has to be of type "
                f"{item.type.__name__}"
            )
        if isinstance(plain, float) and not math.isfinite(plain):
            raise JobError(
                f"{where}: its returned {item.name!r} is {plain}; JSON and SageMaker's conditions "
                "have no form for it"
            )
        try:
            written[item.name] = wire.encode(plain) if item.type in (list, dict) else plain
        except ValueError as error:
            raise JobError(f"{where}: its returned {item.name!r}: {error}") from None
    place = job.outputs.get(names.RETURNED)
    if place is not None and job.hosts.is_first:
        os.makedirs(place.directory, exist_ok=True)
        _write(place.directory / names.RETURNED_FILE, json.dumps(written, indent=2))


def show_metrics(spec: ComponentSpec, artifacts: Iterable[Artifact]) -> None:
    """Write a training job's metrics to its log, where SageMaker's metric definitions find them.

    Args:
        spec: The component.
        artifacts: Its outputs.
    """
    found: dict[str, float] = {}
    for artifact in artifacts:
        if isinstance(artifact, Metrics):
            found |= _numbers(_content(artifact))
    for name in spec.metrics:
        if name in found:
            print(names.METRIC_LINE.format(name=name, value=found[name]))
        else:
            print(
                f"sagepipe: metric {name!r} was not logged to an Output[Metrics]; SageMaker has no "
                "value for it",
                file=sys.stderr,
            )


def record_metrics(artifacts: Iterable[Artifact]) -> None:
    """Log metrics to the step's MLflow run and to its execution's, where runs are compared.

    Args:
        artifacts: The component's outputs.
    """
    for artifact in artifacts:
        if isinstance(artifact, Metrics):
            tracking.log_result_metrics(_numbers(_content(artifact)))


def record_pages(artifacts: Iterable[Artifact]) -> None:
    """Log what a person looks at to the step's MLflow run: pages, texts and curves.

    Args:
        artifacts: The component's outputs; those of a failed component have what it wrote so far,
            such as the report of the validation that failed.
    """
    for artifact in artifacts:
        if isinstance(artifact, HTML | Markdown | ClassificationMetrics):
            files = _visible(Path(artifact.directory))
            tracking.log_artifacts(files, folder=artifact.name)
            for file in files:
                if suite := _suite(file):
                    tracking.log_suite(file.stem, suite)


def _visible(root: Path) -> list[Path]:
    """List a folder's files; what is hidden, or lies in a hidden folder, is not for a person."""
    return [
        file
        for file in sorted(root.rglob("*"))
        if file.is_file() and not any(part.startswith(".") for part in file.relative_to(root).parts)
    ]


def _suite(file: Path) -> str:
    """Read which expectation suite a validation's result is of, where a file is one."""
    if file.suffix != ".json":
        return ""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except ValueError:
        return ""
    meta = content.get("meta") if isinstance(content, dict) else None
    return str(meta.get(names.SUITE_HASH, "")) if isinstance(meta, dict) else ""


def _file(artifact: Artifact) -> str:
    if isinstance(artifact, Metrics):
        return names.METRICS_FILE
    if isinstance(artifact, ClassificationMetrics):
        return names.CLASSIFICATION_METRICS_FILE
    return names.METADATA_FILE


def _write_json(file: Path, artifact: Artifact) -> None:
    """Write beside, then rename, so that no half-written file is ever uploaded."""
    try:
        text = json.dumps(artifact.metadata, indent=2, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise JobError(
            f"the metadata of output {artifact.name!r} can't be written as JSON: {error}; "
            "keep to finite numbers, texts, lists and dicts"
        ) from None
    _write(file, text)


def _write(file: Path, text: str) -> None:
    beside = file.with_name(f".{file.name}.part")
    beside.write_text(text + "\n", encoding="utf-8")
    beside.replace(file)


def _is_named(value: Any) -> bool:
    return isinstance(value, tuple) and hasattr(value, "_fields")


def _plain(value: Any) -> Any:
    """Take NumPy's scalars for Python's."""
    return value.item() if type(value).__module__ == "numpy" and hasattr(value, "item") else value


def _content(artifact: Metrics) -> Mapping[str, Any]:
    """Return the metrics, also where the component wrote metrics.json itself."""
    if artifact.metadata:
        return artifact.metadata
    file = Path(artifact.directory) / names.METRICS_FILE
    content = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    return content if isinstance(content, dict) else {}


def _numbers(metrics: Mapping[str, Any], prefix: str = "") -> dict[str, float]:
    """Flatten nested metrics: ``{"late": {"recall": 1}}`` becomes ``{"late.recall": 1}``."""
    flat: dict[str, float] = {}
    for name, value in metrics.items():
        if isinstance(value, Mapping):
            flat |= _numbers(value, f"{prefix}{name}.")
        elif isinstance(value, int | float) and math.isfinite(value):
            flat[f"{prefix}{name}"] = float(value)
    return flat
