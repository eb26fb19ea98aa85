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
        if key := _odd_key(value):
            raise ValueError(f"{value!r} can't be written as JSON: its keys are texts, not {key}")
        try:
            return json.dumps(value, sort_keys=True, allow_nan=False)
        except (TypeError, ValueError, RecursionError) as error:
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


def fault(value: Any) -> str:
    """Say why a value can't be written, or nothing where it can (``None`` is simply left out)."""
    if value is None:
        return ""
    try:
        encode(value)
    except ValueError as error:
        return str(error)
    return ""


def matches(value: Any, expected: type) -> bool:
    """Say whether a Python value may stand for a parameter of a type (``int`` widens to float)."""
    if isinstance(value, bool):
        return expected is bool
    if expected is float:
        return isinstance(value, int | float)
    return isinstance(value, expected)


def _odd_key(value: Any, depth: int = 100) -> str:
    """Find a key that JSON would turn into text, so that the value would come back another."""
    if depth == 0:
        return ""  # too deep, or a circle: json says so
    if isinstance(value, dict):
        odd = next((repr(key) for key in value if not isinstance(key, str)), "")
        return odd or next(filter(None, (_odd_key(item, depth - 1) for item in value.values())), "")
    if isinstance(value, list | tuple):
        return next(filter(None, (_odd_key(item, depth - 1) for item in value)), "")
    return ""
