"""Compare two definitions: parameters, steps, what waits for what."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sagepipe.compiler import reading
from sagepipe.compiler.difference import paths, renames
from sagepipe.compiler.reading import BODIES, Edge, Step, Wait

# Keys whose values say on what a job runs, and so what it costs.
RESOURCES = frozenset(
    {
        "InstanceType",
        "InstanceCount",
        "VolumeSizeInGB",
        "MaxRuntimeInSeconds",
        "MaxWaitTimeInSeconds",
        "EnableManagedSpotTraining",
        "KeepAlivePeriodInSeconds",
        "MaxNumberOfTrainingJobs",
        "MaxParallelTrainingJobs",
        "MaxConcurrency",
        "MaxConcurrentTransforms",
    }
)


@dataclass(frozen=True)
class Change:
    """One value that is another now.

    Attributes:
        path: Where: ``Arguments.HyperParameters.rate``.
        old: What it was; ``None`` if it was not there.
        new: What it is; ``None`` if it is gone.
        resources: Whether it is about machines.
    """

    path: str
    old: Any
    new: Any
    resources: bool = False


@dataclass(frozen=True)
class StepChange:
    """A step of both definitions that is not the same in them.

    Attributes:
        name: What it is called now.
        type: Its type now.
        was: What it was called.
        changes: What else is different; nothing if it was only renamed.
    """

    name: str
    type: str
    was: str
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Difference:
    """What changed.

    Attributes:
        settings: What belongs neither to parameters nor to steps.
        parameters: By the parameter's name.
        added: Steps that are new: name and type.
        removed: Steps that are gone.
        changed: Steps that are renamed or changed.
        new_edges: What waits for what now.
        old_edges: What no longer does; with names as they are now.
    """

    settings: tuple[Change, ...]
    parameters: tuple[Change, ...]
    added: tuple[tuple[str, str], ...]
    removed: tuple[tuple[str, str], ...]
    changed: tuple[StepChange, ...]
    new_edges: tuple[Edge, ...]
    old_edges: tuple[Edge, ...]

    def __bool__(self) -> bool:
        """Say whether anything changed."""
        return any(vars(self).values())


def compare(old: Mapping[str, Any], new: Mapping[str, Any]) -> Difference:
    """Compare two definitions.

    The order of steps, parameters and named entries has no meaning in SageMaker, nor has what is
    null: neither is compared. A step that is gone and a new one that says the same are one step,
    renamed.

    Args:
        old: The definition as it was.
        new: As it is.

    Returns:
        What changed.
    """
    called = renames.find(old, new)
    renamed = renames.applied(old, called)
    before = {step.name: step for step in reading.steps(renamed)}
    after = {step.name: step for step in reading.steps(new)}
    was = {now: name for name, now in called.items()}
    changed = []
    for name in (name for name in after if name in before):
        changes = tuple(_step(before[name], after[name]))
        if changes or name in was:
            changed.append(StepChange(name, after[name].type, was.get(name, name), changes))
    old_edges, new_edges = _edges(renamed), _edges(new)
    rest = {"Steps", "Parameters"}
    return Difference(
        settings=tuple(_changes(_without(old, rest), _without(new, rest))),
        parameters=tuple(_parameters(old.get("Parameters"), new.get("Parameters"))),
        added=tuple((step.name, step.type) for step in after.values() if step.name not in before),
        removed=tuple((step.name, step.type) for step in before.values() if step.name not in after),
        changed=tuple(changed),
        new_edges=tuple(edge for edge in new_edges if edge not in old_edges),
        old_edges=tuple(edge for edge in old_edges if edge not in new_edges),
    )


def _edges(definition: Mapping[str, Any]) -> dict[Edge, None]:
    """Take what waits for what; that a step stands in another is told as a change of the step."""
    return {edge: None for edge in reading.edges(definition) if edge.wait is not Wait.INSIDE}


def _step(old: Step, new: Step) -> Iterator[Change]:
    if old.within != new.within:
        yield Change("stands in", _place(old), _place(new))
    yield from _changes(_own(old), _own(new))


def _place(step: Step) -> str:
    return " / ".join(f"{body.owner} {body.key}" for body in step.within) or "the pipeline itself"


def _own(step: Step) -> Mapping[str, Any]:
    """Take what a step says, without its name, the steps in it, and what the edges tell."""
    raw = _without(step.raw, {"Name", "DependsOn"})
    return {**raw, "Arguments": step.arguments} if step.type in BODIES else raw


def _parameters(old: Any, new: Any) -> Iterator[Change]:
    before, after = _by_name(old), _by_name(new)
    for name in [*before, *(name for name in after if name not in before)]:
        if before.get(name) != after.get(name):
            yield Change(name, before.get(name), after.get(name))


def _by_name(listed: Any) -> dict[str, Any]:
    items = [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []
    return {str(item.get("Name")): _without(item, {"Name"}) for item in items}


def _changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    before, after = dict(paths.leaves(old)), dict(paths.leaves(new))
    for path in [*before, *(path for path in after if path not in before)]:
        one, other = before.get(path), after.get(path)
        if one != other or type(one) is not type(other):
            yield Change(path, one, other, paths.last(path) in RESOURCES)


def _without(value: Mapping[str, Any], keys: set[str]) -> Mapping[str, Any]:
    return {key: item for key, item in value.items() if key not in keys}
