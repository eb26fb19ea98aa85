"""Whether a Parquet file is what may be unpacked: how much it stands for, and as what.

A file of a few bytes may hold any number of rows, if they are the same, and text of any length.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sagepipe.serving import columns, pages, thrift
from sagepipe.serving.errors import BadRequest, PayloadTooLarge
from sagepipe.serving.schema import Schema
from sagepipe.serving.thrift import I64

if TYPE_CHECKING:
    from pyarrow.parquet import ParquetFile

_MOST_CELLS = 10_000_000
_MOST_BYTES = 256 * 1024 * 1024
# Read, it takes hundreds of times as much: each column of each row group becomes a structure.
_MOST_FOOTER_BYTES = 1024 * 1024
# Reading a page's header takes some microseconds.
_MOST_PAGES = 20_000
# Each value says what it has in common with the one before: of any length, for a few bytes.
_UNBOUNDED = {6: "DELTA_LENGTH_BYTE_ARRAY", 7: "DELTA_BYTE_ARRAY"}
# The footer's length and "PAR1" are the end of the file.
END = b"PAR1"
_END_BYTES = 8

# FileMetaData, RowGroup, ColumnChunk and ColumnMetaData in parquet.thrift.
_GROUPS, _COLUMNS, _ROWS, _DETAILS = 4, 1, 3, 3
_VALUES, _SIZE, _FIRST_PAGE, _DICTIONARY_PAGE = 5, 7, 9, 11
_CHUNK: thrift.Wanted = {
    _DETAILS: dict.fromkeys((_VALUES, _SIZE, _FIRST_PAGE, _DICTIONARY_PAGE), I64)
}
_FOOTER: thrift.Wanted = {_GROUPS: [{_COLUMNS: [_CHUNK], _ROWS: I64}]}


@dataclass(frozen=True)
class _Chunk:
    """A column of a row group: values, and where its pages are."""

    values: int
    begin: int
    end: int


@dataclass(frozen=True)
class _Group:
    """A row group."""

    rows: int
    chunks: Sequence[_Chunk]


def check(body: bytes, schema: Schema) -> "ParquetFile":
    """Refuse a file that stands for too much, or has other columns than the model takes.

    Args:
        body: The file.
        schema: The model's columns.

    Returns:
        The file, of which nothing has been unpacked. It keeps text that is repeated as one text:
        written out, it may be more than there is memory.

    Raises:
        BadRequest: Columns are missing or hold what is no number and no text; there are no rows;
            or the footer contradicts itself or the file.
        PayloadTooLarge: It has too many rows, or too much text.
    """
    from pyarrow.parquet import ParquetFile

    groups = _read(body)
    file = ParquetFile(io.BytesIO(body))
    _check_names(list(file.schema_arrow.names), schema)
    for name in schema.names:
        _check_kind(file.schema_arrow.field(name).type, name)
    _check_rows(sum(group.rows for group in groups), len(schema.names))
    # pyarrow takes "a.b" for a part of "a", too.
    leaves = {number: file.schema.column(number) for number in range(len(file.schema))}
    asked = {
        number: leaf.path
        for number, leaf in leaves.items()
        if any(leaf.path == name or leaf.path.startswith(f"{name}.") for name in schema.names)
    }
    _check_pages(body, groups, asked)
    texts = [
        path
        for number, path in asked.items()
        if leaves[number].physical_type == "BYTE_ARRAY"
        and leaves[number].converted_type != "DECIMAL"
    ]
    return ParquetFile(io.BytesIO(body), metadata=file.metadata, read_dictionary=texts)


def check_size(size: int) -> None:
    """Refuse what is too large when it is unpacked.

    Args:
        size: Bytes.

    Raises:
        PayloadTooLarge: They are too many.
    """
    if size > _MOST_BYTES:
        raise PayloadTooLarge(
            f"the file has {size:,} bytes when it is unpacked; send up to {_MOST_BYTES:,} at a time"
        )


def is_text(kind: Any) -> bool:
    """Whether a type of pyarrow's is text."""
    from pyarrow import types

    inner = kind.value_type if types.is_dictionary(kind) else kind
    return bool(types.is_string(inner) or types.is_large_string(inner))


def _check_names(names: Sequence[str], schema: Schema) -> None:
    for name in schema.names:
        if names.count(name) > 1:
            raise BadRequest(f"column {name!r} stands twice in the file", column=name)
    absent = [name for name in schema.names if name not in names]
    if absent:
        columns.missing(absent)


def _check_kind(kind: Any, name: str) -> None:
    from pyarrow import types

    inner = kind.value_type if types.is_dictionary(kind) else kind
    plain = types.is_boolean(inner) or types.is_integer(inner) or types.is_floating(inner)
    if not (plain or types.is_decimal(inner) or types.is_null(inner) or is_text(inner)):
        raise BadRequest(f"column {name!r} holds {kind}, which is no number or text", column=name)


def _check_rows(rows: int, width: int) -> None:
    if not rows:
        raise BadRequest("there are no rows: send at least one")
    if rows * width > _MOST_CELLS:
        raise PayloadTooLarge(
            f"the file has {rows:,} rows of {width} columns; send up to "
            f"{_MOST_CELLS:,} cells at a time"
        )


def _read(body: bytes) -> list[_Group]:
    """Read the footer by ourselves.

    pyarrow ends the process when it is asked for a column of a footer that contradicts itself.
    """
    length = int.from_bytes(body[-_END_BYTES:-4], "little")
    if not body.endswith(END) or length > len(body) - _END_BYTES:
        raise thrift.refusal("it does not end with a footer")
    if length > _MOST_FOOTER_BYTES:
        raise PayloadTooLarge(
            f"the file's footer has {length:,} bytes, at most {_MOST_FOOTER_BYTES:,} are read: "
            "write fewer row groups"
        )
    try:
        fields, _ = thrift.read(body, len(body) - _END_BYTES - length, _FOOTER)
        return [_group(group) for group in fields[_GROUPS]]
    except (IndexError, KeyError):
        raise thrift.refusal("its footer is not whole") from None


def _group(fields: dict[int, Any]) -> _Group:
    details = [chunk[_DETAILS] for chunk in fields[_COLUMNS]]
    chunks = []
    for detail in details:
        first, dictionary = detail[_FIRST_PAGE], detail.get(_DICTIONARY_PAGE, 0)
        begin = dictionary if 0 < dictionary < first else first
        chunks.append(_Chunk(detail[_VALUES], begin, begin + detail[_SIZE]))
    return _Group(fields[_ROWS], chunks)


def _check_pages(body: bytes, groups: Sequence[_Group], asked: Mapping[int, str]) -> None:
    size = number = 0
    for group in groups:
        for place, name in asked.items():
            if place >= len(group.chunks):
                raise thrift.refusal(f"column {name!r} is not in all row groups")
            chunk = group.chunks[place]
            if chunk.values != group.rows:
                raise thrift.refusal(
                    f"column {name!r} has {chunk.values:,} values in {group.rows:,} rows"
                )
            for page in pages.walk(body, chunk.begin, chunk.end):
                size, number = size + page.size, number + 1
                check_size(size)
                _check_page(page, name, group.rows)
                if number > _MOST_PAGES:
                    raise PayloadTooLarge(
                        f"the file has more than {_MOST_PAGES:,} pages; write larger ones"
                    )


def _check_page(page: pages.Page, name: str, rows: int) -> None:
    if page.values > rows:
        raise thrift.refusal(
            f"a page of column {name!r} has {page.values:,} values, its row group {rows:,} rows"
        )
    if page.encoding in _UNBOUNDED:
        raise BadRequest(
            f"column {name!r} is encoded as {_UNBOUNDED[page.encoding]}; write it as PLAIN or "
            "with a dictionary",
            column=name,
        )
