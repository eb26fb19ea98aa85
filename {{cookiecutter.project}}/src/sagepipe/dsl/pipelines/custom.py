"""The way out: any SageMaker step, given as a dict or as a SageMaker SDK step object."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sagepipe.dsl.errors import author_error, caller
from sagepipe.dsl.pipelines.graph import Graph, current
from sagepipe.dsl.pipelines.references import ArtifactFile, ArtifactRef
from sagepipe.dsl.pipelines.step import Step, add
from sagepipe.dsl.pipelines.values import Value
from sagepipe.dsl.record import record


@record(eq=False, frozen=False)
class CustomStep(Step):
    """A step that is written into the definition as it is.

    Attributes:
        type: SageMaker's step type, such as ``Lambda``.
        request: The step's keys other than its name, type and dependencies; pipeline values and
            artifacts may stand anywhere in it.
    """

    type: str
    request: Mapping[str, Any]

    def references(self) -> Iterator[Any]:
        return _references(self.request)


def step(definition: Mapping[str, Any] | Any, name: str | None = None) -> CustomStep:
    """Put any SageMaker step into the pipeline.

    Args:
        definition: The step as the definition writes it, ``{"Type": …, "Arguments": …}``, in which
            pipeline values and artifacts may stand for what they refer to; or a step object of the
            SageMaker Python SDK v3.
        name: The step's name; the definition's own where not given.

    Returns:
        The step; ``step.properties.…`` refers to what it comes up with.

    Raises:
        DslError: It is neither, or lacks a name, type or arguments.
    """
    graph = current("dsl.step")
    request = definition if isinstance(definition, Mapping) else _from_sdk(definition)
    title = name or request.get("Name")
    for key in ("Type", "Arguments"):
        if key not in request:
            raise author_error(f"dsl.step: the step has no {key!r}")
    if not title:
        raise author_error("dsl.step: the step has no name; give it name=...")
    kept = {
        key: value
        for key, value in request.items()
        if key not in ("Name", "Type", "DependsOn", "DisplayName", "Description")
    }
    claimed = graph.claim_exactly(graph.prefixed_name(title))
    if claimed is None:
        raise author_error(f"dsl.step: the pipeline has a step {title!r} already; give it name=...")
    node = CustomStep(claimed, caller(), graph.block, request["Type"], kept)
    node.display_name = request.get("DisplayName")
    node.description = request.get("Description") or ""
    add(graph, node)
    known = {other.name: other for other in _visible(graph)}
    for entry in request.get("DependsOn") or ():
        trigger: Any = (
            entry.get("Trigger", "Completed") if isinstance(entry, Mapping) else "Completed"
        )
        other = entry["Step"] if isinstance(entry, Mapping) else entry
        found = known.get(graph.prefixed_name(other)) or known.get(other)
        if found is None:
            raise author_error(f"dsl.step: DependsOn names {other!r}, which is no step above it")
        node.after(found, trigger=trigger)
    return node


def _visible(graph: Graph) -> Iterator[Step]:
    """Yield the steps written before it that it may wait for."""
    yield from graph.nodes
    for block in graph.block.around() if graph.block is not None else ():
        yield from block.nodes


def _from_sdk(definition: Any) -> Mapping[str, Any]:
    if not hasattr(definition, "to_request"):
        raise author_error(
            f"dsl.step takes a dict or a SageMaker SDK step, not {type(definition).__name__}"
        )
    request: Mapping[str, Any] = _plain(definition.to_request())
    return request


def _plain(value: Any) -> Any:
    """Write what the SDK has in a request as the definition has it.

    Its pipeline variables become the expressions that they stand for, its enumerations their
    values, and the steps that a step depends on their names. Our own values stay.
    """
    if isinstance(value, Value | ArtifactRef | ArtifactFile):
        return value
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if hasattr(value, "expr"):
        return _plain(value.expr)
    if hasattr(value, "trigger"):
        return value.to_request()
    if hasattr(value, "step_type"):
        return value.name
    if hasattr(value, "value") and type(value).__module__.startswith("sagemaker"):
        return value.value
    return value


def _references(value: Any) -> Iterator[Any]:
    if isinstance(value, Value | ArtifactRef | ArtifactFile):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _references(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _references(item)
