"""What a task is given: each argument checked against the component's signature."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from sagepipe.dsl import wire
from sagepipe.dsl.artifacts import Artifact
from sagepipe.dsl.errors import author_error
from sagepipe.dsl.pipelines.collected import Collected
from sagepipe.dsl.pipelines.graph import Block
from sagepipe.dsl.pipelines.references import ArtifactRef, ImportedArtifact, Reference
from sagepipe.dsl.pipelines.step import Step, check_visible
from sagepipe.dsl.pipelines.values import Constant, ParameterRef, Value
from sagepipe.dsl.spec import ComponentSpec, InputSpec, ParameterSpec

if TYPE_CHECKING:
    from sagepipe.dsl.pipelines.task import Inputs


def bind(
    spec: ComponentSpec,
    arguments: dict[str, Any],
    block: Block | None,
    left_out: Iterable[str] = (),
) -> tuple[Inputs, dict[str, Any]]:
    """Check a component's arguments.

    Args:
        spec: The component.
        arguments: What the author gave, by name.
        block: The branch or loop in which it is used.
        left_out: Parameters that come from elsewhere, such as a tuning job's ranges.

    Returns:
        Artifacts by input, values by parameter; those not given are left out.

    Raises:
        DslError: An argument is missing, unknown or of the wrong type.
    """
    inputs = {item.name: item for item in spec.inputs}
    parameters = {item.name: item for item in spec.parameters}
    for name in arguments:
        if name not in inputs and name not in parameters:
            known = listed([*inputs, *parameters]) or "none"
            raise author_error(f"{spec.name}() has no argument {name!r}; it takes {known}")
    missing = [
        name
        for name, required in (
            *((name, not item.optional) for name, item in inputs.items()),
            *((name, item.required and name not in left_out) for name, item in parameters.items()),
        )
        if required and arguments.get(name) is None and name not in _nones(arguments, parameters)
    ]
    if missing:
        raise author_error(
            f"{spec.name}() lacks {listed(missing)}; what may be left out has a default in the "
            "component, or is an Input[...] | None"
        )
    given = {name: value for name, value in arguments.items() if name in inputs}
    return (
        {
            name: _input(spec, inputs[name], value, block)
            for name, value in given.items()
            if value is not None
        },
        {
            name: _parameter(spec, parameters[name], value, block)
            for name, value in arguments.items()
            if name in parameters
        },
    )


def listed(items: Iterable[str]) -> str:
    """Write names in a row, for messages."""
    return ", ".join(repr(item) for item in items)


def _nones(arguments: dict[str, Any], parameters: dict[str, ParameterSpec]) -> set[str]:
    return {name for name, value in arguments.items() if value is None and name in parameters}


def _input(
    spec: ComponentSpec, item: InputSpec, value: Any, block: Block | None
) -> Reference | tuple[Reference, ...]:
    where = f"{spec.name}(), {item.name}"
    if not item.many:
        return _artifact(where, item.type, value, block)
    if isinstance(value, Collected):
        value = value.references(where)
    if not isinstance(value, list | tuple) or not value:
        raise author_error(
            f"{where} takes a list of artifacts or dsl.Collected(...), not {value!r}"
        )
    return tuple(_artifact(where, item.type, one, block) for one in value)


def _artifact(where: str, expected: type[Artifact], value: Any, block: Block | None) -> Reference:
    if isinstance(value, Step):
        raise author_error(
            f"{where} takes an output of {value.name!r}: add .output or .outputs[...]"
        )
    if _is_definition(value):
        raise author_error(
            f"{where} takes an output of a task, and {value!r} is none: call it, and take "
            ".output or .outputs[...]"
        )
    if isinstance(value, dict):
        raise author_error(f"{where} takes one output: .outputs[...] with its name")
    if isinstance(value, Collected):
        raise author_error(
            f"{where} takes one artifact; annotate it Input[list[{expected.__name__}]]"
        )
    if not isinstance(value, ArtifactRef | ImportedArtifact):
        raise author_error(
            f"{where} takes an artifact, not {value!r}: another task's output, or dsl.importer(uri)"
        )
    if Artifact not in (expected, value.type) and not issubclass(value.type, expected):
        raise author_error(
            f"{where} takes a {expected.__name__}, not a {value.type.__name__}, as {value!r} is; "
            "an Input[Artifact] takes any"
        )
    for step in value.steps:
        check_visible(step, block, where)
    return value


def _parameter(spec: ComponentSpec, item: ParameterSpec, value: Any, block: Block | None) -> Any:
    where = f"{spec.name}(), {item.name}"
    if isinstance(value, Collected):
        value = value.values(where)
    if isinstance(value, ArtifactRef | ImportedArtifact):
        raise author_error(f"{where} takes a {item.kind}, not an artifact")
    if isinstance(value, Step) or _is_definition(value):
        raise author_error(
            f"{where} takes a {item.kind}, and {value!r} is none: take what a task returns, "
            ".output or .outputs[...]"
        )
    if isinstance(value, Constant):
        value = value.value
    if isinstance(value, Value):
        if not _fits(value.type, item.type):
            raise author_error(
                f"{where} takes a {item.kind}; {value.label} is a {value.type.__name__}"
            )
        if item.choices and isinstance(value, ParameterRef) and not _within(value, item):
            raise author_error(
                f"{where} takes one of {listed(map(str, item.choices))}; annotate {value.label} "
                "with the same Literal, so that SageMaker refuses anything else when it is started"
            )
        for step in value.steps:
            check_visible(step, block, where)
        return value
    if value is None and item.optional and item.default is not None and not item.required:
        raise author_error(
            f"{where}: its default is {item.default!r}, and a job can't be told None in its place; "
            "make the default None"
        )
    if not item.accepts(value):
        raise author_error(f"{where} takes a {item.kind}, not {value!r}")
    if _holds_value(value):
        raise author_error(
            f"{where}: a pipeline value inside {value!r} has no value yet; give it a parameter of "
            "its own, or collect a loop's values with dsl.Collected(...)"
        )
    if fault := wire.fault(value):
        raise author_error(f"{where}: {fault}")
    return value


def _is_definition(value: Any) -> bool:
    """Say whether it is a component or a pipeline, which are no values themselves."""
    return "python_func" in getattr(type(value), "__dataclass_fields__", {})


def _holds_value(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_holds_value, value.values()))
    if isinstance(value, list | tuple):
        return any(map(_holds_value, value))
    return isinstance(value, Value | ArtifactRef | ImportedArtifact | Step)


def _fits(given: Any, expected: type) -> bool:
    return given in (object, expected) or (given, expected) == (int, float)


def _within(value: ParameterRef, item: ParameterSpec) -> bool:
    return bool(value.choices) and set(value.choices) <= set(item.choices)
