"""The expressions of a definition: ``Get``, ``Std:Join`` and ``Std:JsonGet``."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from sagepipe.compiler.check.finding import Finding, Place, shown
from sagepipe.compiler.check.tables import DEFINITION
from sagepipe.contract.language import FUNCTIONS, GET, JOIN, JSON_GET

_STEP = re.compile(r"[^.\[\]]+")
_TOKEN = re.compile(r"\.([A-Za-z0-9_\-]+)|\[(\d+)\]|\[(?:'([^']*)'|\"([^\"]*)\")\]")

Token = str | int


class Index(str):
    """A name in brackets: ``['train']``."""


def is_expression(value: Any) -> bool:
    """Tell whether a value stands for what is known when the pipeline runs."""
    return (
        isinstance(value, Mapping)
        and len(value) == 1
        and all(key == GET or (isinstance(key, str) and key.startswith("Std:")) for key in value)
    )


def walk(value: Any, place: Place) -> Iterator[tuple[Place, Mapping[str, Any]]]:
    """List the expressions in a value, those inside expressions too."""
    if isinstance(value, Mapping):
        if is_expression(value):
            yield place, value
        for key, inner in value.items():
            yield from walk(inner, place.at(str(key)))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from walk(inner, place.at(index))


def references(value: Any, place: Place) -> Iterator[tuple[Place, str]]:
    """List what the ``Get`` expressions in a value refer to."""
    for where, expression in walk(value, place):
        if isinstance(expression.get(GET), str):
            yield where, expression[GET]


def parse(path: str) -> list[Token] | None:
    """Split what follows a step's name: ``.Outputs['train'][0]``.

    Returns:
        Member names, ``Index`` names and positions; None where it is no path.
    """
    tokens: list[Token] = []
    position = 0
    while position < len(path):
        match = _TOKEN.match(path, position)
        if match is None:
            return None
        member, index, single, double = match.groups()
        if index is not None:
            tokens.append(int(index))
        elif member is not None:
            tokens.append(member)
        else:
            tokens.append(Index(single if single is not None else double))
        position = match.end()
    return tokens


def head(path: str) -> tuple[str, str]:
    """Split a path into its first name and the rest."""
    match = _STEP.match(path)
    name = match[0] if match else ""
    return name, path[len(name) :]


def syntax(value: Any, place: Place) -> Iterator[Finding]:
    """Find expressions that are not written as they should be."""
    for where, expression in walk(value, place):
        ((name, body),) = expression.items()
        if name == GET:
            if not isinstance(body, str) or not body:
                yield where.finding(f"Get has {shown(body)}", "the path of a value", DEFINITION)
        elif name == JOIN:
            yield from _join(body, where.at(JOIN))
        elif name == JSON_GET:
            yield from _json_get(body, where.at(JSON_GET))
        else:
            allowed = "one of " + ", ".join(FUNCTIONS)
            yield where.finding(f"{name} is no function", allowed, DEFINITION)


def _join(body: Any, place: Place) -> Iterator[Finding]:
    source = "SageMaker SDK, functions.Join"
    if not isinstance(body, Mapping) or not isinstance(body.get("Values"), list):
        yield place.finding("there is no list of Values", "an object of On and Values", source)
        return
    if not isinstance(body.get("On", ""), str):
        yield place.at("On").finding(f"On is {shown(body['On'])}", "text", source)
    for index, item in enumerate(body["Values"]):
        if not is_expression(item) and not isinstance(item, str | int | float):
            yield place.at("Values", index).finding(
                f"{shown(item)} can't be joined", "a scalar or an expression", source
            )


def _json_get(body: Any, place: Place) -> Iterator[Finding]:
    source = "SageMaker SDK, functions.JsonGet"
    if not isinstance(body, Mapping):
        yield place.finding(
            f"it is {shown(body)}", "an object of PropertyFile or S3Uri, and Path", source
        )
        return
    if ("PropertyFile" in body) == ("S3Uri" in body):
        both = "both PropertyFile and S3Uri" if "S3Uri" in body else "no file"
        yield place.finding(f"it names {both}", "either PropertyFile or S3Uri", source)
    if not isinstance(body.get("Path"), str) or not body["Path"]:
        yield place.at("Path").finding(
            f"Path is {shown(body.get('Path'))}", "the path of a value in the file", source
        )
    file = body.get("PropertyFile")
    if file is not None and not (is_expression(file) and isinstance(file.get(GET), str)):
        yield place.at("PropertyFile").finding(
            f"PropertyFile is {shown(file)}", "{'Get': 'Steps.NAME.PropertyFiles.NAME'}", source
        )
