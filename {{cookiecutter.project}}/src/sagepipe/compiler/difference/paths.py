"""Every value of a request by its path, with entries of lists called by their names.

So an entry that is put in front of others changes nothing of them.
"""

from collections.abc import Iterator
from typing import Any

from sagepipe.compiler import words
from sagepipe.compiler.reading import path as written

# What entries of lists are called by, the first that all of them have.
_NAMES = (
    "Name",
    "InputName",
    "OutputName",
    "ChannelName",
    "PropertyFileName",
    "ParameterName",
    "StepName",
    "Key",
)


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Walk a value down to its scalars, expressions and empty lists.

    Args:
        value: Any part of a definition.
        path: Where it stands.

    Yields:
        The path and the value of each.
    """
    if isinstance(value, dict) and value and not words.is_expression(value):
        for key, item in value.items():
            yield from leaves(item, f"{path}.{written((key,))}" if path else written((key,)))
    elif isinstance(value, list) and value:
        options = _options(value) if last(path) == "ContainerArguments" else None
        for key, item in options or _entries(value):
            yield from leaves(item, f"{path}[{key}]")
    elif path:
        yield path, value


def last(path: str) -> str:
    """Return the last key of a path."""
    return path.rpartition(".")[2]


def _entries(listed: list[Any]) -> Iterator[tuple[str, Any]]:
    for name in _NAMES:
        called = [item.get(name) if isinstance(item, dict) else None for item in listed]
        if all(isinstance(text, str) for text in called) and len(set(called)) == len(called):
            for text, item in zip(called, listed, strict=True):
                yield repr(text), {key: part for key, part in item.items() if key != name} or text
            return
    yield from ((str(index), item) for index, item in enumerate(listed))


def _options(listed: list[Any]) -> list[tuple[str, Any]] | None:
    """Read what a job is called with as a component's parameters, if that is what it is."""
    names = listed[1::2]
    whole = len(listed) % 2 == 1 and len(set(map(str, names))) == len(names)
    if not whole or not all(isinstance(name, str) and name.startswith("--") for name in names):
        return None
    return [("0", listed[0]), *zip(names, listed[2::2], strict=True)]
