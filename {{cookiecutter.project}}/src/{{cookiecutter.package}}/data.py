"""Tables in files, and the model's input out of a table, as the schema says."""

from pathlib import Path
from typing import TYPE_CHECKING

from sagepipe.components import tables

from {{ cookiecutter.package }} import schema

if TYPE_CHECKING:
    import pandas as pd


def read(place: str | Path) -> "pd.DataFrame":
    """Read a table.

    Args:
        place: A CSV or Parquet file, or a folder of parts.

    Returns:
        The table, as it stands in the file; the schema's text columns as text.

    Raises:
        ValueError: There is no such table.
    """
    return tables.read(place, text=schema.TEXT)


def features(table: "pd.DataFrame") -> "pd.DataFrame":
    """Take the model's input out of a table, each column with the type that the model takes."""
    types = {
        **dict.fromkeys(schema.NUMERIC, "float64"),
        **dict.fromkeys(schema.CATEGORICAL, "str"),
        **dict.fromkeys(schema.BOOLEAN, "object"),
    }
    rows = table[schema.FEATURES].astype(types)
    # CSV and Parquet differ in what a missing true or false is.
    return rows.where(rows.notna(), float("nan"))
