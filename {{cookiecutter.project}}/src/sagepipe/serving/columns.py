"""From a request's values to typed arrays, one a column; every refusal names its row and column."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias

from sagepipe.serving import bulk
from sagepipe.serving.errors import BadRequest
from sagepipe.serving.schema import Feature, FeatureType, Schema

if TYPE_CHECKING:
    from numpy.typing import NDArray

Columns: TypeAlias = "dict[str, NDArray[Any]]"
"""Column name → values in row order. Missing: NaN in numbers, None in text and true/false."""

_Reader: TypeAlias = Callable[[Any], Any]

_A = {
    "number": "a number",
    "integer": "a whole number",
    "string": "text",
    "boolean": "true or false",
}
_BOOLEANS = {"true": True, "false": False, "1": True, "0": False}
_SHOWN_CHARACTERS = 40
# Beyond, a double is not every whole number: who knows which one was meant.
_LARGEST_EXACT = 2**53


def from_text(schema: Schema, cells: Mapping[str, Sequence[str]]) -> Columns:
    """Type the cells of a CSV table; an empty cell is a missing value.

    Args:
        schema: The model's columns; other columns are left out.
        cells: Column name → the column's cells as text.

    Returns:
        The model's columns in its order.

    Raises:
        BadRequest: A column is missing, or a cell is not of its column's type.
    """
    return _columns(schema, cells, _TEXT, bulk.TEXT)


def from_json(schema: Schema, values: Mapping[str, Sequence[Any]]) -> Columns:
    """Type the values of a JSON table; ``null`` is a missing value.

    Args:
        schema: The model's columns; other columns are left out.
        values: Column name → the column's values as JSON gave them.

    Returns:
        The model's columns in its order.

    Raises:
        BadRequest: A column is missing, or a value is not of its column's type.
    """
    return _columns(schema, values, _JSON, bulk.JSON)


def missing(names: Sequence[str]) -> NoReturn:
    """Refuse a table without some of the model's columns."""
    listed = ", ".join(map(repr, names))
    plural = "columns are" if len(names) > 1 else "column is"
    raise BadRequest(f"{plural} missing: {listed}", column=names[0])


def _columns(
    schema: Schema,
    table: Mapping[str, Sequence[Any]],
    readers: Mapping[FeatureType, _Reader],
    whole: Mapping[FeatureType, "Callable[[Any], NDArray[Any] | None]"],
) -> Columns:
    absent = [name for name in schema.names if name not in table]
    if absent:
        missing(absent)
    found: Columns = {}
    for kind, names in schema.by_type.items():
        raw = [table[name] for name in names]
        together = _in_bulk(whole.get(kind), raw)
        if together is not None:
            found.update(zip(names, together, strict=True))
            continue
        # One column that is not plain is no reason to read the others cell by cell.
        for name, cells in zip(names, raw, strict=True):
            alone = _in_bulk(whole.get(kind), [cells])
            found[name] = (
                _column(Feature(name, kind), cells, readers[kind]) if alone is None else alone[0]
            )
    return {name: found[name] for name in schema.names}


def _in_bulk(
    read: "Callable[[Any], NDArray[Any] | None] | None", raw: Sequence[Sequence[Any]]
) -> "NDArray[Any] | None":
    try:
        return read(raw) if read else None
    except (ValueError, TypeError, OverflowError):
        return None


def _column(feature: Feature, raw: Sequence[Any], read: _Reader) -> "NDArray[Any]":
    import numpy as np

    try:
        values = [read(value) for value in raw]
    except (ValueError, TypeError):
        _refuse(feature, raw, read)
    if feature.type in ("string", "boolean"):
        whole = feature.type == "boolean" and None not in values
        return np.array(values, dtype=np.bool_ if whole else np.object_)
    # Missing numbers make a column of integers float64, as they do in pandas.
    whole = feature.type == "integer" and None not in values
    return np.array(values, dtype=np.int64 if whole else np.float64)


def _refuse(feature: Feature, raw: Sequence[Any], read: _Reader) -> NoReturn:
    for row, value in enumerate(raw, start=1):
        try:
            read(value)
        except (ValueError, TypeError):
            shown = repr(value)
            if len(shown) > _SHOWN_CHARACTERS:
                shown = shown[:_SHOWN_CHARACTERS] + "…"
            raise BadRequest(
                f"row {row}, column {feature.name!r}: {shown} is not {_A[feature.type]}",
                row=row,
                column=feature.name,
            ) from None
    raise AssertionError(f"column {feature.name!r} was refused, each of its values was not")


def _finite(value: float) -> float | None:
    if math.isinf(value):
        raise ValueError("infinite")
    return None if math.isnan(value) else value


def _int64(value: int) -> int:
    if not -(2**63) <= value < 2**63:
        raise ValueError("out of range")
    return value


def _whole(value: float) -> int | None:
    finite = _finite(value)
    if finite is None:
        return None
    if not finite.is_integer():
        raise ValueError("a fraction")
    if abs(finite) > _LARGEST_EXACT:
        raise ValueError("rounded")
    return int(finite)


def _text_number(cell: str) -> float | None:
    if not cell:
        return None
    if "_" in cell:  # Python's float() would take 1_000
        raise ValueError("underscore")
    return _finite(float(cell))


def _text_integer(cell: str) -> int | None:
    if not cell:
        return None
    if "_" in cell:
        raise ValueError("underscore")
    try:
        return _int64(int(cell))
    except ValueError:
        return _whole(float(cell))


def _text_string(cell: str) -> str | None:
    return cell or None


def _text_boolean(cell: str) -> bool | None:
    if not cell:
        return None
    try:
        return _BOOLEANS[cell.strip().lower()]
    except KeyError:
        raise ValueError(cell) from None


def _json_number(value: Any) -> float | None:
    if value is None:
        return None
    if type(value) is not float and type(value) is not int:
        raise TypeError("not a JSON number")
    return _finite(float(value))


def _json_integer(value: Any) -> int | None:
    if value is None:
        return None
    if type(value) is int:
        return _int64(value)
    if type(value) is float:
        return _whole(value)
    raise TypeError("not a JSON number")


def _json_string(value: Any) -> str | None:
    if value is None or type(value) is str:
        return value
    raise TypeError("not a JSON string")


def _json_boolean(value: Any) -> bool | None:
    if value is None or type(value) is bool:
        return value
    raise TypeError("not a JSON boolean")


_TEXT: Mapping[FeatureType, _Reader] = {
    "number": _text_number,
    "integer": _text_integer,
    "string": _text_string,
    "boolean": _text_boolean,
}
_JSON: Mapping[FeatureType, _Reader] = {
    "number": _json_number,
    "integer": _json_integer,
    "string": _json_string,
    "boolean": _json_boolean,
}
