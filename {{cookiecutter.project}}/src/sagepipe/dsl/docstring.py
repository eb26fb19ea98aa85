"""Docstrings as descriptions: the summary, and what ``Args:`` says of each argument."""

import re
from collections.abc import Callable
from typing import Any

_SECTION = re.compile(r"^(Args|Arguments|Parameters):\s*$")
_ARGUMENT = re.compile(r"^(\s+)\*{0,2}(\w+)\s*(\([^)]*\))?:\s*(.*)$")


def summary(function: Callable[..., Any]) -> str:
    """Return the first paragraph in one line."""
    return "\n".join(_lines(function)).partition("\n\n")[0].replace("\n", " ")


def arguments(function: Callable[..., Any]) -> dict[str, str]:
    """Return what a Google-style docstring says of each argument.

    Args:
        function: Any function.

    Returns:
        Texts in one line, by argument.
    """
    found: dict[str, str] = {}
    inside, name, indent = False, "", ""
    for line in _lines(function):
        if _SECTION.match(line):
            inside = True
        elif inside and line and not line[0].isspace():
            break
        elif inside and (match := _ARGUMENT.match(line)) and match[1] == (indent or match[1]):
            indent, name = match[1], match[2]
            found[name] = match[4].strip()
        elif inside and name and line.strip():
            found[name] = f"{found[name]} {line.strip()}".strip()
    return found


def _lines(function: Callable[..., Any]) -> list[str]:
    """Return a docstring's lines without its indentation, as ``inspect.getdoc`` does."""
    first, *others = (function.__doc__ or "").expandtabs().strip().splitlines() or [""]
    margin = min((len(line) - len(line.lstrip()) for line in others if line.strip()), default=0)
    return [first, *(line[margin:] for line in others)]
