"""JSON for machines."""

import json
import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any


def lines(value: Any) -> str:
    """Write a document over several lines.

    Args:
        value: What it holds; times become ISO 8601, numbers that are none become ``null``.

    Returns:
        The text.
    """
    return json.dumps(_plain(value), indent=2, ensure_ascii=False, allow_nan=False)


def line(value: Any) -> str:
    """Write a document in one line.

    Args:
        value: As for ``lines``.

    Returns:
        The text.
    """
    return json.dumps(_plain(value), allow_nan=False)


def _plain(value: Any) -> Any:
    match value:
        case str() | bool() | int() | None:
            return value
        case float():  # JSON has no NaN, which is what a metric that diverged is
            return value if math.isfinite(value) else None
        case Mapping():
            return {str(key): _plain(item) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
        case datetime():
            return value.isoformat()
        case _:
            return str(value)
