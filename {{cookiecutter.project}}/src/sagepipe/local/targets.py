"""Whether what the steps of a definition refer to is there, and can be reached from there."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sagepipe.contract.language import CURRENT_ITEM, EXECUTION_VARIABLES
from sagepipe.local import loops
from sagepipe.local.definition import Definition
from sagepipe.local.errors import StepError
from sagepipe.local.expressions import references, split_step, tokens
from sagepipe.local.step import Step
from sagepipe.local.steps import cleanup
from sagepipe.local.steps.table import KINDS


def faults(definition: Definition) -> Iterator[str]:
    """Find references, dependencies and sources that lead nowhere.

    Args:
        definition: The definition.

    Yields:
        Each fault as one line.
    """
    for step in definition.steps.values():
        yield from _faults(step, definition, None)


def _faults(step: Step, definition: Definition, loop: str | None) -> Iterator[str]:
    where = f"step {step.name!r}"
    for name in step.depends_on:
        if fault := _target_fault(name, definition, loop):
            yield f"{where}: DependsOn: {fault}"
        elif name in definition.steps and definition.steps[name].type == "Fail":
            yield f"{where} depends on Fail step {name!r}, which SageMaker doesn't allow"
    outputs = [item.get("OutputName") for item in _outputs(step)]
    for file in step.property_files.values():
        if file.output not in outputs:
            yield f"{where}: property file {file.name!r} names output {file.output!r}, not there"
    for reference in references(step.arguments):
        try:
            fault = _reference_fault(reference, definition, loop)
        except StepError as error:
            fault = error.message
        if fault:
            yield f"{where}: {reference}: {fault}"
    if step.type == "Cleanup":
        for name, uris in cleanup.sources(step.arguments).items():
            fault = _target_fault(name, definition, loop)
            fault = fault or cleanup.source_fault(name, _find(name, definition).type, uris)
            if fault:
                yield f"{where}: {fault}"
    if step.arguments.get("Selector") and (fault := _selector_fault(step)):
        yield f"{where}: Selector: {fault}"
    for inner in step.body:
        yield from _faults(inner, definition, step.name)


def _target_fault(name: str, definition: Definition, loop: str | None) -> str:
    """Say why a step can't be waited for from where one stands: in a loop's body, or in none."""
    if name in definition.bodies and definition.bodies[name][1] != loop:
        return (
            f"step {name!r} runs once a round of {definition.bodies[name][1]!r}: wait for that, "
            f"and take Steps.{definition.bodies[name][1]}.IterationOutputs[0].{name}"
        )
    known = name in definition.steps or name in definition.bodies
    return "" if known else f"there is no step {name!r}"


def _selector_fault(step: Step) -> str:
    chosen = loops.selector(step)
    inside = {inner.name: inner for inner in step.body}
    if chosen is None or chosen[1] not in inside:
        return f"Field has to be IterationOutput.<step>.<path> ({_list(inside)})"
    _, name, path = chosen
    return _property_fault(inside[name], path)


def _find(name: str, definition: Definition) -> Step:
    return definition.steps[name] if name in definition.steps else definition.bodies[name][0]


def _reference_fault(reference: str, definition: Definition, loop: str | None) -> str:
    parts = split_step(reference)
    if parts:
        name, path = parts
        fault = _target_fault(name, definition, loop)
        return fault or _property_fault(_find(name, definition), path)
    if reference.startswith(CURRENT_ITEM):
        tokens(reference.removeprefix(CURRENT_ITEM))
        return "" if loop is not None else "there is no current item outside of a ForEachBody"
    root, _, name = reference.partition(".")
    if root == "Parameters":
        declared = [str(item.get("Name")) for item in definition.parameters]
        known = name in declared
        return "" if known else f"no such parameter (there is: {', '.join(declared) or 'none'})"
    if root == "Execution":
        known = name in EXECUTION_VARIABLES
        return "" if known else f"no such variable (there is: {', '.join(EXECUTION_VARIABLES)})"
    if root == "PipelineExperimentConfig":
        return "" if name in definition.experiment else "not set in this definition"
    return "not supported by the local runner (Parameters, Execution and Steps are)"


def _property_fault(step: Step, path: Sequence[str | int]) -> str:
    if step.type == "Fail":
        return "a Fail step has no properties"
    if not path:
        return "names a step but none of its properties"
    first = str(path[0])
    if first == "PropertyFiles":
        known = len(path) == 2 and path[1] in step.property_files
        return "" if known else f"no such property file ({_list(step.property_files)})"
    properties = KINDS[step.type].properties
    if first not in properties:
        return f"a {step.type} step has no {first!r} ({_list(sorted(properties))})"
    if step.body and first in ("IterationOutputs", "Selected"):
        return _round_fault(step, path)
    if list(path[:2]) == ["ProcessingOutputConfig", "Outputs"] and len(path) > 2:
        outputs = [str(item.get("OutputName")) for item in _outputs(step)]
        if isinstance(path[2], str) and path[2] not in outputs:
            return f"no such output ({_list(outputs)})"
    return ""


def _round_fault(step: Step, path: Sequence[str | int]) -> str:
    inside = {inner.name: inner for inner in step.body}
    if path[0] == "Selected":
        chosen = loops.selector(step)
        if chosen is None or chosen[1] not in inside:
            return f"ForEach step {step.name!r} has no Selector"
        return _property_fault(inside[chosen[1]], path[1:])
    if len(path) < 3 or not isinstance(path[1], int) or path[2] not in inside:
        return f"has to be IterationOutputs[0].<step>.<path> ({_list(inside)})"
    items = step.arguments["IterableItems"]
    if isinstance(items, list) and path[1] >= len(items):
        return f"there is no round {path[1]} (there is: 0 to {len(items) - 1})"
    return _property_fault(inside[str(path[2])], path[3:])


def _outputs(step: Step) -> list[Mapping[str, Any]]:
    config = step.arguments.get("ProcessingOutputConfig")
    outputs = config.get("Outputs") if isinstance(config, dict) else None
    return [item for item in outputs if isinstance(item, dict)] if isinstance(outputs, list) else []


def _list(names: Any) -> str:
    return f"there is: {', '.join(names) or 'none'}"
