"""Parquet, in and out. It needs pyarrow, which the serving image has only where it is asked for."""

import io
from importlib.util import find_spec
from typing import Any

from sagepipe.serving import columns
from sagepipe.serving.columns import Columns
from sagepipe.serving.errors import BadRequest, PayloadTooLarge, UnsupportedMediaType
from sagepipe.serving.media import MediaType
from sagepipe.serving.schema import Schema

MEDIA_TYPE = "application/x-parquet"
REMEDY = 'install pyarrow (the extra "parquet")'

# A file of a few bytes may hold any number of rows, if they are the same.
_MOST_CELLS = 10_000_000


def installed() -> bool:
    """Whether Parquet can be read and written here."""
    return find_spec("pyarrow") is not None


def read_parquet(body: bytes, media: MediaType, schema: Schema) -> Columns:
    """Read a Parquet file with the model's columns; others are left out."""
    if not installed():
        raise UnsupportedMediaType(
            f"Content-Type {MEDIA_TYPE!r} can't be read here: {REMEDY}, or send text/csv"
        )
    import pyarrow as pa
    from pyarrow.parquet import ParquetFile

    try:
        file = ParquetFile(io.BytesIO(body))
        names = list(file.schema_arrow.names)
        rows = file.metadata.num_rows
        _check(names, rows, schema)
        table = file.read(columns=list(schema.names), use_threads=False)
    except (pa.ArrowException, OSError, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        raise BadRequest(f"the body is not Parquet: {reason}") from None
    return columns.from_json(
        schema, {name: _values(table.column(name), name) for name in schema.names}
    )


def write_parquet(table: dict[str, Any]) -> bytes:
    """Write columns as a Parquet file."""
    import pyarrow as pa
    from pyarrow.parquet import write_table

    file = io.BytesIO()
    write_table(pa.table(table), file)
    return file.getvalue()


def _check(names: list[str], rows: int, schema: Schema) -> None:
    for name in schema.names:
        if names.count(name) > 1:
            raise BadRequest(f"column {name!r} stands twice in the file", column=name)
    absent = [name for name in schema.names if name not in names]
    if absent:
        columns.missing(absent)
    if not rows:
        raise BadRequest("there are no rows: send at least one")
    if rows * len(schema.names) > _MOST_CELLS:
        raise PayloadTooLarge(
            f"the file has {rows:,} rows of {len(schema.names)} columns; send up to "
            f"{_MOST_CELLS:,} cells at a time"
        )


def _values(column: Any, name: str) -> list[Any]:
    import pyarrow as pa

    kind = column.type
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if pa.types.is_decimal(kind):
        column = column.cast(pa.float64())
    elif pa.types.is_nested(kind) or pa.types.is_temporal(kind):
        raise BadRequest(f"column {name!r} holds {kind}, which is no number or text", column=name)
    values: list[Any] = column.to_pylist()
    return values
