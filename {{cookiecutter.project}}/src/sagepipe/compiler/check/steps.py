"""A step's own fields: its name, its type, what it waits for."""

from collections.abc import Iterator, Mapping

from sagepipe.compiler.check.definition import Definition, Node
from sagepipe.compiler.check.expressions import is_expression
from sagepipe.compiler.check.finding import Finding, choices, meant, shown
from sagepipe.compiler.check.properties import Fault
from sagepipe.compiler.check.references import step as find
from sagepipe.compiler.check.tables import (
    DEFINITION,
    GUIDE,
    SDK,
    STEP_KEYS,
    STEP_TYPES,
    UNDESCRIBED,
    of,
)
from sagepipe.contract import limits, names
from sagepipe.contract.language import GET, JOIN, TRIGGERS

_CHECK_TYPES = {
    "QualityCheck": ("DATA_QUALITY", "MODEL_QUALITY"),
    "ClarifyCheck": ("DATA_BIAS", "MODEL_BIAS", "MODEL_EXPLAINABILITY"),
}


def check(node: Node, definition: Definition) -> Iterator[Finding]:
    """Find what is wrong with a step's own fields."""
    yield from _names(node, definition)
    described = node.described
    for key in described.needs:
        if node.body.get(key) is None:
            yield node.place.at(key).finding(f"{key} is missing", "a value", of(node.type))
    if not isinstance(node.body.get("Arguments"), Mapping):
        yield node.place.at("Arguments").finding(
            f"Arguments is {shown(node.body.get('Arguments'))}", "an object", DEFINITION
        )
    for key, most in (("DisplayName", 256), ("Description", 3072)):
        text = node.body.get(key)
        if isinstance(text, str) and len(text) > most:
            yield node.place.at(key).finding(
                f"it has {len(text)} characters", f"{most} or fewer", f"Step{key} of the API"
            )
    yield from _dependencies(node, definition)
    allowed = _CHECK_TYPES.get(node.type)
    if allowed and node.body.get("CheckType", allowed[0]) not in allowed:
        yield node.place.at("CheckType").finding(
            f"{shown(node.body['CheckType'])} is no choice", choices(allowed), of(node.type)
        )
    if node.type == "Fail":
        yield from _message(node)


def _names(node: Node, definition: Definition) -> Iterator[Finding]:
    place, name = node.place, node.body.get("Name")
    if not isinstance(name, str) or not names.STEP_NAME.fullmatch(name):
        yield place.at("Name").finding(
            f"{shown(name)} is no step's name",
            f"text like {names.STEP_NAME.pattern}",
            "PipelineExecutionStep, StepName",
        )
    elif definition.steps.get(name) is not node:
        first = definition.steps[name].place.path
        yield place.at("Name").finding(
            f"{name!r} is the name of {first} too",
            "one step of a name, over all branches and bodies",
            f"{GUIDE}, Condition step",
        )
    if node.type not in STEP_TYPES and node.type not in UNDESCRIBED:
        yield place.at("Type").finding(
            f"{shown(node.body.get('Type'))} is no type of step",
            choices(STEP_TYPES, node.type),
            SDK,
        )
        return
    known = {*STEP_KEYS, *node.described.keys, "CacheConfig", "RetryPolicies", "PropertyFiles"}
    for key, value in node.body.items():
        if value is not None and key not in known and node.type not in UNDESCRIBED:
            yield place.at(key).finding(
                f"a {node.type} step has no {key!r}", meant(key, known), DEFINITION
            )


def _dependencies(node: Node, definition: Definition) -> Iterator[Finding]:
    given = node.body.get("DependsOn")
    place = node.place.at("DependsOn")
    source = f"{SDK}, step_dependency"
    if given is None:
        return
    if not isinstance(given, list):
        yield place.finding(f"it is {shown(given)}", "a list of steps' names", DEFINITION)
        return
    triggers: dict[str, str] = {}
    for index, entry in enumerate(given):
        at, name, trigger = place.at(index), entry, "Completed"
        if isinstance(entry, Mapping) and set(entry) == {"Step", "Trigger"}:
            name, trigger = entry["Step"], entry["Trigger"]
        if not isinstance(name, str):
            allowed = "a step's name, or {'Step': NAME, 'Trigger': TRIGGER}"
            yield at.finding(f"it is {shown(entry)}", allowed, source)
            continue
        if trigger not in TRIGGERS:
            yield at.at("Trigger").finding(
                f"{shown(trigger)} is no trigger", choices(TRIGGERS), source
            )
        if triggers.setdefault(name, trigger) != trigger:
            yield at.finding(f"{name!r} is depended on with two triggers", "one of them", source)
        try:
            target = find(name, node, definition)
        except Fault as fault:
            yield at.finding(*fault.args)
            continue
        if target.type == "Fail":
            yield at.finding(
                f"{name!r} is a Fail step", "a step that doesn't end it", f"{GUIDE}, Fail step"
            )


def _message(node: Node) -> Iterator[Finding]:
    source = f"{GUIDE}, Fail step"
    place = node.place.at("Arguments", "ErrorMessage")
    for key in node.arguments:
        if key != "ErrorMessage":
            yield node.place.at("Arguments", key).finding(
                f"a Fail step has no {key!r}", "ErrorMessage", source
            )
    message = node.arguments.get("ErrorMessage", "")
    if isinstance(message, str):
        if len(message) > limits.FAIL_MESSAGE:
            yield place.finding(
                f"it has {len(message)} characters", f"{limits.FAIL_MESSAGE} or fewer", source
            )
    elif not is_expression(message) or not (GET in message or JOIN in message):
        yield place.finding(f"it is {shown(message)}", "text, a Get or a Std:Join", source)
