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


def outcome(read, schema, raw):
    """What a reader makes of a column, or how it refuses it."""
    try:
        array = read(schema, {"x": raw})["x"]
    except (BadRequest, OverflowError) as error:
        return type(error), str(error)
    return array.dtype, [None if value != value else value for value in array.tolist()]


def assert_same(monkeypatch, read, table, kind, raw):
    schema = Schema((Feature("x", kind),))
    quick = outcome(read, schema, raw)
    with monkeypatch.context() as patched:
        patched.setattr(bulk, table, {})
        assert outcome(read, schema, raw) == quick


@pytest.mark.parametrize("kind", ["number", "integer", "string", "boolean"])
@given(raw=st.lists(CELLS, min_size=1, max_size=4))
def test_text(kind, raw):
    with pytest.MonkeyPatch.context() as monkeypatch:
        assert_same(monkeypatch, columns.from_text, "TEXT", kind, raw)


@pytest.mark.parametrize("kind", ["number", "integer", "string", "boolean"])
@given(raw=st.lists(VALUES, min_size=1, max_size=4))
def test_json(kind, raw):
    with pytest.MonkeyPatch.context() as monkeypatch:
        assert_same(monkeypatch, columns.from_json, "JSON", kind, raw)


def test_plain_columns_are_read_whole():
    assert bulk.text_number(["1", "", "2.5"]).dtype == np.float64
    assert bulk.text_integer(["1", "2"]).dtype == np.int64
    assert bulk.json_number([1, 2.5]).tolist() == [1.0, 2.5]
    assert bulk.json_string(["a", None]).tolist() == ["a", None]
