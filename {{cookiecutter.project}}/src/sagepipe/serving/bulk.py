"""Whole columns to arrays in few steps; what is not plain goes the careful way, cell by cell.

Each function gives None for a column that holds anything but plain values of its type. The readers
in ``columns`` then say which cell is wrong, or read it: the two ways give the same array.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sagepipe.serving.schema import FeatureType

if TYPE_CHECKING:
    from numpy.typing import NDArray

_NUMBERS = {float, int}
_TEXTS = {str, type(None)}


def text_number(raw: Sequence[str]) -> "NDArray[Any] | None":
    """Read numbers; an empty cell is missing."""
    import numpy as np

    if "_" in "\n".join(raw):  # Python's float() would take 1_000
        return None
    values = [float(cell) if cell else np.nan for cell in raw]
    return None if _infinite(values) else np.array(values)


def text_integer(raw: Sequence[str]) -> "NDArray[Any] | None":
    """Read whole numbers, none of which is missing."""
    import numpy as np

    if "_" in "\n".join(raw):
        return None
    return np.array(list(map(int, raw)), dtype=np.int64)


def text_string(raw: Sequence[str]) -> "NDArray[Any] | None":
    """Read text; an empty cell is missing."""
    import numpy as np

    return np.array([cell or None for cell in raw], dtype=np.object_)


def json_number(raw: Sequence[Any]) -> "NDArray[Any] | None":
    """Read numbers, none of which is missing."""
    import numpy as np

    # JSON has no infinity; a number may be too large for a double all the same.
    if not set(map(type, raw)) <= _NUMBERS:
        return None
    return None if _infinite(raw) else np.array(raw, dtype=np.float64)


def json_integer(raw: Sequence[Any]) -> "NDArray[Any] | None":
    """Read whole numbers, none of which is missing."""
    import numpy as np

    return np.array(raw, dtype=np.int64) if set(map(type, raw)) == {int} else None


def json_string(raw: Sequence[Any]) -> "NDArray[Any] | None":
    """Read text; null is missing."""
    import numpy as np

    return np.array(raw, dtype=np.object_) if set(map(type, raw)) <= _TEXTS else None


def _infinite(values: Sequence[float]) -> bool:
    """Whether there is an infinity; for the few values of a small request NumPy takes longer."""
    return math.inf in values or -math.inf in values


TEXT: Mapping[FeatureType, Callable[[Sequence[str]], "NDArray[Any] | None"]] = {
    "number": text_number,
    "integer": text_integer,
    "string": text_string,
}
JSON: Mapping[FeatureType, Callable[[Sequence[Any]], "NDArray[Any] | None"]] = {
    "number": json_number,
    "integer": json_integer,
    "string": json_string,
}
