"""What stands around the requests: the definition's own fields, and those of every step."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from sagepipe.compiler.check.definition import Definition, Node
from sagepipe.compiler.check.expressions import GET, JOIN, is_expression
from sagepipe.compiler.check.finding import Finding, Place, choices, meant, shown
from sagepipe.compiler.check.properties import Fault
from sagepipe.compiler.check.references import step as find
from sagepipe.compiler.check.tables import (
    DEFINITION,
    DEFINITION_KEYS,
    EXPERIMENT_KEYS,
    GUIDE,
    SDK,
    STEP_KEYS,
    STEP_TYPES,
    TRIGGERS,
    UNDESCRIBED,
)
from sagepipe.contract import limits, names

_CACHING = f"{GUIDE}, caching pipeline steps"
_RETRY = f"{GUIDE}, retry policy for pipeline steps"
_FILES = f"{SDK}, properties.PropertyFile"
# ISO 8601, as lax as the guide's own examples: P30d, 30d, T12H.
_DURATION = re.compile(
    r"P?(?=[\dT])(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+S)?)?", re.IGNORECASE
)
_EXPERIMENT_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,119}")
_OUTPUT_TYPES = ("String", "Integer", "Boolean", "Float")
_CHECK_TYPES = {
    "QualityCheck": ("DATA_QUALITY", "MODEL_QUALITY"),
    "ClarifyCheck": ("DATA_BIAS", "MODEL_BIAS", "MODEL_EXPLAINABILITY"),
}


def definition(body: Mapping[str, Any]) -> Iterator[Finding]:
    """Find what is wrong with the definition's own fields."""
    place = Place()
    for key in body:
        if key not in DEFINITION_KEYS:
            yield place.at(key).finding(
                f"there is no {key!r}", meant(key, DEFINITION_KEYS), DEFINITION
            )
    if body.get("Version") != names.DEFINITION_VERSION:
        yield place.at("Version").finding(
            f"Version is {shown(body.get('Version'))}", names.DEFINITION_VERSION, DEFINITION
        )
    size = len(json.dumps(body).encode())
    if size > limits.DEFINITION_BYTES:
        yield place.finding(
            f"it has {size} bytes",
            f"{limits.DEFINITION_BYTES} or fewer",
            "CreatePipeline, PipelineDefinition",
        )
    steps = body.get("Steps")
    if not isinstance(steps, list) or not steps:
        yield place.at("Steps").finding(f"Steps is {shown(steps)}", "one step or more", DEFINITION)
    for index, item in enumerate(steps if isinstance(steps, list) else ()):
        if not isinstance(item, Mapping):
            yield place.at("Steps", index).finding(f"it is {shown(item)}", "a step", DEFINITION)
    yield from _experiment(body.get("PipelineExperimentConfig"), place)


def _experiment(config: Any, place: Place) -> Iterator[Finding]:
    at = place.at("PipelineExperimentConfig")
    if config is None:
        return
    if not isinstance(config, Mapping):
        yield at.finding(f"it is {shown(config)}", "an object", DEFINITION)
        return
    for key, value in config.items():
        if key not in EXPERIMENT_KEYS:
            yield at.at(key).finding(
                f"there is no {key!r}", meant(key, EXPERIMENT_KEYS), DEFINITION
            )
        elif isinstance(value, str) and not _EXPERIMENT_NAME.fullmatch(value):
            yield at.at(key).finding(
                f"{shown(value)} does not match",
                f"text like {_EXPERIMENT_NAME.pattern}",
                "CreateExperiment, ExperimentEntityName",
            )


def step(node: Node, definition: Definition) -> Iterator[Finding]:
    """Find what is wrong with a step's own fields."""
    yield from _names(node, definition)
    described = node.described
    for key in described.needs:
        if node.body.get(key) is None:
            yield node.place.at(key).finding(f"{key} is missing", "a value", _of(node))
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
    yield from _caching(node)
    yield from _retries(node)
    yield from _property_files(node)
    yield from _outputs(node)
    allowed = _CHECK_TYPES.get(node.type)
    if allowed and node.body.get("CheckType", allowed[0]) not in allowed:
        yield node.place.at("CheckType").finding(
            f"{shown(node.body['CheckType'])} is no choice", choices(allowed), _of(node)
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
    elif definition.steps[name] is not node:
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
    for key in node.body:
        if key not in known and node.type not in UNDESCRIBED:
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


def _caching(node: Node) -> Iterator[Finding]:
    config, place = node.body.get("CacheConfig"), node.place.at("CacheConfig")
    if config is None:
        return
    if not node.described.cached and node.type not in UNDESCRIBED:
        can = [name for name, type_ in STEP_TYPES.items() if type_.cached]
        yield place.finding(f"{node.type} steps are not cached", ", ".join(can), _CACHING)
    elif not isinstance(config, Mapping) or set(config) - {"Enabled", "ExpireAfter"}:
        yield place.finding(f"it is {shown(config)}", "Enabled and ExpireAfter", _CACHING)
    else:
        enabled, after = config.get("Enabled"), config.get("ExpireAfter")
        if not isinstance(enabled, bool) and not is_expression(enabled):
            yield place.at("Enabled").finding(
                f"{shown(enabled)} is no Boolean", "true or false", _CACHING
            )
        if after is not None and not is_expression(after) and not _is_duration(after):
            yield place.at("ExpireAfter").finding(
                f"{shown(after)} is no duration", "ISO 8601, such as P30D or PT12H", _CACHING
            )


def _is_duration(text: Any) -> bool:
    return isinstance(text, str) and bool(_DURATION.fullmatch(text)) and text[-1].isalpha()


def _retries(node: Node) -> Iterator[Finding]:
    policies, place = node.body.get("RetryPolicies"), node.place.at("RetryPolicies")
    if policies is None or node.type in UNDESCRIBED:
        return
    faults = node.described.retried
    if not faults:
        can = [name for name, type_ in STEP_TYPES.items() if type_.retried]
        yield place.finding(f"{node.type} steps are not retried", ", ".join(can), _RETRY)
        return
    if not isinstance(policies, list):
        yield place.finding(f"it is {shown(policies)}", "a list of policies", _RETRY)
        return
    for index, policy in enumerate(policies):
        yield from _policy(policy, faults, node, place.at(index))


_POLICY: Mapping[str, tuple[float, float]] = {
    "IntervalSeconds": (0, limits.RETRY_MAX_INTERVAL_SECONDS),
    "BackoffRate": (0, float("inf")),
    "MaxAttempts": (1, limits.RETRY_MAX_ATTEMPTS),
    "ExpireAfterMin": (1, 14_400),
}


def _policy(policy: Any, faults: tuple[str, ...], node: Node, place: Place) -> Iterator[Finding]:
    if not isinstance(policy, Mapping):
        yield place.finding(f"it is {shown(policy)}", "an object", _RETRY)
        return
    kinds = policy.get("ExceptionType")
    at = place.at("ExceptionType")
    if not isinstance(kinds, list) or not kinds:
        yield at.finding(f"it is {shown(kinds)}", f"a list of {', '.join(faults)}", _RETRY)
    for index, kind in enumerate(kinds if isinstance(kinds, list) else ()):
        if kind not in faults:
            yield at.at(index).finding(
                f"{shown(kind)} is no fault of a {node.type} step", choices(faults), _RETRY
            )
    for key, value in policy.items():
        if key not in _POLICY:
            if key != "ExceptionType":
                yield place.at(key).finding(f"there is no {key!r}", meant(key, _POLICY), _RETRY)
            continue
        least, most = _POLICY[key]
        if isinstance(value, bool) or not isinstance(value, int | float):
            yield place.at(key).finding(f"{shown(value)} is no number", "a number", _RETRY)
        elif not least <= value <= most:
            yield place.at(key).finding(f"{value} is out of range", f"{least} to {most}", _RETRY)
    if "MaxAttempts" in policy and "ExpireAfterMin" in policy:
        yield place.finding("it has both MaxAttempts and ExpireAfterMin", "one of them", _RETRY)


def _property_files(node: Node) -> Iterator[Finding]:
    files, place = node.body.get("PropertyFiles"), node.place.at("PropertyFiles")
    if not files:
        return
    if node.type != "Processing":
        yield place.finding(f"{node.type} steps have no property files", "Processing steps", _FILES)
        return
    config = node.arguments.get("ProcessingOutputConfig")
    entries = config.get("Outputs") if isinstance(config, Mapping) else None
    outputs = [item.get("OutputName") for item in entries or () if isinstance(item, Mapping)]
    seen: set[str] = set()
    for index, file in enumerate(files if isinstance(files, list) else ()):
        at = place.at(index)
        if not isinstance(file, Mapping):
            yield at.finding(f"it is {shown(file)}", "an object", _FILES)
            continue
        for key in ("PropertyFileName", "OutputName", "FilePath"):
            if not isinstance(file.get(key), str) or not file[key]:
                yield at.at(key).finding(f"{key} is {shown(file.get(key))}", "text", _FILES)
        name, output = file.get("PropertyFileName"), file.get("OutputName")
        if name in seen:
            yield at.at("PropertyFileName").finding(
                f"{name!r} is declared twice", "one file of a name", _FILES
            )
        seen.add(str(name))
        if isinstance(output, str) and output not in outputs:
            yield at.at("OutputName").finding(
                f"there is no output {output!r}", choices(outputs, output), _FILES
            )
        if str(file.get("FilePath")).startswith("/"):
            yield at.at("FilePath").finding(
                f"{file['FilePath']!r} is absolute", "a path within the output", _FILES
            )


def _outputs(node: Node) -> Iterator[Finding]:
    """Check what a Lambda or Callback step says that it gives."""
    if node.type not in ("Lambda", "Callback"):
        return
    given, place = node.body.get("OutputParameters"), node.place.at("OutputParameters")
    seen: set[str] = set()
    for index, output in enumerate(given if isinstance(given, list) else ()):
        name = output.get("OutputName") if isinstance(output, Mapping) else None
        if not isinstance(name, str) or not name:
            yield place.at(index).finding(
                f"it is {shown(output)}", "OutputName and OutputType", _of(node)
            )
            continue
        if name in seen:
            yield place.at(index, "OutputName").finding(
                f"{name!r} is declared twice", "one output of a name", _of(node)
            )
        seen.add(name)
        if output.get("OutputType") not in _OUTPUT_TYPES:
            yield place.at(index, "OutputType").finding(
                f"{shown(output.get('OutputType'))} is no type", choices(_OUTPUT_TYPES), _of(node)
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


def _of(node: Node) -> str:
    return f"{SDK}, {node.type} step"
