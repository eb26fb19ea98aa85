"""Values that would have stopped training are found in requests, refused or reported."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagepipe.serving import BadRequest, ModelError, Schema
from sagepipe.serving.expectations import Expectation, Expectations

CARRIERS = ("AA", "B6", "UA")
LISTED = (
    Expectation("hour", low=0, high=23),
    Expectation("hour", missing=False),
    Expectation("distance", low=0, strict_low=True),
    Expectation("distance", high=6000, critical=False),
    Expectation("carrier", among=CARRIERS),
    Expectation("origin", missing=False),
    Expectation("dest", not_among=("???",)),
    Expectation("gate", among=(1, 2)),
)
ROW = {"hour": 1, "distance": 9.5, "carrier": "UA", "origin": "JFK", "dest": "SFO", "gate": 2}


def table(rows):
    """Make columns of records, as the parser types them."""
    kinds = {"hour": float, "distance": float, "gate": float}
    return {
        name: np.array(
            [np.nan if row[name] is None and name in kinds else row[name] for row in rows],
            dtype=kinds.get(name, object),
        )
        for name in ROW
    }


def find(*rows):
    return Expectations(LISTED).find(table([{**ROW, **row} for row in rows]))


class TestFind:
    def test_finds_nothing_in_what_training_takes(self):
        assert find({}, {"distance": None, "carrier": None, "dest": None, "gate": None}) is None

    @pytest.mark.parametrize(
        ("column", "value", "complaint"),
        [
            ("hour", 24, "24.0 is not at least 0 and at most 23"),
            ("hour", None, "a value is missing"),
            ("distance", 0, "0.0 is not more than 0"),
            ("carrier", "XX", "'XX' is none of 'AA', 'B6', 'UA'"),
            ("origin", None, "a value is missing"),
            ("dest", "???", "'???' is one of '???'"),
            ("gate", 3, "3.0 is none of 1, 2"),
        ],
    )
    def test_names_row_column_and_what_is_expected(self, column, value, complaint):
        outside = find({}, {column: value}, {column: value})
        assert outside.counts == {column: 2}
        assert str(outside.refusal) == (
            f"row 2, column {column!r}: {complaint}, as the model's training expects"
        )
        assert (outside.refusal.row, outside.refusal.column) == (2, column)
        assert isinstance(outside.refusal, BadRequest)

    def test_what_training_only_warns_of_is_counted_and_not_refused(self):
        outside = find({"distance": 7000.0})
        assert (outside.counts, outside.refusal) == ({"distance": 1}, None)

    def test_shows_little_of_what_is_long(self):
        assert len(str(find({"carrier": "x" * 10_000}).refusal)) < 200
        listed = Expectations([Expectation("carrier", among=tuple(map(str, range(100))))])
        outside = listed.find(table([ROW]))
        assert "'UA' is none of '0', '1', '2', '3', '4' and 95 more" in str(outside.refusal)


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "hour": st.sampled_from([0, 1, 23, 24, -1, None]),
                "distance": st.sampled_from([0, 1e-300, 6000, 6001, None]),
                "carrier": st.sampled_from([*CARRIERS, "XX", "", None]),
                "origin": st.sampled_from(["JFK", None]),
                "dest": st.sampled_from(["SFO", "???", None]),
                "gate": st.sampled_from([1, 2, 3, None]),
            }
        ),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from([1, 30]),
)
def test_a_quick_look_finds_what_looking_at_each_value_does(rows, times):
    """In a few rows and in many, which are looked at in other ways."""
    rows = rows * times
    counts = {
        name: sum(not all(e.holds(row[name]) for e in LISTED if e.column == name) for row in rows)
        for name in ROW
    }
    outside = Expectations(LISTED).find(table(rows))
    assert (outside.counts if outside else {}) == {name: n for name, n in counts.items() if n}


class TestFile:
    def test_comes_back_as_it_was_written(self, schema, tmp_path):
        expected = replace(
            schema,
            expectations=(
                Expectation("hour", low=0, high=23, strict_high=True),
                Expectation("carrier", among=CARRIERS, critical=False),
                Expectation("carrier", missing=False),
            ),
        )
        expected.write(tmp_path)
        assert Schema.read(tmp_path) == expected
        written = json.loads((tmp_path / "schema.json").read_text())["expectations"]
        assert written[2] == {"column": "carrier", "missing": False}

    def test_of_a_model_from_before_there_were_expectations_is_read(self, schema, tmp_path):
        schema.write(tmp_path)
        content = json.loads((tmp_path / "schema.json").read_text())
        del content["expectations"]
        (tmp_path / "schema.json").write_text(json.dumps(content))
        assert Schema.read(tmp_path).expectations == ()

    @pytest.mark.parametrize(
        "item", [{"column": "nowhere"}, {"column": "hour", "colour": 1}, {}, "hour", {"among": 1}]
    )
    def test_with_anything_else_is_refused_in_one_line(self, item, schema, tmp_path):
        schema.write(tmp_path)
        content = json.loads((tmp_path / "schema.json").read_text())
        (tmp_path / "schema.json").write_text(json.dumps({**content, "expectations": [item]}))
        with pytest.raises(ModelError, match="not a model schema") as caught:
            Schema.read(tmp_path)
        assert "\n" not in str(caught.value)
