"""Thrift's compact protocol, in which Parquet's footer and page headers are written: read strictly.

What is read here is what pyarrow's reader finds, or it is refused: a field that stands twice or a
number that is too large for its type means one thing to one reader and another to the next.
"""

from collections.abc import Mapping
from typing import Any, TypeAlias

from sagepipe.serving.errors import BadRequest

I32, I64 = 5, 6
_STOP, _TRUE, _FALSE, _BYTE, _I16, _DOUBLE, _BINARY, _LIST, _SET, _STRUCT = (
    *(0, 1, 2, 3, 4, 7, 8, 9, 10),
    12,
)
_BITS = {_I16: 16, I32: 32, I64: 64}
_BYTES = {_BYTE: 1, _DOUBLE: 8}
_DEEPEST = 16

Wanted: TypeAlias = "Mapping[int, int | Wanted | list[Wanted]]"
"""Field → what is wanted of it: a number's type, a structure's fields, or a list of structures."""


def read(body: bytes, place: int, wanted: Wanted, depth: int = 1) -> tuple[dict[int, Any], int]:
    """Read the fields of a structure that are wanted; the others are passed over.

    Args:
        body: The file.
        place: Where the structure begins.
        wanted: The fields.
        depth: How many structures it stands in.

    Returns:
        The fields that are there and of the type that is wanted, and where the structure ends.

    Raises:
        BadRequest: What is there is no structure.
        IndexError: The body ends within it.
    """
    if depth > _DEEPEST:
        raise refusal("a structure stands in too many others")
    fields: dict[int, Any] = {}
    seen: set[int] = set()
    name = 0
    while (head := body[place]) != _STOP:
        place += 1
        kind, step = head & 15, head >> 4
        if step:
            name += step
        else:
            name, place = _number(body, place, _I16)
        if name in seen or not -(2**15) <= name < 2**15:
            raise refusal("a field stands twice")
        seen.add(name)
        asked = wanted.get(name)
        if kind in _BITS:
            value, place = _number(body, place, kind)
            if asked == kind:
                fields[name] = value
        elif kind == _STRUCT and isinstance(asked, Mapping):
            fields[name], place = read(body, place, asked, depth + 1)
        elif kind == _LIST and isinstance(asked, list):
            fields[name], place = _structures(body, place, asked[0], depth)
        else:
            place = _skip(body, place, kind, depth)
    return fields, place + 1


def refusal(reason: str) -> BadRequest:
    """Say why the body is not Parquet."""
    return BadRequest(f"the body is not Parquet: {reason}")


def _structures(
    body: bytes, place: int, wanted: Wanted, depth: int
) -> tuple[list[dict[int, Any]], int]:
    kind, length, place = _list_head(body, place)
    if kind != _STRUCT and length:
        raise refusal("a list holds something else than it should")
    found = []
    for _ in range(length):
        fields, place = read(body, place, wanted, depth + 1)
        found.append(fields)
    return found, place


def _skip(body: bytes, place: int, kind: int, depth: int) -> int:
    if kind in (_TRUE, _FALSE):
        return place
    if kind in _BYTES:
        return place + _BYTES[kind]
    if kind in _BITS:
        return _number(body, place, kind)[1]
    if kind == _BINARY:
        length, place = _varint(body, place)
        return place + length
    if kind == _STRUCT:
        return read(body, place, {}, depth + 1)[1]
    if kind in (_LIST, _SET) and depth < _DEEPEST:
        kind, length, place = _list_head(body, place)
        if kind in (_TRUE, _FALSE, *_BYTES):  # true and false take a byte in a list
            return place + length * _BYTES.get(kind, 1)
        for _ in range(length):
            place = _skip(body, place, kind, depth + 1)
        return place
    raise refusal("a field is of no type that Parquet has")


def _list_head(body: bytes, place: int) -> tuple[int, int, int]:
    """Read a list's type and length."""
    head = body[place]
    if head >> 4 < 15:
        return head & 15, head >> 4, place + 1
    length, place = _varint(body, place + 1)
    return head & 15, length, place


def _number(body: bytes, place: int, kind: int) -> tuple[int, int]:
    """Read a signed number: zigzag."""
    value, place = _varint(body, place)
    if value >> _BITS[kind]:
        raise refusal("a number is too large for its type")
    return (value >> 1) ^ -(value & 1), place


def _varint(body: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = body[place]
        place += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, place
        shift += 7
        if shift > 63:
            raise refusal("a number has no end")
