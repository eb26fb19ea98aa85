"""Parquet files that are not what their footers say."""

import io
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow.parquet import ParquetFile, write_table

MEGABYTE = 1024 * 1024


def written(table: dict[str, Any], **options: Any) -> bytes:
    """Write a file."""
    file = io.BytesIO()
    write_table(pa.table(table), file, **options)
    return file.getvalue()


def chunk(body: bytes, column: int = 0) -> Any:
    """Read what the footer says of a column in the first row group."""
    return ParquetFile(io.BytesIO(body)).metadata.row_group(0).column(column)


def lying(names: list[str], size: int, values: int = 1) -> bytes:
    """Make a file of some kilobytes whose footer says as much, and whose first page says more.

    The page stands where the first column's was, which was of numbers that don't compress.
    """
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as packed:
        for _ in range(size // MEGABYTE):
            packed.write(bytes(MEGABYTE))
    data = sink.getvalue().to_pybytes()
    page = _head(size, len(data), values) + data
    numbers = np.frombuffer(np.random.default_rng(7).bytes(len(page) // 8 * 8 + 8), dtype="f8")
    honest = written(dict.fromkeys(names, numbers), compression="zstd", use_dictionary=False)
    return honest[:4] + page + honest[4 + len(page) :]


def _head(size: int, packed: int, values: int) -> bytes:
    """Write a page's header: a page of data, sizes, then values and how they are written."""
    numbers = [b"\x15" + _zigzag(number) for number in (0, size, packed, values, 0, 3, 3)]
    return b"".join([*numbers[:3], b"\x2c", *numbers[3:], b"\0\0"])


def _zigzag(number: int) -> bytes:
    value, found = number << 1, bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    return bytes([*found, value])
