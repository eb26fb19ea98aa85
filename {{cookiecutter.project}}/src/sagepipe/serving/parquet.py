"""Parquet, in and out. It needs pyarrow, which the serving image has only where it is asked for."""

import io
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import Any

from sagepipe.serving import columns, footer
from sagepipe.serving.columns import Columns
from sagepipe.serving.errors import BadRequest, UnsupportedMediaType
from sagepipe.serving.media import MediaType
from sagepipe.serving.schema import Schema

MEDIA_TYPE = "application/x-parquet"
REMEDY = 'install pyarrow (the extra "parquet")'


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

    try:
        file = footer.check(body, schema)
        table = file.read(columns=list(schema.names), use_threads=False)
        table.validate(full=True)  # text may be none, and a dictionary's places lie outside of it
        values = {name: _values(table.column(name)) for name in schema.names}
    except (pa.ArrowException, OSError, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        raise BadRequest(f"the body is not Parquet: {reason}") from None
    _check_texts(values, table)
    return columns.from_json(schema, values)


def write_parquet(table: dict[str, Any]) -> bytes:
    """Write columns as a Parquet file."""
    import pyarrow as pa
    from pyarrow.parquet import write_table

    file = io.BytesIO()
    write_table(pa.table(table), file)
    return file.getvalue()


def _check_texts(values: Mapping[str, Sequence[Any]], table: Any) -> None:
    """Count what texts would take if each row had its own, as a model makes of them."""
    footer.check_size(
        sum(
            sum(map(len, filter(None, values[name])))
            for name in values
            if footer.is_text(table.schema.field(name).type)
        )
    )


def _values(column: Any) -> list[Any]:
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        # to_pylist() would make a text of its own for each row.
        return [value for chunk in column.chunks for value in _shared(chunk)]
    if pa.types.is_decimal(column.type):
        column = column.cast(pa.float64())
    values: list[Any] = column.to_pylist()
    return values


def _shared(chunk: Any) -> list[Any]:
    known = _values(chunk.dictionary)
    return [None if place is None else known[place] for place in chunk.indices.to_pylist()]
