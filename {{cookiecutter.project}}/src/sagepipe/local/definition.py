"""A pipeline definition, read and checked before anything starts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sagepipe.contract import names
from sagepipe.local.conditions import TYPES
from sagepipe.local.errors import DefinitionError
from sagepipe.local.shapes import DEFINITION, STEP, faults
from sagepipe.local.step import Branch, PropertyFile, Step
from sagepipe.local.steps.condition import ARGUMENTS as CONDITION
from sagepipe.local.steps.table import KINDS


@dataclass(frozen=True)
class Definition:
    """A pipeline definition.

    Attributes:
        parameters: The declared parameters.
        experiment: ``PipelineExperimentConfig``.
        steps: All steps by name, in the order of the definition.
    """

    parameters: tuple[Mapping[str, Any], ...]
    experiment: Mapping[str, Any]
    steps: Mapping[str, Step]


def read(definition: Mapping[str, Any]) -> Definition:
    """Read a definition.

    ``CacheConfig`` is accepted and without effect: every step runs. ``RetryPolicies`` have none
    either, as they speak of infrastructure's faults, never of a job's own.

    Args:
        definition: The compiled JSON as a dict.

    Returns:
        Its parts.

    Raises:
        DefinitionError: It is malformed, or needs something that the local runner doesn't have.
    """
    if not isinstance(definition, dict):
        raise DefinitionError(f"a pipeline definition is a JSON object, not {definition!r}")
    refuse(faults(definition, DEFINITION, ""))
    if not definition["Steps"]:
        raise DefinitionError("the definition has no Steps")
    found = list(_flatten(definition["Steps"], None))
    refuse(fault for raw, branch in found for fault in _step_faults(raw, branch))
    steps: dict[str, Step] = {}
    for raw, branch in found:
        if raw["Name"] in steps:
            raise DefinitionError(f"two steps are called {raw['Name']!r}; names have to differ")
        steps[raw["Name"]] = _step(raw, branch)
    return Definition(
        parameters=tuple(definition.get("Parameters") or ()),
        experiment=definition.get("PipelineExperimentConfig") or {},
        steps=steps,
    )


def refuse(found: Iterator[str]) -> None:
    """Raise if there is anything to say.

    Args:
        found: What is wrong, a line each.

    Raises:
        DefinitionError: There are faults.
    """
    lines = list(dict.fromkeys(found))
    if len(lines) == 1:
        raise DefinitionError(lines[0])
    if lines:
        raise DefinitionError("\n- ".join(["the definition can't run here:", *lines]))


def without_none(value: Any) -> Any:
    """Drop keys that are unset: the SDK writes them as null.

    Args:
        value: Any part of a definition.

    Returns:
        The same without them.
    """
    if isinstance(value, dict):
        return {key: without_none(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [without_none(item) for item in value]
    return value


def _flatten(steps: Any, branch: Branch | None) -> Iterator[tuple[Any, Branch | None]]:
    for raw in steps:
        yield raw, branch
        arguments = raw.get("Arguments") if isinstance(raw, dict) else None
        if branch is None and isinstance(arguments, dict) and raw.get("Type") == "Condition":
            for key, outcome in (("IfSteps", True), ("ElseSteps", False)):
                if isinstance(arguments.get(key), list):
                    yield from _flatten(arguments[key], Branch(str(raw.get("Name")), outcome))


def _step_faults(raw: Any, branch: Branch | None) -> Iterator[str]:
    name = raw.get("Name") if isinstance(raw, dict) else raw
    if not isinstance(name, str) or not names.STEP_NAME.fullmatch(name) or name is raw:
        yield f"{name!r} is no step name: up to 64 letters, digits, hyphens and underscores"
        return
    step = f"step {name!r}"
    kind = raw.get("Type")
    if not isinstance(kind, str) or kind not in KINDS:
        supported = ", ".join(KINDS)
        yield f"{step}: type {kind!r} is not supported by the local runner ({supported} are)"
        return
    if kind == "Condition" and branch:
        yield f"{step} is a condition in a branch of {branch.condition!r}; SageMaker nests none"
    found = [f"{step}: {fault}" for fault in faults(raw, STEP, "")]
    yield from found
    if found:
        return
    if kind == "Condition":
        yield from (f"{step}: {fault}" for fault in faults(raw["Arguments"], CONDITION))
        yield from _condition_faults(raw["Arguments"].get("Conditions"), step)
    for other in raw.get("DependsOn") or ():
        if not isinstance(other, str):
            yield f"{step}: DependsOn with a trigger ({other!r}) is not supported locally"


def _condition_faults(conditions: Any, step: str) -> Iterator[str]:
    if not isinstance(conditions, list) or not conditions:
        yield f"{step} has no Conditions"
        return
    needed = {
        "Not": ("Condition",),
        "Or": ("Conditions",),
        "In": ("QueryValue", "Values"),
    }
    for condition in conditions:
        kind = condition.get("Type") if isinstance(condition, dict) else None
        if kind not in TYPES:
            yield f"{step}: {condition!r} is no condition ({', '.join(TYPES)})"
            continue
        keys = needed.get(kind, ("LeftValue", "RightValue"))
        missing = [key for key in keys if condition.get(key) is None]
        if missing:
            yield f"{step}: condition {kind} lacks {' and '.join(missing)}"
        elif kind == "In" and not isinstance(condition["Values"], list):
            yield f"{step}: condition In has Values that are no list"
        elif kind == "Not":
            yield from _condition_faults([condition["Condition"]], step)
        elif kind == "Or":
            yield from _condition_faults(condition["Conditions"], step)


def _step(raw: Mapping[str, Any], branch: Branch | None) -> Step:
    arguments = raw["Arguments"]
    if raw["Type"] == "Condition":
        arguments = {"Conditions": arguments["Conditions"]}
    files = (
        PropertyFile(item["PropertyFileName"], item["OutputName"], item["FilePath"])
        for item in raw.get("PropertyFiles") or ()
    )
    return Step(
        name=raw["Name"],
        type=raw["Type"],
        arguments=without_none(arguments),
        depends_on=tuple(raw.get("DependsOn") or ()),
        property_files={file.name: file for file in files},
        branch=branch,
    )
