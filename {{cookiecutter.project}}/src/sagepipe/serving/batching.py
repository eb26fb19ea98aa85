"""Predicting the rows of several requests together."""

from collections.abc import Sequence
from itertools import accumulate
from typing import Any, TypeGuard

from sagepipe.serving.columns import Columns
from sagepipe.serving.predictions import Predictions


def groups(tables: Sequence[Any], most_rows: int) -> list[list[int]]:
    """Sort tables into groups that may be predicted together.

    Only tables of the same columns with the same types are: joined to floats, whole numbers would
    no longer be what they are alone.

    Args:
        tables: What ``parse`` made of each request.
        most_rows: Of a table that is put together with others, and of them together.

    Returns:
        Places in ``tables``, each in one group.
    """
    found: list[list[int]] = []
    open_groups: dict[tuple[tuple[str, Any], ...], tuple[list[int], int]] = {}
    for place, table in enumerate(tables):
        rows = _rows(table) if _is_columns(table) else most_rows + 1
        if rows > most_rows:
            found.append([place])
            continue
        kind = tuple((name, values.dtype) for name, values in table.items())
        group, together = open_groups.get(kind, ([], 0))
        if not group or together + rows > most_rows:
            group, together = [], 0
            found.append(group)
        group.append(place)
        open_groups[kind] = (group, together + rows)
    return found


def join(tables: Sequence[Columns]) -> Columns:
    """Put tables of the same columns below each other."""
    import numpy as np

    return {name: np.concatenate([table[name] for table in tables]) for name in tables[0]}


def split(predictions: Any, tables: Sequence[Columns]) -> list[Predictions] | None:
    """Give each table its own part of what was predicted for all of them.

    Args:
        predictions: What the model said about the joined tables.
        tables: The tables in the order they were joined in.

    Returns:
        One part a table; None where there is not one prediction a row.
    """
    sizes = [_rows(table) for table in tables]
    if not isinstance(predictions, Predictions) or len(predictions.values) != sum(sizes):
        return None
    probabilities = predictions.probabilities
    if probabilities is not None and len(probabilities) != sum(sizes):
        return None
    ends = list(accumulate(sizes))
    return [part(predictions, end - size, end) for size, end in zip(sizes, ends, strict=True)]


def part(predictions: Predictions, start: int, end: int) -> Predictions:
    """Take some of the rows."""
    probabilities = predictions.probabilities
    return Predictions(
        predictions.values[start:end],
        None if probabilities is None else probabilities[start:end],
        predictions.classes,
    )


def _is_columns(table: Any) -> TypeGuard[Columns]:
    return (
        isinstance(table, dict)
        and bool(table)
        and all(getattr(values, "ndim", 0) == 1 for values in table.values())
    )


def _rows(table: Columns) -> int:
    return len(next(iter(table.values())))
