"""A pipeline definition, read and checked before anything starts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from sagepipe.contract import names
from sagepipe.contract.language import COMPLETED, FOR_EACH_REFUSES, GET, TRIGGERS
from sagepipe.local import loops, policies
from sagepipe.local.conditions import TYPES
from sagepipe.local.errors import DefinitionError
from sagepipe.local.shapes import DEFINITION, STEP, faults
from sagepipe.local.step import Branch, PropertyFile, Step
from sagepipe.local.steps.table import KINDS


@dataclass(frozen=True)
class Definition:
    """A pipeline definition.

    Attributes:
        parameters: The declared parameters.
        experiment: ``PipelineExperimentConfig``.
        steps: All steps by name, in the order of the definition; without those of loops' bodies.
    """

    parameters: tuple[Mapping[str, Any], ...]
    experiment: Mapping[str, Any]
    steps: Mapping[str, Step]

    @cached_property
    def bodies(self) -> Mapping[str, tuple[Step, str]]:
        """The steps of loops' bodies by name, each with its ForEach step's name."""
        return {
            inner.name: (inner, step.name) for step in self.steps.values() for inner in step.body
        }


@dataclass(frozen=True)
class _Place:
    """Where a step is written: in a branch, in the body of a loop, or in neither."""

    branch: Branch | None = None
    loop: str | None = None


def read(definition: Mapping[str, Any]) -> Definition:
    """Read a definition.

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
    found = list(_flatten(definition["Steps"], _Place()))
    refuse(fault for raw, place in found for fault in _step_faults(raw, place))
    refuse(_name_faults(found))
    return Definition(
        parameters=tuple(definition.get("Parameters") or ()),
        experiment=without_none(definition.get("PipelineExperimentConfig") or {}),
        steps={raw["Name"]: _step(raw, place.branch) for raw, place in found if place.loop is None},
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


def _flatten(steps: Any, place: _Place) -> Iterator[tuple[Any, _Place]]:
    for raw in steps:
        yield raw, place
        arguments = raw.get("Arguments") if isinstance(raw, dict) else None
        if place.loop is not None or not isinstance(arguments, dict):
            continue
        name = str(raw.get("Name"))
        inner: dict[str, _Place] = {}
        if raw.get("Type") == "Condition" and place.branch is None:
            inner = {
                "IfSteps": _Place(Branch(name, True)),
                "ElseSteps": _Place(Branch(name, False)),
            }
        elif raw.get("Type") == "ForEach":
            inner = {loops.BODY: _Place(loop=name)}
        for key, there in inner.items():
            if isinstance(arguments.get(key), list):
                yield from _flatten(arguments[key], there)


def _step_faults(raw: Any, place: _Place) -> Iterator[str]:
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
    if kind == "Condition" and place.branch:
        outer = place.branch.condition
        yield f"{step} is a condition in a branch of {outer!r}; SageMaker nests none"
    if kind in FOR_EACH_REFUSES and place.loop is not None:
        yield (
            f"{step} is a {kind} step in the body of {place.loop!r}; SageMaker's ForEach takes no "
            f"{', '.join(FOR_EACH_REFUSES)} there"
        )
    found = [f"{step}: {fault}" for fault in faults(raw, {**STEP, **KINDS[kind].envelope}, "")]
    yield from found
    if found:
        return
    if kind in ("Condition", "ForEach"):
        yield from (f"{step}: {fault}" for fault in faults(raw["Arguments"], KINDS[kind].arguments))
    yield from (f"{step}: {fault}" for fault in policies.faults(raw))
    if kind == "Condition":
        yield from _condition_faults(raw["Arguments"].get("Conditions"), step)
    if kind == "ForEach":
        yield from (f"{step}: {fault}" for fault in loops.faults(raw["Arguments"]))
    yield from (f"{step}: {fault}" for fault in _depends_faults(raw.get("DependsOn") or ()))


def _depends_faults(entries: Any) -> Iterator[str]:
    triggers: dict[str, str] = {}
    for entry in entries:
        name, trigger = _dependency(entry)
        if not isinstance(name, str) or not isinstance(trigger, str) or trigger not in TRIGGERS:
            yield (
                f'DependsOn {entry!r} is neither a step\'s name nor {{"Step": …, "Trigger": …}} '
                f"with one of {', '.join(TRIGGERS)}"
            )
        elif triggers.setdefault(name, trigger) != trigger:
            yield f"DependsOn names {name!r} twice: {triggers[name]} and {trigger}"


def _dependency(entry: Any) -> tuple[Any, Any]:
    if isinstance(entry, dict) and set(entry) <= {"Step", "Trigger"}:
        return entry.get("Step"), entry.get("Trigger", COMPLETED)
    return entry, COMPLETED


def _name_faults(found: list[tuple[Any, _Place]]) -> Iterator[str]:
    seen: set[str] = set()
    bodies = {raw["Name"]: place.loop for raw, place in found if place.loop is not None}
    for raw, _ in found:
        name = raw["Name"]
        if name in seen:
            yield f"two steps are called {name!r}; names have to differ"
        seen.add(name)
        if step := loops.round_of(name, bodies):
            yield f"step {name!r}: so is a round of step {step!r} called, in loop {bodies[step]!r}"


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
    arguments = without_none(raw["Arguments"])
    body: tuple[Step, ...] = ()
    if raw["Type"] == "Condition":
        arguments = {"Conditions": arguments["Conditions"]}
    elif raw["Type"] == "ForEach":
        body = tuple(_of_body(inner) for inner in arguments.pop(loops.BODY))
        if chosen := arguments.get("Selector"):  # it refers to rounds, not to this execution
            chosen["Field"] = (
                chosen["Field"].get(GET) if isinstance(chosen["Field"], dict) else chosen["Field"]
            )
    if envelope := KINDS[raw["Type"]].envelope:
        arguments = {
            **without_none({key: raw.get(key) for key in envelope}),
            "Arguments": arguments,
        }
    files = (
        PropertyFile(item["PropertyFileName"], item["OutputName"], item["FilePath"])
        for item in raw.get("PropertyFiles") or ()
    )
    return Step(
        name=raw["Name"],
        type=raw["Type"],
        arguments=arguments,
        depends_on=dict(_dependency(entry) for entry in raw.get("DependsOn") or ()),
        property_files={file.name: file for file in files},
        branch=branch,
        body=body,
        cache=policies.cache_policy(raw),
        retries=policies.retry_policies(raw),
    )


def _of_body(raw: Mapping[str, Any]) -> Step:
    step = _step(raw, None)
    arguments = loops.text_of_items(step.arguments, KINDS[step.type].arguments)
    return replace(step, arguments=arguments)
