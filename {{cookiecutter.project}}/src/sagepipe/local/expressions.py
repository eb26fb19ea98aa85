"""Expressions of a pipeline definition: ``Get``, ``Std:Join``, ``Std:JsonGet``.

Source: SageMaker Developer Guide, "Pipeline parameters" and "Step properties".
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from sagepipe.contract.language import CURRENT_ITEM, FUNCTIONS, GET, JOIN, JSON_GET
from sagepipe.local.errors import StepError

# Lists in Describe responses are indexed by their elements' names: Outputs['train'].
_NAME_KEYS = ("OutputName", "InputName", "MetricName", "ChannelName")
_STEP = re.compile(r"Steps\.([A-Za-z0-9\-_]+)(.*)", re.DOTALL)
_TOKEN = re.compile(r"""\.?([^.\[\]'"]+)|\[(\d+)\]|\['([^']*)'\]|\["([^"]*)"\]""")


class Pending:
    """Stands for a value that a step has yet to produce."""

    def __repr__(self) -> str:
        return "<pending>"


PENDING = Pending()


def _unavailable(*_: Any) -> Any:
    return PENDING


@dataclass(frozen=True)
class Scope:
    """What expressions may refer to.

    Attributes:
        parameters: Typed parameter values.
        execution: Values of ``Execution.<name>``.
        experiment: The definition's ``PipelineExperimentConfig``.
        steps: Properties of finished steps by step name; ``None`` before the run, when every
            reference to a step comes to ``PENDING``.
        property_file: Reads a step's property file, given the step's and the file's name.
        json_object: Reads a JSON object from an S3 URI.
        item: What the round of a loop is for; ``None`` outside of loops.
    """

    parameters: Mapping[str, Any] = field(default_factory=dict)
    execution: Mapping[str, Any] = field(default_factory=dict)
    experiment: Mapping[str, Any] = field(default_factory=dict)
    steps: Mapping[str, Mapping[str, Any]] | None = None
    property_file: Callable[[str, str], Any] = _unavailable
    json_object: Callable[[str], Any] = _unavailable
    item: Any = None


def is_expression(value: Any) -> bool:
    """Say whether a value stands for another.

    Args:
        value: Any part of a definition.

    Returns:
        Whether it is a ``Get``, ``Std:Join`` or ``Std:JsonGet``.
    """
    return isinstance(value, dict) and len(value) == 1 and set(value) <= set(FUNCTIONS)


def resolve(value: Any, scope: Scope) -> Any:
    """Replace every expression in a value.

    Args:
        value: Any part of a definition.
        scope: What expressions may refer to.

    Returns:
        The value with its expressions replaced.

    Raises:
        StepError: A reference leads nowhere.
    """
    if isinstance(value, list):
        return [resolve(item, scope) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((name, operand),) = value.items()
        if name == GET:
            return _get(str(operand), scope)
        if name == JOIN:
            return _join(operand, scope)
        if name == JSON_GET:
            return _json_get(operand, scope)
    return {key: resolve(item, scope) for key, item in value.items()}


def references(value: Any) -> Iterator[str]:
    """List what a value refers to.

    Args:
        value: Any part of a definition.

    Yields:
        The text of each ``Get``.
    """
    if isinstance(value, list):
        for item in value:
            yield from references(item)
    elif isinstance(value, dict):
        if len(value) == 1 and isinstance(value.get(GET), str):
            yield value[GET]
            return
        for item in value.values():
            yield from references(item)


def split_step(reference: str) -> tuple[str, list[str | int]] | None:
    """Split a reference to a step.

    Args:
        reference: The text of a ``Get``.

    Returns:
        The step's name and the path into its properties; ``None`` for any other reference.
    """
    match = _STEP.fullmatch(reference)
    return (match[1], tokens(match[2])) if match else None


def tokens(path: str) -> list[str | int]:
    """Split a path such as ``a.b[0]['k']``.

    Args:
        path: The path.

    Returns:
        Names and indexes.

    Raises:
        StepError: The path is not of that form.
    """
    found: list[str | int] = []
    position = 0
    while position < len(path):
        match = _TOKEN.match(path, position)
        if not match:
            raise StepError(f"{path!r} is no path; write it as a.b[0]['k']")
        plain, index, single, double = match.groups()
        if index is not None:
            found.append(int(index))
        else:
            found.append(next(text for text in (plain, single, double) if text is not None))
        position = match.end()
    return found


def text(value: Any) -> str:
    """Print a value as ``Std:Join`` does: booleans in lower case.

    Args:
        value: A scalar.

    Returns:
        Its text.

    Raises:
        StepError: The value is no scalar.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise StepError(f"Std:Join takes text, numbers and booleans, not {value!r}")


def _get(reference: str, scope: Scope) -> Any:
    step = split_step(reference)
    if step:
        name, path = step
        if scope.steps is None:
            return PENDING
        if name not in scope.steps:
            raise StepError(f"{reference}: step {name!r} has no properties yet")
        return walk(scope.steps[name], path, reference)
    if reference.startswith(CURRENT_ITEM):
        return _current_item(reference, scope)
    root, _, rest = reference.partition(".")
    tables = {
        "Parameters": scope.parameters,
        "Execution": scope.execution,
        "PipelineExperimentConfig": scope.experiment,
    }
    if root not in tables or rest not in tables[root]:
        raise StepError(f"{reference} is not known to this execution")
    found = tables[root][rest]
    return resolve(found, scope) if root == "PipelineExperimentConfig" else found


def _current_item(reference: str, scope: Scope) -> Any:
    """Take the item itself, or what its fields hold; a list or an object as JSON text."""
    path = tokens(reference.removeprefix(CURRENT_ITEM))
    found = scope.item
    if found is None:
        raise StepError(f"{reference}: there is no current item outside of a ForEachBody")
    if found is PENDING:
        return PENDING
    if path and isinstance(found, str):
        with suppress(ValueError):
            found = json.loads(found)
    found = walk(found, path, f"{reference} of item {scope.item!r}")
    if found is None:
        raise StepError(f"{reference} of item {scope.item!r} is null")
    return json.dumps(found) if isinstance(found, dict | list) else found


def _join(operand: Any, scope: Scope) -> Any:
    values = [resolve(item, scope) for item in operand["Values"]]
    if any(item is PENDING for item in values):
        return PENDING
    return text(operand.get("On", "")).join(map(text, values))


def _json_get(operand: Any, scope: Scope) -> Any:
    path = resolve(operand["Path"], scope)
    if "PropertyFile" in operand:
        reference = operand["PropertyFile"]
        reference = reference.get(GET) if isinstance(reference, dict) else reference
        step = split_step(str(reference))
        if not step or len(step[1]) != 2 or step[1][0] != "PropertyFiles":
            raise StepError(f"Std:JsonGet: {reference!r} is no Steps.<step>.PropertyFiles.<name>")
        document = scope.property_file(step[0], str(step[1][1]))
        where = f"property file {step[1][1]!r} of step {step[0]!r}"
    else:
        uri = resolve(operand["S3Uri"], scope)
        document = scope.json_object(uri)
        where = str(uri)
    if document is PENDING or path is PENDING:
        return PENDING
    return walk(document, tokens(str(path)), f"{path!r} in {where}")


def walk(value: Any, path: list[str | int], description: str) -> Any:
    """Follow a path into a value.

    Args:
        value: A value of JSON.
        path: Names and indexes; a list's elements may go by their names, as in AWS's responses.
        description: What is walked, for the message.

    Returns:
        What is there.

    Raises:
        StepError: There is nothing.
    """
    for token in path:
        try:
            value = _child(value, token)
        except LookupError:
            raise StepError(f"{description}: there is no {token!r}{_choices(value)}") from None
    return value


def _child(value: Any, token: str | int) -> Any:
    if isinstance(value, list) and isinstance(token, str):
        for item in value:
            if isinstance(item, dict) and any(item.get(key) == token for key in _NAME_KEYS):
                return item
        raise LookupError(token)
    if isinstance(value, dict):
        return value[str(token)]
    if isinstance(value, list):
        return value[int(token)]
    raise LookupError(token)


def _choices(value: Any) -> str:
    if isinstance(value, dict):
        return f" (there is: {', '.join(map(str, value)) or 'nothing'})"
    if isinstance(value, list):
        named = [item.get(key) for item in value if isinstance(item, dict) for key in _NAME_KEYS]
        found = [str(name) for name in named if name] or [f"[0] to [{len(value) - 1}]"]
        return f" (there is: {', '.join(found) if value else 'nothing'})"
    return ""
