"""The pages of a Parquet file, each with a header that says what it becomes when it is unpacked.

What the file's footer says of them may be anything, and pyarrow unpacks a page whatever it becomes:
25 KB may hold gigabytes. A page's own header is what pyarrow goes by, so it can't lie: a page that
becomes anything else is refused there (``parquet.thrift``, PageHeader).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sagepipe.serving import thrift
from sagepipe.serving.thrift import I32

_TYPE, _UNPACKED, _PACKED, _VALUES = 1, 2, 3, 1
# A page's type: the field of the header that has more of it, and that one's field for the encoding.
_DETAILS = {0: (5, 2), 2: (7, 2), 3: (8, 4)}
_HEADER: thrift.Wanted = {
    **dict.fromkeys((_TYPE, _UNPACKED, _PACKED), I32),
    **{field: {_VALUES: I32, encoding: I32} for field, encoding in _DETAILS.values()},
}


@dataclass(frozen=True)
class Page:
    """One page.

    Attributes:
        size: Bytes of it, unpacked.
        values: Values that it says it holds.
        encoding: How they are written, a number of ``parquet.thrift``'s Encoding.
    """

    size: int
    values: int
    encoding: int


def walk(body: bytes, place: int, end: int) -> Iterator[Page]:
    """Read the headers of a column chunk's pages.

    Args:
        body: The file.
        place: Where its first page begins.
        end: Where its last one ends.

    Yields:
        The pages, none of which is unpacked.

    Raises:
        BadRequest: What is there is no page, or lies outside the chunk.
    """
    if not 0 < place <= end <= len(body):
        raise thrift.refusal("a column lies outside the file")
    while place < end:
        try:
            header, place = thrift.read(body, place, _HEADER)
        except IndexError:
            raise thrift.refusal("a page's header is cut off") from None
        page, packed = _page(header)
        if packed < 0 or page.size < 0 or page.values < 0 or place + packed > end:
            raise thrift.refusal("a page lies outside its column")
        place += packed
        yield page


def _page(header: dict[int, Any]) -> tuple[Page, int]:
    """Make a page of its header, and say how many bytes it takes in the file."""
    try:
        field, encoding = _DETAILS[header[_TYPE]]
        details = header[field]
        page = Page(header[_UNPACKED], details[_VALUES], details[encoding])
        return page, header[_PACKED]
    except KeyError:
        raise thrift.refusal("a page's header is not whole") from None
