"""Parameter values on the wire: SageMaker carries text, components see Python values."""

import json
from typing import Any

PARAMETER_TYPES: tuple[type, ...] = (str, int, float, bool, list, dict)


def encode(value: Any) -> str:
    """Write a parameter's value as the text that a hyperparameter or container argument holds.

    Args:
        value: A ``str``, ``int``, ``float``, ``bool``, ``list`` or ``dict``.

    Returns:
        The text: ``true``/``false`` for booleans, JSON for lists and dicts.

    Raises:
        ValueError: The value is of another type, or holds what JSON has no form for.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, list | dict):
        try:
            return json.dumps(value, sort_keys=True)
        except TypeError as error:
            raise ValueError(f"{value!r} can't be written as JSON: {error}") from None
    raise ValueError(f"a parameter can't be a {type(value).__name__}: {value!r}")


def decode(text: str, expected: type) -> Any:
    """Read a parameter's value back from its text.

    Args:
        text: What ``encode`` or SageMaker wrote.
        expected: One of ``PARAMETER_TYPES``.

    Returns:
        The value, of type ``expected``.

    Raises:
        ValueError: The text is no value of that type.
    """
    if expected is str:
        return text
    if expected is bool:
        if text.lower() in ("true", "false"):  # Std:Join writes lower case, Python's str() upper
            return text.lower() == "true"
        raise ValueError(f"{text!r} is not a bool: write true or false")
    if expected in (int, float):
        try:
            return expected(text)
        except ValueError:
            raise ValueError(f"{text!r} is not of type {expected.__name__}") from None
    try:
        value = json.loads(text)
    except ValueError:
        raise ValueError(f"{text!r} is not JSON for a {expected.__name__}") from None
    if not isinstance(value, expected):
        raise ValueError(f"{text!r} is JSON, but not for a {expected.__name__}")
    return value


def matches(value: Any, expected: type) -> bool:
    """Say whether a Python value may stand for a parameter of a type (``int`` widens to float)."""
    if isinstance(value, bool):
        return expected is bool
    if expected is float:
        return isinstance(value, int | float)
    return isinstance(value, expected)
