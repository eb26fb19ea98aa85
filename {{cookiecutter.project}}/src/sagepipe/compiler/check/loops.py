"""ForEach steps."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from sagepipe.compiler.check.definition import BODY, Definition, Node
from sagepipe.compiler.check.expressions import is_expression
from sagepipe.compiler.check.finding import Finding, choices, meant, shown
from sagepipe.compiler.check.properties import FOR_EACH, Fault, follow, selector
from sagepipe.compiler.check.references import resolve
from sagepipe.compiler.check.tables import STRING
from sagepipe.contract import limits
from sagepipe.contract.language import FOR_EACH_REFUSES, GET

_KEYS = ("IterableItems", "MaxConcurrency", BODY, "Selector")
_PICKS = ("MaxBy", "MinBy")
_ROUND = re.compile(r"(?P<step>.+)-\d+")


def check(node: Node, definition: Definition) -> Iterator[Finding]:
    """Find what is wrong with a ForEach step, its body's steps and their names."""
    if node.loop is not None and node.type in FOR_EACH_REFUSES:
        yield node.place.at("Type").finding(
            f"a {node.type} step stands in a ForEachBody",
            f"any but {', '.join(FOR_EACH_REFUSES)}",
            FOR_EACH,
        )
    yield from _name(node, definition)
    if node.type == "ForEach":
        yield from _loop(node, definition)


def _name(node: Node, definition: Definition) -> Iterator[Finding]:
    match = _ROUND.fullmatch(node.name)
    body = definition.steps.get(match["step"]) if match else None
    if body is not None and body.loop is not None:
        yield node.place.at("Name").finding(
            f"{node.name!r} is what a round of step {body.name!r} is called",
            f"a name that is not {body.name}-NUMBER",
            FOR_EACH,
        )


def _loop(node: Node, definition: Definition) -> Iterator[Finding]:
    place, arguments = node.place.at("Arguments"), node.arguments
    for key in arguments:
        if key not in _KEYS:
            yield place.at(key).finding(f"there is no {key!r}", meant(key, _KEYS), FOR_EACH)
    most = arguments.get("MaxConcurrency")
    if (
        not isinstance(most, int)
        or isinstance(most, bool)
        or not 1 <= most <= limits.FOR_EACH_CONCURRENCY
    ):
        yield place.at("MaxConcurrency").finding(
            f"MaxConcurrency is {shown(most)}", f"1 to {limits.FOR_EACH_CONCURRENCY}", FOR_EACH
        )
    body = arguments.get(BODY)
    if not isinstance(body, list) or not body:
        yield place.at(BODY).finding(f"{BODY} is {shown(body)}", "one step or more", FOR_EACH)
    yield from _items(node, definition)
    if arguments.get("Selector") is not None:
        yield from _selector(node, definition)


def _items(node: Node, definition: Definition) -> Iterator[Finding]:
    items: Any = node.arguments.get("IterableItems")
    place = node.place.at("Arguments", "IterableItems")
    if isinstance(items, list):
        if not 1 <= len(items) <= limits.FOR_EACH_ITEMS:
            yield place.finding(
                f"there are {len(items)} items", f"1 to {limits.FOR_EACH_ITEMS}", FOR_EACH
            )
        for index, item in enumerate(items):
            if not is_expression(item) and not isinstance(item, str | int | float):
                yield place.at(index).finding(
                    f"{shown(item)} is no item", "a scalar or an expression", FOR_EACH
                )
        return
    if not is_expression(items):
        yield place.finding(
            f"IterableItems is {shown(items)}",
            "a list, or an expression that becomes the text of a JSON list",
            FOR_EACH,
        )
        return
    try:
        path = items.get(GET)
        type_ = resolve(path, node, definition).type if isinstance(path, str) else None
    except Fault:
        return
    if type_ not in (None, STRING, "list"):
        yield place.finding(
            f"{shown(items[GET])} is {type_}", "the text of a JSON list (String)", FOR_EACH
        )


def _selector(node: Node, definition: Definition) -> Iterator[Finding]:
    chosen, place = node.arguments["Selector"], node.place.at("Arguments", "Selector")
    if not isinstance(chosen, Mapping) or set(chosen) != {"Pick", "Field"}:
        yield place.finding(f"it is {shown(chosen)}", "Pick and Field", FOR_EACH)
        return
    if chosen["Pick"] not in _PICKS:
        yield place.at("Pick").finding(
            f"{shown(chosen['Pick'])} is no choice", choices(_PICKS), FOR_EACH
        )
    try:
        step, tokens = selector(node, definition)
        follow(step, tokens, definition)
    except Fault as fault:
        yield place.at("Field").finding(*fault.args)
