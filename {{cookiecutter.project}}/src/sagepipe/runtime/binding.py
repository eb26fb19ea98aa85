"""From a job's files and texts to the arguments of its component."""

import json
import os
from pathlib import Path
from typing import Any

from sagepipe.contract import names, paths
from sagepipe.dsl import wire
from sagepipe.dsl.artifacts import Artifact, Metrics, Model
from sagepipe.dsl.spec import ComponentSpec, InputSpec, OutputSpec, ParameterSpec
from sagepipe.runtime.config import Job, Place
from sagepipe.runtime.errors import JobError


def parameters(spec: ComponentSpec, job: Job) -> dict[str, Any]:
    """Type a job's parameters again.

    Args:
        spec: The component.
        job: The job, with texts by name.

    Returns:
        Values by name, defaults included.

    Raises:
        JobError: A parameter is unknown, missing or of the wrong type.
    """
    known = {parameter.name: parameter for parameter in spec.parameters}
    for name in job.parameters:
        if name not in known:
            raise JobError(
                f"{_where(spec)} has no parameter {name!r}; it takes "
                f"{', '.join(known) or 'none'}; compile the pipeline again"
            )
    return {name: _value(spec, known[name], job.parameters) for name in known}


def inputs(spec: ComponentSpec, job: Job) -> dict[str, Artifact | list[Artifact] | None]:
    """Find a job's input artifacts; models are unpacked.

    Args:
        spec: The component.
        job: The job.

    Returns:
        Artifacts by name; a list where the component takes a list, ``None`` where an optional one
        was left out.

    Raises:
        JobError: An input is not part of the job, is not there, or is empty.
    """
    return {item.name: _given(spec, item, job) for item in spec.inputs}


def outputs(spec: ComponentSpec, job: Job) -> dict[str, Artifact]:
    """Make a job's output artifacts; their folders exist afterwards.

    Args:
        spec: The component.
        job: The job.

    Returns:
        Artifacts by name.

    Raises:
        JobError: An output is not part of the job.
    """
    return {item.name: _output(spec, item, job) for item in spec.outputs}


def _value(spec: ComponentSpec, parameter: ParameterSpec, texts: Any) -> Any:
    if parameter.name not in texts:
        if parameter.required:
            raise JobError(
                f"{_where(spec)} needs parameter {parameter.name!r} "
                f"({parameter.type.__name__}), and the job has none; give it a value in the "
                "pipeline or a default in the component"
            )
        return parameter.default
    try:
        value = wire.decode(texts[parameter.name], parameter.type)
    except ValueError as error:
        raise JobError(
            f"parameter {parameter.name!r} of {_where(spec)} has to be "
            f"{parameter.type.__name__}: {error}"
        ) from None
    if not parameter.accepts(value):
        raise JobError(
            f"parameter {parameter.name!r} of {_where(spec)} has to be {parameter.kind}, "
            f"not {value!r}"
        )
    return value


def _given(spec: ComponentSpec, item: InputSpec, job: Job) -> Artifact | list[Artifact] | None:
    if item.many:
        many = {name: _index(item.name, name) for name in job.inputs}
        found = sorted((index, name) for name, index in many.items() if index is not None)
        if found:
            return [_input(spec, InputSpec(name, item.type), job) for _, name in found]
    if item.optional and item.name not in job.inputs:
        return None
    return _input(spec, item, job)


def _index(wanted: str, name: str) -> int | None:
    """Read the place in a list off an input's name, such as ``parts-2``."""
    before, _, index = name.rpartition("-")
    return int(index) if before == wanted and index.isdigit() else None


def _input(spec: ComponentSpec, item: InputSpec, job: Job) -> Artifact:
    place = job.inputs.get(item.name)
    kind = "channel" if spec.kind == "training" else "input"
    if place is None:
        raise JobError(
            f"{_where(spec)} reads {kind} {item.name!r}, and the job has none of that name "
            f"(it has {', '.join(job.inputs) or 'none'}); compile the pipeline again"
        )
    if not any(_visible(place.directory)):
        raise JobError(
            f"{kind} {item.name!r} of {_where(spec)} is empty: nothing lies in {place.directory}"
            f"{f', which stands for {place.uri}' if place.uri else ''}; check that the S3 URI is "
            "right and that the step before wrote it"
        )
    folder = _unpacked(place) if issubclass(item.type, Model) else place.directory
    return item.type(
        directory=folder, name=item.name, uri=place.uri, metadata=_metadata(folder, item.type)
    )


def _output(spec: ComponentSpec, item: OutputSpec, job: Job) -> Artifact:
    place = job.outputs.get(item.name)
    if place is None and job.model is not None and issubclass(item.type, Model):
        place = Place(job.model)
    if place is None and job.output_root is not None:
        place = Place(job.output_root / item.name)
    if place is None:
        raise JobError(
            f"{_where(spec)} writes output {item.name!r}, and the job has none of that name "
            f"(it has {', '.join(job.outputs) or 'none'}); compile the pipeline again"
        )
    os.makedirs(place.directory, exist_ok=True)
    path = place.directory / f"{item.name}{item.type.suffix}"
    return item.type(directory=place.directory, path=path, name=item.name, uri=place.uri)


def _unpacked(place: Place) -> Path:
    """Unpack a model archive beside the input's folder, which may be read-only or shared."""
    archive = place.directory / paths.MODEL_ARCHIVE
    if not archive.is_file():
        return place.directory  # SageMaker can also hand over a model uncompressed
    from sagepipe.runtime.archive import unpack

    return unpack(archive, place.directory.with_name(f"{place.directory.name}.unpacked"))


def _metadata(folder: Path, type_: type[Artifact]) -> dict[str, Any]:
    """Read the facts that an earlier step left with an artifact."""
    file = folder / (names.METRICS_FILE if issubclass(type_, Metrics) else names.METADATA_FILE)
    if not file.is_file():
        return {}
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise JobError(f"{file} is not JSON: {error}; run the step that wrote it again") from None
    return content if isinstance(content, dict) else {}


def _visible(folder: Path) -> list[str]:
    if not folder.is_dir():
        return []
    return [name for name in os.listdir(folder) if not name.startswith(".")]


def _where(spec: ComponentSpec) -> str:
    return f"component {spec.name!r} ({spec.source})"
