"""NumPy's own file format, ``.npy``: an array of rows by columns."""

import io
from typing import TYPE_CHECKING, Any

from sagepipe.serving import columns
from sagepipe.serving.columns import Columns
from sagepipe.serving.errors import BadRequest
from sagepipe.serving.media import MediaType
from sagepipe.serving.schema import Feature, Schema

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Numbers, true or false, text. Objects would be pickles, which run code when they are loaded.
_KINDS = "biufU"


def read_npy(body: bytes, media: MediaType, schema: Schema) -> Columns:
    """Read an array, the model's columns in its order; one of one dimension is a single row."""
    array = _array(body)
    if array.ndim == 1:
        array = array.reshape(1, -1)
    if array.ndim != 2:
        raise BadRequest(f"the array has {array.ndim} dimensions: send rows by columns")
    rows, width = array.shape
    if width != len(schema.names):
        raise BadRequest(f"the array has {width} columns; the model takes {len(schema.names)}")
    if not rows:
        raise BadRequest("there are no rows: send at least one")
    if array.dtype.kind == "U":
        cells = {f.name: array[:, place].tolist() for place, f in enumerate(schema.features)}
        return columns.from_text(schema, cells)
    return columns.from_json(
        schema, {f.name: _values(f, array[:, place]) for place, f in enumerate(schema.features)}
    )


def _array(body: bytes) -> "NDArray[Any]":
    """Read the head first: what it says about the size may be anything."""
    import numpy as np
    from numpy.lib import format as npy

    file = io.BytesIO(body)
    try:
        version = npy.read_magic(file)
        read = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}[version]
        shape, by_columns, dtype = read(file)
    except Exception as error:  # the head is Python's syntax, and fails in any of its parsers
        reason = " ".join(str(error).split())[:200]
        raise BadRequest(f"the body is not an array in NumPy's format: {reason}") from None
    if dtype.kind not in _KINDS or not dtype.itemsize:
        raise BadRequest(f"the array holds {dtype}; send numbers, true or false, or text")
    data = memoryview(body)[file.tell() :]
    size = dtype.itemsize
    for length in shape:
        size *= length
    if any(length < 0 for length in shape) or size != len(data):
        raise BadRequest(f"the array's head says {size:,} bytes and {len(data):,} follow")
    order: Any = "F" if by_columns else "C"
    try:
        return np.frombuffer(data, dtype).reshape(shape, order=order)
    except ValueError as error:
        raise BadRequest(f"the body is not an array in NumPy's format: {error}") from None


def _values(feature: Feature, values: "NDArray[Any]") -> list[Any]:
    """Make a column what JSON would have brought."""
    if feature.type == "boolean" and values.dtype.kind != "b":
        return [_TRUTH.get(value, value) for value in values.tolist()]
    if feature.type in ("number", "integer") and values.dtype.kind == "b":
        values = values.astype(int)
    found: list[Any] = values.tolist()
    return found


# NaN, which is equal to nothing, is found in no table: it stays what it is and is refused.
_TRUTH = {0: False, 1: True}
