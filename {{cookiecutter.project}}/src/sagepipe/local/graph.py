"""Which step waits for which: references, ``DependsOn``, and a condition for its branches."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sagepipe.local.definition import Definition, refuse
from sagepipe.local.errors import DefinitionError, StepError
from sagepipe.local.expressions import EXECUTION_VARIABLES, references, split_step
from sagepipe.local.step import Step
from sagepipe.local.steps.table import KINDS


@dataclass(frozen=True)
class Graph:
    """The steps' order.

    Attributes:
        needs: For each step, what has to succeed before it.
        dependents: For each step, what waits for it, in the definition's order.
    """

    needs: Mapping[str, frozenset[str]]
    dependents: Mapping[str, Sequence[str]]


def build(definition: Definition) -> Graph:
    """Work out the order of a definition's steps.

    Args:
        definition: The definition.

    Returns:
        Its graph.

    Raises:
        DefinitionError: A reference leads nowhere, or steps wait for each other in a circle.
    """
    refuse(
        fault for step in definition.steps.values() for fault in _reference_faults(step, definition)
    )
    needs = {name: frozenset(_needs(step)) for name, step in definition.steps.items()}
    dependents: dict[str, list[str]] = {name: [] for name in definition.steps}
    for name, needed in needs.items():
        for other in needed:
            dependents[other].append(name)
    _refuse_cycle(needs, dependents)
    return Graph(needs, dependents)


def _needs(step: Step) -> Iterator[str]:
    yield from step.depends_on
    if step.branch:
        yield step.branch.condition
    for reference in references(step.arguments):
        parts = split_step(reference)
        if parts:
            yield parts[0]


def _refuse_cycle(
    needs: Mapping[str, frozenset[str]], dependents: Mapping[str, Sequence[str]]
) -> None:
    missing = {name: len(needed) for name, needed in needs.items()}
    ready = deque(name for name, count in missing.items() if not count)
    while ready:
        for name in dependents[ready.popleft()]:
            missing[name] -= 1
            if not missing[name]:
                ready.append(name)
    stuck = [name for name, count in missing.items() if count]
    if not stuck:
        return
    path = [stuck[0]]
    while path.count(path[-1]) < 2:
        path.append(min(name for name in needs[path[-1]] if missing[name]))
    circle = path[path.index(path[-1]) :]
    raise DefinitionError(f"steps wait for each other in a circle: {' → '.join(circle)}")


def _reference_faults(step: Step, definition: Definition) -> Iterator[str]:
    where = f"step {step.name!r}"
    for name in step.depends_on:
        if name not in definition.steps:
            yield f"{where}: DependsOn names step {name!r}, which is not there"
        elif definition.steps[name].type == "Fail":
            yield f"{where} depends on Fail step {name!r}, which SageMaker doesn't allow"
    outputs = [item.get("OutputName") for item in _outputs(step)]
    for file in step.property_files.values():
        if file.output not in outputs:
            yield f"{where}: property file {file.name!r} names output {file.output!r}, not there"
    for reference in references(step.arguments):
        try:
            fault = _reference_fault(reference, definition)
        except StepError as error:
            fault = str(error)
        if fault:
            yield f"{where}: {reference}: {fault}"


def _reference_fault(reference: str, definition: Definition) -> str:
    parts = split_step(reference)
    if parts:
        return _step_reference_fault(*parts, definition)
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


def _step_reference_fault(name: str, path: list[str | int], definition: Definition) -> str:
    step = definition.steps.get(name)
    if step is None:
        return f"there is no step {name!r}"
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
    if path[:2] == ["ProcessingOutputConfig", "Outputs"] and len(path) > 2:
        outputs = [str(item.get("OutputName")) for item in _outputs(step)]
        if isinstance(path[2], str) and path[2] not in outputs:
            return f"no such output ({_list(outputs)})"
    return ""


def _outputs(step: Step) -> list[Mapping[str, Any]]:
    config = step.arguments.get("ProcessingOutputConfig")
    outputs = config.get("Outputs") if isinstance(config, dict) else None
    return [item for item in outputs if isinstance(item, dict)] if isinstance(outputs, list) else []


def _list(names: Any) -> str:
    return f"there is: {', '.join(names) or 'none'}"
