"""Rows that requests bring and training data lack: missing values, unknown text, huge numbers."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from sagepipe.serving.schema import Schema

if TYPE_CHECKING:
    from pandas import DataFrame

Kind = Literal["missing", "unknown", "large", "huge", "all missing"]

# Large is within single precision, which scikit-learn's forests round to; huge is beyond it.
_LARGE, _HUGE = 1e30, 1e300
# Whole numbers travel as int64 and are exact as doubles up to here.
_LARGE_INTEGER = 2**53
_UNKNOWN = "\u0001a category that training never saw"
_ROWS = 3


@dataclass(frozen=True)
class Edge:
    """A few of the table's rows, spoilt in one way.

    Attributes:
        kind: The way.
        feature: The column; empty for all of them.
        rows: The rows.
    """

    kind: Kind
    feature: str
    rows: "DataFrame"


def edges(table: "DataFrame", schema: Schema) -> Iterator[Edge]:
    """Spoil the table's first rows, a column and a way at a time.

    Args:
        table: The features that the model was fitted on.
        schema: Their types.

    Yields:
        The rows, with the types that a request's columns would have.
    """
    import pandas as pd

    rows = table.head(_ROWS)
    types = {feature.name: feature.type for feature in schema.features}

    def spoilt(feature: str, value: Any) -> "DataFrame":
        text = types[feature] == "string"
        return rows.assign(
            **{feature: pd.Series(value, index=rows.index, dtype="str" if text else "float64")}
        )

    for feature in schema.features:
        yield Edge("missing", feature.name, spoilt(feature.name, None))
        if feature.type == "string":
            yield Edge("unknown", feature.name, spoilt(feature.name, _UNKNOWN))
        elif feature.type != "boolean":
            large = _LARGE if feature.type == "number" else float(_LARGE_INTEGER)
            for value in (large, -large, 0.0):
                yield Edge("large", feature.name, spoilt(feature.name, value))
        if feature.type == "number":
            for value in (_HUGE, -_HUGE):
                yield Edge("huge", feature.name, spoilt(feature.name, value))
    everything = rows
    for feature in schema.features:
        everything = everything.assign(**{feature.name: spoilt(feature.name, None)[feature.name]})
    yield Edge("all missing", "", everything)
