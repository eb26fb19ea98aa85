"""Expectation suites that follow from a proposal: what was seen, with a margin."""

import json
import math
from collections.abc import Iterator
from typing import Any

from sagepipe.components.profiling.columns import Column
from sagepipe.components.profiling.proposal import Proposal

# Numbers may lie outside the range that was seen by this share of it.
MARGIN = 0.25
_LEAST_ROWS = 100
_SPARE = 0.05  # more of a column may be missing than was
_NUMBERS = ("float64", "int64")


def raw(proposal: Proposal) -> str:
    """Propose the suite of the raw table.

    Args:
        proposal: What was understood.

    Returns:
        Great Expectations' JSON.
    """
    expectations = [_rows(proposal)]
    for column in proposal.raw:
        expectations += _of(column, proposal, raw_table=True)
    return _suite("raw", "what has to be true of the data that come in", expectations)


def prepared(proposal: Proposal) -> str:
    """Propose the suite of the prepared table: its columns, and what the model may be given.

    Args:
        proposal: What was understood.

    Returns:
        Great Expectations' JSON.
    """
    names = [column.name for column in proposal.prepared]
    expectations = [
        _expect("table_columns_to_match_ordered_list", column_list=names),
        _rows(proposal),
    ]
    for column in proposal.prepared:
        expectations += _of(column, proposal, raw_table=False)
    purpose = "what has to be true of the data that the model is trained and tested on"
    return _suite("prepared", purpose, expectations)


def _of(column: Column, proposal: Proposal, raw_table: bool) -> Iterator[dict[str, Any]]:
    """Say of a column what was seen of it."""
    name, role = column.name, proposal.roles[column.name].kind
    said = 0
    if column.kind == "number":
        types = sorted({*_NUMBERS, column.dtype})
        yield _expect("column_values_to_be_in_type_list", column=name, type_list=types)
        said += 1
    if (role == "target" and not raw_table) or not column.nulls:
        yield _expect("column_values_to_not_be_null", column=name)
        said += 1
    elif (share := math.floor(100 * (1 - column.null_share - _SPARE)) / 100) > 0:
        yield _expect("column_values_to_not_be_null", column=name, mostly=share)
        said += 1
    if role == "target" and proposal.classes:
        yield _expect("column_values_to_be_in_set", column=name, value_set=list(proposal.classes))
        said += 1
    elif column.kind == "boolean":
        yield _expect("column_values_to_be_in_set", column=name, value_set=[False, True])
        said += 1
    elif column.kind == "text" and column.values and role == "categorical":
        yield _expect("column_values_to_be_in_set", column=name, value_set=list(column.values))
        said += 1
    elif column.kind == "number" and role in ("numeric", "target") and _bounded(column):
        low, high = bounds(column)
        yield _expect("column_values_to_be_between", column=name, min_value=low, max_value=high)
        said += 1
    if not said:
        yield _expect("column_to_exist", column=name)


def bounds(column: Column) -> tuple[float, float]:
    """Widen the range that was seen; what never was negative does not become so.

    Args:
        column: Of numbers.

    Returns:
        The least and the greatest number to expect, whole where the column's are.
    """
    low, high = float(column.low), float(column.high)
    margin = MARGIN * (high - low) or abs(high) or 1.0
    unit = 10.0 ** (math.floor(math.log10(margin)) - 1)
    if column.whole:
        unit = max(unit, 1.0)
    least = math.floor((low - margin) / unit) * unit
    most = math.ceil((high + margin) / unit) * unit
    if low >= 0:
        least = max(least, 0.0)
    if column.whole:
        return int(least), int(most)
    return float(f"{least:.12g}"), float(f"{most:.12g}")


def _bounded(column: Column) -> bool:
    return all(
        isinstance(end, int | float) and math.isfinite(end) for end in (column.low, column.high)
    )


def _rows(proposal: Proposal) -> dict[str, Any]:
    least = min(_LEAST_ROWS, proposal.target.rows // 2)
    made = _expect("table_row_count_to_be_between", min_value=least)
    return {**made, "meta": {"notes": "Fewer rows are a broken extract."}}


def _expect(what: str, **kwargs: Any) -> dict[str, Any]:
    return {"type": f"expect_{what}", "kwargs": kwargs}


def _suite(name: str, purpose: str, expectations: list[dict[str, Any]]) -> str:
    content = {
        "name": name,
        "expectations": expectations,
        "notes": f"The {name} table: {purpose}. Proposed from what was seen; edit it.",
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"
