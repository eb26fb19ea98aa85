"""Request bodies to typed columns, one reader for each media type."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any, NoReturn, TypeAlias

from sagepipe.serving import columns, parquet
from sagepipe.serving.columns import Columns
from sagepipe.serving.errors import BadRequest, UnsupportedMediaType
from sagepipe.serving.media import MediaType
from sagepipe.serving.npy import read_npy
from sagepipe.serving.schema import Schema

Reader: TypeAlias = Callable[[bytes, MediaType, Schema], Columns]

_ROWS_AT_ONCE = 1000
_JSON_FORMS = (
    'a list of records, one record, or an object with "columns" and "data" or with one of '
    '"instances", "dataframe_records", "dataframe_split"'
)


def read(body: bytes, content_type: str, schema: Schema) -> Columns:
    """Read a request's body by its Content-Type.

    Args:
        body: The bytes as they came.
        content_type: The header with its parameters.
        schema: The model's columns.

    Returns:
        The model's columns, typed, rows in the order they came in.

    Raises:
        UnsupportedMediaType: No reader for that media type.
        BadRequest: Nothing to read, or not what the schema says.
    """
    media = MediaType.parse(content_type)
    reader = READERS.get(media.name)
    if reader is None:
        stated = f"Content-Type {media.name!r} can't be read" if media.name else "no Content-Type"
        raise UnsupportedMediaType(f"{stated}; send one of {', '.join(READERS)}")
    if not body.strip():
        raise _empty()
    return reader(body, media, schema)


def _empty() -> BadRequest:
    return BadRequest("the body is empty: send at least one row")


def read_csv(body: bytes, media: MediaType, schema: Schema) -> Columns:
    """Read CSV with or without a header row.

    The first row is a header if one of its cells is the name of a feature; the Content-Type's
    parameter ``header=present`` or ``header=absent`` (RFC 4180) settles it. Without a header the
    columns are the model's in its order.
    """
    stated = media.parameters.get("header", "").lower()
    if stated not in ("", "present", "absent"):
        raise BadRequest(f"Content-Type: header={stated!r}; it is 'present' or 'absent'")
    chunks = _csv_rows(body, media)
    start = next(chunks, None)
    if start is None:
        raise _empty()
    first = [name.strip() for name in start[0]]
    has_header = stated == "present" or (not stated and not set(first).isdisjoint(schema.names))
    names = first if has_header else list(schema.names)
    if has_header:
        _check_header(names, schema)
        del start[0]
    data: list[list[str]] = []
    for chunk in chain([start], chunks):
        for row, cells in enumerate(chunk, start=len(data) + 1):
            if len(cells) != len(names):
                order = "the header has" if has_header else "without a header row the model takes"
                raise BadRequest(
                    f"row {row} has {len(cells)} fields; {order} {len(names)}", row=row
                )
        data += chunk
    if not data:
        raise BadRequest("the body has a header and no rows")
    return columns.from_text(schema, dict(zip(names, zip(*data, strict=True), strict=True)))


def _csv_rows(body: bytes, media: MediaType) -> Iterator[list[list[str]]]:
    """Read some rows at a time: what is no table is refused before all of it is held."""
    try:
        text = body.decode(media.parameters.get("charset", "utf-8")).removeprefix("\ufeff")
        reader = csv.reader(io.StringIO(text.rstrip("\r\n"), newline=""), strict=True)
        while rows := list(islice(reader, _ROWS_AT_ONCE)):
            # csv gives an empty line no field; in a table of one column it is a missing value.
            yield [row or [""] for row in rows]
    except (UnicodeError, LookupError, csv.Error) as error:
        raise BadRequest(f"the body is not CSV: {error}") from None


def _check_header(names: Sequence[str], schema: Schema) -> None:
    twice = sorted({name for name in schema.names if names.count(name) > 1})
    if twice:
        raise BadRequest(f"column {twice[0]!r} stands twice in the header", column=twice[0])
    absent = [name for name in schema.names if name not in names]
    if absent:
        columns.missing(absent)


def read_json(body: bytes, media: MediaType, schema: Schema) -> Columns:
    """Read JSON: records, ``instances``, ``dataframe_records`` or ``dataframe_split``."""
    import orjson

    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"the body is not JSON: {error}") from None
    if isinstance(content, list):
        return _from_rows(content, schema)
    if isinstance(content, dict):
        if content.keys() >= _SPLIT and _SPLIT.isdisjoint(schema.names):
            return _from_split(content, schema)
        for key, reader in _JSON_KEYS.items():
            if key in content and key not in schema.names:
                return reader(content[key], schema)
        if not set(content).isdisjoint(schema.names):
            return _from_rows([content], schema)
    raise BadRequest(f"the body is not a table: send {_JSON_FORMS}")


def read_jsonlines(body: bytes, media: MediaType, schema: Schema) -> Columns:
    """Read JSON lines: on each line a record, or a list in the model's order."""
    import orjson

    rows = []
    for number, line in enumerate(io.BytesIO(body.rstrip()), start=1):
        try:
            rows.append(orjson.loads(line))
        except orjson.JSONDecodeError as error:
            raise BadRequest(f"row {number} is not JSON: {error}", row=number) from None
    return _from_rows(rows, schema)


def _from_rows(rows: Any, schema: Schema) -> Columns:
    """Read a list of records, or of lists in the model's order."""
    if not isinstance(rows, list):
        raise BadRequest(f"rows are a list, not {_json_type(rows)}: send {_JSON_FORMS}")
    if not rows:
        raise BadRequest("there are no rows: send at least one")
    if isinstance(rows[0], list):
        return _from_lists(schema.names, rows, schema)
    try:
        values = [schema.pick(record) for record in rows]
    except (KeyError, TypeError):
        _refuse_records(rows, schema)
    return columns.from_json(
        schema, dict(zip(schema.names, zip(*values, strict=True), strict=True))
    )


def _refuse_records(rows: Sequence[Any], schema: Schema) -> NoReturn:
    for row, record in enumerate(rows, start=1):
        if not isinstance(record, dict):
            raise BadRequest(f"row {row} is {_json_type(record)}, not a record", row=row)
        for name in schema.names:
            if name not in record:
                raise BadRequest(
                    f"row {row}: column {name!r} is missing (null stands for a missing value)",
                    row=row,
                    column=name,
                )
    raise AssertionError("records were refused, each of them was not")


def _from_split(split: Any, schema: Schema) -> Columns:
    """Read pandas' ``split`` orientation: ``{"columns": [...], "data": [[...], ...]}``."""
    if not isinstance(split, dict) or not isinstance(split.get("data"), list):
        raise BadRequest('a table in "split" form is an object with "columns" and "data"')
    names = split.get("columns")
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise BadRequest('a table in "split" form: "columns" is a list of names')
    _check_header(names, schema)
    if not split["data"]:
        raise BadRequest("there are no rows: send at least one")
    return _from_lists(names, split["data"], schema)


def _from_lists(names: Sequence[str], rows: list[Any], schema: Schema) -> Columns:
    for row, values in enumerate(rows, start=1):
        if not isinstance(values, list):
            raise BadRequest(f"row {row} is {_json_type(values)}, not a list", row=row)
        if len(values) != len(names):
            raise BadRequest(
                f"row {row} has {len(values)} values for {len(names)} columns", row=row
            )
    return columns.from_json(schema, dict(zip(names, zip(*rows, strict=True), strict=True)))


def _json_type(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "text", bool: "true or false"}
    return "null" if value is None else names.get(type(value), "a number")


_SPLIT = {"columns", "data"}
_JSON_KEYS: Mapping[str, Callable[[Any, Schema], Columns]] = {
    "instances": _from_rows,
    "dataframe_records": _from_rows,
    "dataframe_split": _from_split,
}
READERS: Mapping[str, Reader] = {
    "text/csv": read_csv,
    "application/json": read_json,
    "application/jsonlines": read_jsonlines,
    parquet.MEDIA_TYPE: parquet.read_parquet,
    "application/x-npy": read_npy,
}
