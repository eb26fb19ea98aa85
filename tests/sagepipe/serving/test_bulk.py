"""Columns read whole and cell by cell are the same arrays."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagepipe.serving import BadRequest, Feature, Schema, bulk, columns

CELLS = st.sampled_from(
    ["", "0", "-1", "1.5", "1e3", "nan", "inf", "1_000", " 7 ", "true", "x", "1e400", str(2**63)]
) | st.floats().map(repr)
VALUES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False)
    | st.text(max_size=3)
)


# One column, or two beside each other.
TABLES = st.integers(1, 4).flatmap(
    lambda rows: st.lists(st.lists(CELLS, min_size=rows, max_size=rows), min_size=1, max_size=2)
)
JSON_TABLES = st.integers(1, 4).flatmap(
    lambda rows: st.lists(st.lists(VALUES, min_size=rows, max_size=rows), min_size=1, max_size=2)
)


def outcome(read, schema, table):
    """What a reader makes of a table, or how it refuses it."""
    try:
        arrays = read(schema, table)
    except (BadRequest, OverflowError) as error:
        return type(error), str(error)
    return [
        (name, array.dtype, [None if value != value else value for value in array.tolist()])
        for name, array in arrays.items()
    ]


def assert_same(read, ways, kind, raw):
    table = {f"x{number}": column for number, column in enumerate(raw)}
    schema = Schema(tuple(Feature(name, kind) for name in table))
    quick = outcome(read, schema, table)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(bulk, ways, {})
        assert outcome(read, schema, table) == quick


@pytest.mark.parametrize("kind", ["number", "integer", "string", "boolean"])
@given(raw=TABLES)
def test_text(kind, raw):
    assert_same(columns.from_text, "TEXT", kind, raw)


@pytest.mark.parametrize("kind", ["number", "integer", "string", "boolean"])
@given(raw=JSON_TABLES)
def test_json(kind, raw):
    assert_same(columns.from_json, "JSON", kind, raw)


def test_plain_columns_are_read_whole():
    assert bulk.text_number([["1", "2.5"], ["", "3"]]).dtype == np.float64
    assert bulk.text_integer([["1", "2"]]).dtype == np.int64
    assert bulk.json_number([[1, 2.5], [3, 4]]).tolist() == [[1.0, 2.5], [3.0, 4.0]]
    assert np.isnan(bulk.json_number([[None]])).all()
    assert bulk.json_number([[1e308, 1e308]]).tolist() == [[1e308, 1e308]]
    assert bulk.json_string([["a", None]]).tolist() == [["a", None]]


def test_columns_stay_in_the_models_order():
    kinds = {"a": "string", "b": "number", "c": "string", "d": "integer"}
    schema = Schema(tuple(Feature(name, kind) for name, kind in kinds.items()))
    read = columns.from_json(schema, {"d": [1], "c": ["x"], "b": [0.5], "a": ["y"]})
    assert {name: values.tolist() for name, values in read.items()} == {
        "a": ["y"],
        "b": [0.5],
        "c": ["x"],
        "d": [1],
    }
