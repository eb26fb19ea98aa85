"""Everything about a run that can be known, and refused, before its first step starts."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from sagepipe.local import definition, graph, loops, parameters, shapes
from sagepipe.local.definition import Definition
from sagepipe.local.errors import StepError
from sagepipe.local.expressions import PENDING, Scope, resolve
from sagepipe.local.launch.launch import Launcher
from sagepipe.local.step import Step
from sagepipe.local.steps.table import KINDS


@dataclass(frozen=True)
class Plan:
    """A definition that can run here, with these parameters.

    Attributes:
        definition: The definition.
        graph: The order of its steps.
        parameters: Typed values.
    """

    definition: Definition
    graph: graph.Graph
    parameters: Mapping[str, Any]


def make(raw: Mapping[str, Any], given: Mapping[str, Any], launcher: Launcher) -> Plan:
    """Check a definition and its parameters.

    Args:
        raw: The compiled JSON.
        given: Parameter values by name.
        launcher: Starts the hosts of jobs.

    Returns:
        What can run.

    Raises:
        DefinitionError: The definition can't run here.
        ParameterError: The parameters are not what it declares.
    """
    read = definition.read(raw)
    values = parameters.coerce(read.parameters, given)
    order = graph.build(read)
    scope = Scope(parameters=values, execution=_Anything(), experiment=read.experiment)
    definition.refuse(
        fault for step in read.steps.values() for fault in _all_faults(step, scope, launcher)
    )
    return Plan(read, order, values)


def request_faults(step: Step, request: Any, launcher: Launcher) -> Iterator[str]:
    """Check a step's arguments once their expressions are resolved.

    Args:
        step: The step.
        request: Its arguments; what isn't known yet stands as ``PENDING``.
        launcher: Starts the hosts of jobs.

    Yields:
        Each fault as one line.
    """
    kind = KINDS[step.type]
    found = list(shapes.faults(request, kind.arguments))
    yield from found
    if found:
        return
    yield from kind.faults(request)
    for command in kind.commands(request):
        yield from launcher.faults(command)


def _all_faults(step: Step, scope: Scope, launcher: Launcher) -> Iterator[str]:
    """Check a step, and what a loop runs for each item that is known already."""
    yield from (f"step {step.name!r}: {fault}" for fault in _faults(step, scope, launcher))
    found = [PENDING]
    with suppress(StepError, KeyError, TypeError):
        items = resolve(step.arguments["IterableItems"], scope) if step.body else PENDING
        found = found if items is PENDING else loops.items(items)
    for inner in step.body:
        each = [loops.length_faults(inner.name, len(found))]
        each += [_faults(inner, replace(scope, item=item), launcher) for item in found]
        yield from (f"step {inner.name!r}: {fault}" for fault in chain(*each))


def _faults(step: Step, scope: Scope, launcher: Launcher) -> Iterator[str]:
    try:
        request = resolve(step.arguments, scope)
    except StepError as error:
        yield error.message
    except (KeyError, TypeError) as error:
        yield f"Std:Join needs On and Values, Std:JsonGet PropertyFile or S3Uri and Path ({error})"
    else:
        yield from request_faults(step, request, launcher)


class _Anything(dict[str, Any]):
    """Execution variables before there is an execution: short texts will do."""

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> str:
        return "x"
