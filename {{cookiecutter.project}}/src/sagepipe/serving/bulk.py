"""Whole columns to arrays in few steps; what is not plain goes the careful way, cell by cell.

Each function takes columns of one type, all of the same length, and gives an array of shape
(columns, rows); None where a cell is anything but a plain value of the type. The readers in
``columns`` then say which cell is wrong, or read it: the two ways give the same values.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeAlias

from sagepipe.serving.schema import FeatureType

if TYPE_CHECKING:
    from numpy.typing import NDArray

_Whole: TypeAlias = "Callable[[Sequence[Sequence[Any]]], NDArray[Any] | None]"

_NUMBERS = {float, int, type(None)}
_TEXTS = {str, type(None)}


def text_number(raw: Sequence[Sequence[str]]) -> "NDArray[Any] | None":
    """Read numbers; an empty cell is missing."""
    import numpy as np

    if _has_underscore(raw):
        return None
    cells = chain.from_iterable(raw)
    values = [float(cell) if cell else math.nan for cell in cells]
    if math.inf in values or -math.inf in values:
        return None
    return np.array(values, dtype=np.float64).reshape(len(raw), -1)


def text_integer(raw: Sequence[Sequence[str]]) -> "NDArray[Any] | None":
    """Read whole numbers, none of which is missing."""
    import numpy as np

    if _has_underscore(raw):
        return None
    values = list(map(int, chain.from_iterable(raw)))
    return np.array(values, dtype=np.int64).reshape(len(raw), -1)


def text_string(raw: Sequence[Sequence[str]]) -> "NDArray[Any] | None":
    """Read text; an empty cell is missing."""
    import numpy as np

    return np.array([[cell or None for cell in cells] for cells in raw], dtype=np.object_)


def json_number(raw: Sequence[Sequence[Any]]) -> "NDArray[Any] | None":
    """Read numbers; null is missing."""
    import numpy as np

    types = _types(raw)
    if not types <= _NUMBERS:
        return None
    values = np.array(raw, dtype=np.float64)
    # JSON has no infinity; a number may be too large for a double all the same. For the few values
    # of a small request NumPy takes longer to find one than their sum does.
    if type(None) not in types and math.isfinite(sum(chain.from_iterable(raw))):
        return values
    return None if np.isinf(values).any() else values


def json_integer(raw: Sequence[Sequence[Any]]) -> "NDArray[Any] | None":
    """Read whole numbers, none of which is missing."""
    import numpy as np

    return np.array(raw, dtype=np.int64) if _types(raw) == {int} else None


def json_string(raw: Sequence[Sequence[Any]]) -> "NDArray[Any] | None":
    """Read text; null is missing."""
    import numpy as np

    return np.array(raw, dtype=np.object_) if _types(raw) <= _TEXTS else None


def _types(raw: Sequence[Sequence[Any]]) -> set[type]:
    return set(map(type, chain.from_iterable(raw)))


def _has_underscore(raw: Sequence[Sequence[str]]) -> bool:
    """Whether there is one; Python's float() and int() would take 1_000."""
    return "_" in "\n".join(chain.from_iterable(raw))


TEXT: Mapping[FeatureType, _Whole] = {
    "number": text_number,
    "integer": text_integer,
    "string": text_string,
}
JSON: Mapping[FeatureType, _Whole] = {
    "number": json_number,
    "integer": json_integer,
    "string": json_string,
}
