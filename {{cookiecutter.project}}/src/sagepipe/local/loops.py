"""ForEach steps: what they loop over, and a round's steps made from their body.

Source: SageMaker SDK 3.27, for_each_step; the API model, IterationContext. Where they don't say
what happens, this runner does the following.

* An item is what the list holds: a scalar, or a list or an object of JSON. ``ForEach.CurrentItem``
  is a scalar as it is, anything else as JSON text. ``.field`` and ``['key']`` also lead into an
  item that is JSON text.
* Where SageMaker takes only text (arguments, environment variables, hyperparameters), the text of
  the current item stands, also of a number.
* A list that only the run knows may have any length; an empty one makes no step, and no fault.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from sagepipe.contract import limits
from sagepipe.contract.language import CURRENT_ITEM, GET, JOIN
from sagepipe.local.errors import StepError
from sagepipe.local.expressions import is_expression, split_step
from sagepipe.local.shapes import Field, Shape
from sagepipe.local.step import Iteration, Step

BODY = "ForEachBody"
MAX_BY, MIN_BY = PICKS = ("MaxBy", "MinBy")

_ITERATION_OUTPUT = "IterationOutput."
_ROUND = re.compile(r"(.+)-\d+")


def faults(arguments: Mapping[str, Any]) -> Iterator[str]:
    """Find what is wrong with a loop as it is written.

    Args:
        arguments: The ForEach step's.

    Yields:
        Each fault as one line.
    """
    most = arguments.get("MaxConcurrency")
    if type(most) is not int or not 1 <= most <= limits.FOR_EACH_CONCURRENCY:
        yield f"MaxConcurrency has to be 1 to {limits.FOR_EACH_CONCURRENCY}, not {most!r}"
    if not arguments.get(BODY):
        yield f"{BODY} has no steps"
    items = arguments.get("IterableItems")
    if isinstance(items, list):
        if not 1 <= len(items) <= limits.FOR_EACH_ITEMS:
            most_items = limits.FOR_EACH_ITEMS
            yield f"IterableItems has {len(items)} items; SageMaker takes 1 to {most_items}"
        for item in items:
            if not isinstance(item, str | int | float) and not is_expression(item):
                yield f"IterableItems: {item!r} is no scalar and no expression"
    elif not is_expression(items):
        yield "IterableItems has to be a list, or an expression that comes to the text of one"


def length_faults(name: str, count: int) -> Iterator[str]:
    """Check that a body's step and its rounds can be called so.

    Args:
        name: The name of the body's step.
        count: How many rounds there are.

    Yields:
        The fault as one line.
    """
    last = f"{name}-{count - 1}"
    if len(last) > limits.STEP_NAME:
        yield f"a round is called {last}; names have up to {limits.STEP_NAME} characters"


def round_of(name: str, bodies: Mapping[str, Any]) -> str | None:
    """Say which step of a body may get this name in a round.

    Args:
        name: A step's name.
        bodies: Steps of bodies by name.

    Returns:
        The step of a body, if there is one.
    """
    match = _ROUND.fullmatch(name)
    return match[1] if match and match[1] in bodies else None


def items(value: Any) -> list[Any]:
    """Read what a loop goes over.

    Args:
        value: ``IterableItems`` with its expressions resolved.

    Returns:
        The items; what isn't known yet stands as ``PENDING``.

    Raises:
        StepError: It is no list, or holds a null.
    """
    found: Any = value
    if isinstance(value, str):
        with suppress(ValueError):
            found = json.loads(value)
    if not isinstance(found, list):
        raise StepError(f"IterableItems is {value!r}, which is not the text of a JSON list")
    if None in found:
        raise StepError("IterableItems holds a null, which is no item")
    return found


def rounds(loop: Step, found: Sequence[Any]) -> tuple[tuple[Step, ...], ...]:
    """Make the steps of each round.

    Args:
        loop: The ForEach step.
        found: Its items.

    Returns:
        For each item the body's steps, in their order.

    Raises:
        StepError: Their names would be too long.
    """
    for step in loop.body:
        for fault in length_faults(step.name, len(found)):
            raise StepError(fault)
    return tuple(_round(loop, index, item) for index, item in enumerate(found))


def selector(loop: Step) -> tuple[str, str, list[str | int]] | None:
    """Read what a loop picks the best round by.

    Args:
        loop: The ForEach step.

    Returns:
        ``MaxBy`` or ``MinBy``, the body's step and the path into its properties; ``None`` where it
        picks none, or where ``Field`` isn't of that form.
    """
    chosen = loop.arguments.get("Selector")
    if not chosen or not str(chosen["Field"]).startswith(_ITERATION_OUTPUT):
        return None
    found = split_step("Steps." + chosen["Field"].removeprefix(_ITERATION_OUTPUT))
    return (chosen["Pick"], *found) if found else None


def text_of_items(value: Any, shape: Shape) -> Any:
    """Ask for the text of the current item where nothing but text may stand.

    Args:
        value: The arguments of a body's step.
        shape: Their table.

    Returns:
        The arguments.
    """
    if not isinstance(value, dict):
        return value
    return {key: _field(item, shape[key]) if key in shape else item for key, item in value.items()}


def _field(value: Any, field: Field) -> Any:
    if field.texts and isinstance(value, dict) and not is_expression(value):
        return {key: _text(item) for key, item in value.items()}
    if field.texts and isinstance(value, list):
        return [_text(item) for item in value]
    if field.shape and isinstance(value, list):
        return [text_of_items(item, field.shape) for item in value]
    return text_of_items(value, field.shape) if field.shape else value


def _text(value: Any) -> Any:
    if isinstance(value, dict) and str(value.get(GET)).startswith(CURRENT_ITEM):
        return {JOIN: {"On": "", "Values": [value]}}
    return value


def _round(loop: Step, index: int, item: Any) -> tuple[Step, ...]:
    names = {step.name: f"{step.name}-{index}" for step in loop.body}
    return tuple(
        replace(
            step,
            name=names[step.name],
            arguments=_renamed(step.arguments, names),
            depends_on={names.get(other, other): end for other, end in step.depends_on.items()},
            iteration=Iteration(loop.name, index, item),
        )
        for step in loop.body
    )


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    """Let references to the body's steps lead to those of the same round."""
    if isinstance(value, list):
        return [_renamed(item, names) for item in value]
    if not isinstance(value, dict):
        return value
    found = {key: _renamed(item, names) for key, item in value.items()}
    if set(found) == {GET} and (step := split_step(str(found[GET]))) and step[0] in names:
        start = f"Steps.{step[0]}"
        return {GET: f"Steps.{names[step[0]]}{found[GET].removeprefix(start)}"}
    if found.get("StepName") in names:  # what a Cleanup step cleans up
        found["StepName"] = names[found["StepName"]]
    return found
