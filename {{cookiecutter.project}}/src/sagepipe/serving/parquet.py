"""Parquet, in and out. It needs pyarrow, which the serving image has only where it is asked for."""

import io
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import Any

from sagepipe.serving import columns
from sagepipe.serving.columns import Columns
from sagepipe.serving.errors import BadRequest, PayloadTooLarge, UnsupportedMediaType
from sagepipe.serving.media import MediaType
from sagepipe.serving.schema import Schema

MEDIA_TYPE = "application/x-parquet"
REMEDY = 'install pyarrow (the extra "parquet")'

# A file of a few bytes may hold any number of rows, if they are the same, and text of any length.
_MOST_CELLS = 10_000_000
_MOST_BYTES = 256 * 1024 * 1024


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
        _check(file, schema)
        # Text that is repeated stays one text; written out, it may be more than there is memory.
        texts = [f.name for f in file.schema_arrow if f.name in schema.names and _is_text(f.type)]
        file = ParquetFile(io.BytesIO(body), read_dictionary=texts)
        table = file.read(columns=list(schema.names), use_threads=False)
    except (pa.ArrowException, OSError, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        raise BadRequest(f"the body is not Parquet: {reason}") from None
    values = {name: _values(table.column(name), name) for name in schema.names}
    _check_texts(values, table)
    return columns.from_json(schema, values)


def write_parquet(table: dict[str, Any]) -> bytes:
    """Write columns as a Parquet file."""
    import pyarrow as pa
    from pyarrow.parquet import write_table

    file = io.BytesIO()
    write_table(pa.table(table), file)
    return file.getvalue()


def _check(file: Any, schema: Schema) -> None:
    names, rows = list(file.schema_arrow.names), file.metadata.num_rows
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
    groups = (file.metadata.row_group(number) for number in range(file.metadata.num_row_groups))
    _check_size(sum(group.total_byte_size for group in groups))


def _check_texts(values: Mapping[str, Sequence[Any]], table: Any) -> None:
    """Count what texts would take if each row had its own, as a model makes of them."""
    _check_size(
        sum(
            sum(map(len, filter(None, values[name])))
            for name in values
            if _is_text(table.schema.field(name).type)
        )
    )


def _check_size(size: int) -> None:
    if size > _MOST_BYTES:
        raise PayloadTooLarge(
            f"the file has {size:,} bytes when it is unpacked; send up to {_MOST_BYTES:,} at a time"
        )


def _is_text(kind: Any) -> bool:
    import pyarrow as pa

    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _values(column: Any, name: str) -> list[Any]:
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        # to_pylist() would make a text of its own for each row.
        return [value for chunk in column.chunks for value in _shared(chunk, name)]
    kind = column.type
    if pa.types.is_decimal(kind):
        column = column.cast(pa.float64())
    elif pa.types.is_nested(kind) or pa.types.is_temporal(kind):
        raise BadRequest(f"column {name!r} holds {kind}, which is no number or text", column=name)
    values: list[Any] = column.to_pylist()
    return values


def _shared(chunk: Any, name: str) -> list[Any]:
    known = _values(chunk.dictionary, name)
    return [None if place is None else known[place] for place in chunk.indices.to_pylist()]
