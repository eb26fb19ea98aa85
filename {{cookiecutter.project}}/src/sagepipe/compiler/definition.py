"""The whole definition (``Version 2020-12-01``)."""

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from sagepipe.compiler.context import Context, Overrides
from sagepipe.compiler.expressions import Json, get
from sagepipe.compiler.steps import step
from sagepipe.contract import names
from sagepipe.contract.errors import SagepipeError
from sagepipe.dsl import DslError, Pipeline, wire
from sagepipe.dsl.errors import author_error
from sagepipe.dsl.pipelines.graph import Graph

# A list or dict travels as the text of its JSON.
_TYPES = {
    str: "String",
    int: "Integer",
    float: "Float",
    bool: "Boolean",
    list: "String",
    dict: "String",
}


_encode = json.JSONEncoder(ensure_ascii=False).encode


class WriteError(SagepipeError):
    """A file that can't be written where it was asked for."""


class Compiler:
    """KFP's name for what compiles a pipeline."""

    def compile(self, pipeline_func: Pipeline, package_path: str | Path) -> None:
        """Compile a pipeline and write its definition.

        Args:
            pipeline_func: What ``@dsl.pipeline`` made.
            package_path: The file to write; it appears whole or not at all.

        Raises:
            DslError: SageMaker could not run the pipeline as written.
            WriteError: The file can't be written.
        """
        write(Path(package_path), to_json(compile_pipeline(pipeline_func)))


def write(path: Path, content: str) -> None:
    """Write a file, which appears whole or not at all; its folder is made.

    Raises:
        WriteError: It can't be written there.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(content, encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        with suppress(OSError):
            beside.unlink()
        reason = error.strerror or error
        raise WriteError(f"can't write {path}: {reason}; name another file") from None


def compile_pipeline(pipeline: Pipeline, overrides: Overrides | None = None) -> dict[str, Any]:
    """Compile a pipeline.

    Args:
        pipeline: What ``@dsl.pipeline`` made.
        overrides: What an environment changes of the jobs, such as the VPC that they run in.

    Returns:
        The definition. The same source gives the same definition: it holds no time, no id and
        nothing of the environment, which comes in as parameters when the pipeline is started.

    Raises:
        DslError: SageMaker could not run the pipeline as written.
    """
    if not isinstance(pipeline, Pipeline):
        raise author_error(f"{pipeline!r} is no pipeline; put @dsl.pipeline above the function")
    graph = pipeline.trace()
    changes = overrides or Overrides()
    context = Context(graph.name, replace(changes, tags={**pipeline.tags, **changes.tags}))
    steps = [step(node, context) for node in graph.nodes]
    if unknown := set(context.overrides.steps) - set(_names(steps)):
        raise DslError(
            f"the environment changes step {sorted(unknown)[0]!r}, which pipeline "
            f"{pipeline.name!r} doesn't have; it has {', '.join(_names(steps))}",
            pipeline.source,
        )
    definition = {
        "Version": names.DEFINITION_VERSION,
        "Metadata": {},
        "Parameters": _parameters(graph, steps),
        "PipelineExperimentConfig": {
            "ExperimentName": get("Execution.PipelineName"),
            "TrialName": get("Execution.PipelineExecutionId"),
        },
        "Steps": steps,
    }
    return definition


def to_json(definition: dict[str, Any]) -> str:
    """Write a definition for people to read and tools to compare."""
    return _indented(definition, "\n") + "\n"


def _indented(node: Json, margin: str) -> str:
    """Write as ``json.dumps`` does with ``indent=2``, which is no part of its fast encoder."""
    inner = f"{margin}  "
    if isinstance(node, dict) and node:
        items = (f"{inner}{_key(key)}: {_indented(item, inner)}" for key, item in node.items())
        return f"{{{','.join(items)}{margin}}}"
    if isinstance(node, list) and node:
        return f"[{','.join(f'{inner}{_indented(item, inner)}' for item in node)}{margin}]"
    return _encode(node)


def _key(key: Json) -> str:
    return _encode(key) if isinstance(key, str) else f'"{_encode(key)}"'


def _parameters(graph: Graph, steps: list[Json]) -> list[Json]:
    """List the author's parameters, then those of the environment that a step refers to."""
    declared: list[Json] = []
    for item in graph.parameters:
        entry: dict[str, Json] = {"Name": item.name, "Type": _TYPES[item.type]}
        if not item.required:
            default = item.default
            if item.type is float:
                default = float(default)
            entry["DefaultValue"] = wire.encode(default) if item.type in (list, dict) else default
        if item.choices:
            entry["EnumValues"] = list(item.choices)
        declared.append(entry)
    written = json.dumps(steps)
    for name in names.ENVIRONMENT_PARAMETERS:
        if json.dumps(get(f"Parameters.{name}")) in written:
            declared.append({"Name": name, "Type": "String"})
    return declared


def step_names(definition: dict[str, Any]) -> list[str]:
    """List the names of a definition's steps, those of branches and loops included."""
    return list(_names(definition["Steps"]))


def _names(steps: list[Json]) -> Iterator[str]:
    for written in steps:
        yield written["Name"]
        arguments = written.get("Arguments") or {}
        for key in ("IfSteps", "ElseSteps", "ForEachBody"):
            yield from _names(arguments.get(key) or [])
