"""Looking at a table column by column: kind, missing values, range, values."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["number", "boolean", "text", "date", "empty", "other"]
Value: TypeAlias = str | int | float | bool

# Value sets are proposed up to this size; beyond it a list says less than it costs to keep.
MOST_VALUES = 30

_DATE = re.compile(
    r"(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}"  # 2012-01-31, 2012/1/31
    r"|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}"  # 31.1.2012, 1/31/12
    r"|[A-Za-z]{3,9}\.? \d{1,2},? \d{4}|\d{1,2}[- ][A-Za-z]{3,9}[- ]\d{2,4}"  # Jan 31 2012
    r")([T ].*)?"
)
_LOOKED_AT = 500  # values of a text column, to see whether they are dates
# pandas.api.types.infer_dtype's names.
_KINDS: dict[str, Kind] = {
    "boolean": "boolean",
    "integer": "number",
    "floating": "number",
    "mixed-integer-float": "number",
    "string": "text",
    "mixed": "text",
    "mixed-integer": "text",
    "categorical": "text",
    "datetime64": "date",
    "datetime": "date",
    "date": "date",
    "empty": "empty",
}


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes:
        name: Its name.
        kind: What its values are.
        dtype: pandas' name of its type.
        rows: Rows of the table.
        nulls: Rows in which it has no value.
        distinct: Different values.
        whole: Whether all of its numbers are whole.
        low: The least number, or the first date.
        high: The greatest.
        values: All values in order, where they are at most ``MOST_VALUES``.
        ordered: Whether its values never fall from row to row.
    """

    name: str
    kind: Kind
    dtype: str
    rows: int
    nulls: int
    distinct: int
    whole: bool = False
    low: Any = None
    high: Any = None
    values: tuple[Value, ...] = ()
    ordered: bool = False

    @property
    def null_share(self) -> float:
        """Share of the rows in which it has no value, 0 to 1."""
        return self.nulls / self.rows if self.rows else 0.0


def describe(table: "pd.DataFrame") -> list[Column]:
    """Look at every column.

    Args:
        table: The table, n rows.

    Returns:
        A description each, in the table's order.

    Raises:
        ValueError: A column's name is no text, or there twice.
    """
    names = list(table.columns)
    for name in names:
        if not isinstance(name, str):
            raise ValueError(f"column {name!r} has a name that is no text: give it one")
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"two columns are called {twice[0]!r}: give each a name of its own")
    return [_describe(table[name]) for name in names]


def kind_of(column: "pd.Series[Any]") -> Kind:
    """Say what a column's values are."""
    from pandas.api.types import infer_dtype

    kind = _KINDS.get(infer_dtype(column, skipna=True), "other")
    if kind != "empty" and column.notna().sum() == 0:
        return "empty"
    if kind == "text":
        looked_at = column.dropna().head(_LOOKED_AT)
        if not all(isinstance(value, str | int | float) for value in looked_at):
            return "other"
        looked_at = looked_at.astype(str)
        if all(_DATE.fullmatch(value.strip()) for value in looked_at):
            return "date"
    return kind


def _describe(column: "pd.Series[Any]") -> Column:
    kind, name = kind_of(column), str(column.name)
    nulls = int(column.isna().sum())
    if kind in ("empty", "other"):
        return Column(name, kind, str(column.dtype), len(column), nulls, 0)
    values = column.dropna()
    if kind == "text":
        values = values.astype(str)
    distinct = values.drop_duplicates()
    low = high = None
    whole = False
    if kind in ("number", "date"):
        low, high = plain(values.min()), plain(values.max())
    if kind == "number":
        finite = values.astype("float64")
        whole = bool((finite == finite.round()).all())
    few = sorted(map(plain, distinct)) if len(distinct) <= MOST_VALUES else []
    return Column(
        name,
        kind,
        str(column.dtype),
        len(column),
        nulls,
        len(distinct),
        whole,
        low,
        high,
        tuple(few),
        bool(values.is_monotonic_increasing) if kind == "number" else False,
    )


def plain(value: Any) -> Any:
    """Turn a cell into what JSON and Python's source can hold."""
    value = value.item() if hasattr(value, "item") else value
    return value if isinstance(value, str | int | float | bool) else str(value)
