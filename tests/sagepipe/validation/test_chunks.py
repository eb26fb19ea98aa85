"""The verdict on a table in chunks is that on the table in one piece."""

import json
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from sagepipe import validation
from sagepipe.validation import SuiteError, ValidationResult, chunks


def expect(kind: str, **arguments: Any) -> dict[str, Any]:
    return {"type": f"expect_{kind}", "kwargs": arguments}


def suite(low: int, high: int, mostly: float) -> list[dict[str, Any]]:
    """Each expectation that is covered, at least once."""
    number, text = {"column": "number"}, {"column": "text"}
    between = {"min_value": low, "max_value": high}
    pair, share = {"column_A": "number", "column_B": "other"}, {"mostly": mostly}
    columns = ["number", "other", "text", "when", "maybe"]
    form = {"regex": "^[a-c]$"}
    return [
        expect("column_values_to_not_be_null", **number, **share),
        expect("column_values_to_be_null", **number, **share),
        expect("column_values_to_be_between", **number, **between),
        expect("column_values_to_be_between", **number, **between, **share),
        expect("column_values_to_be_between", column="when", min_value="2026-01-03", **share),
        expect("column_values_to_be_between", column="absent", min_value=1),
        expect("column_values_to_be_between", column="maybe", min_value=0),
        expect("column_values_to_be_in_set", **text, value_set=["a", "b"], **share),
        expect("column_values_to_not_be_in_set", **text, value_set=["c"], **share),
        expect("column_values_to_be_of_type", **number, type_="float64"),
        expect("column_values_to_be_of_type", column="maybe", type_="bool"),
        expect("column_values_to_be_in_type_list", **text, type_list=["int64", "float64"]),
        expect("column_values_to_match_regex", **text, **form, **share),
        expect("column_values_to_not_match_regex", **text, **form, **share),
        expect("column_values_to_match_regex_list", **text, regex_list=["a", "b"], **share),
        expect("column_values_to_not_match_regex_list", **text, regex_list=["c", "d"], **share),
        expect("column_values_to_match_strftime_format", **text, strftime_format="%Y", **share),
        expect("column_values_to_be_dateutil_parseable", **text, **share),
        expect("column_values_to_be_json_parseable", **text, **share),
        expect("column_value_lengths_to_be_between", **text, min_value=1, max_value=1, **share),
        expect("column_value_lengths_to_equal", **text, value=2, **share),
        expect("column_pair_values_a_to_be_greater_than_b", **pair, **share),
        expect("column_pair_values_to_be_equal", **pair, **share),
        expect("column_pair_values_to_be_in_set", **pair, value_pairs_set=[(1, 2)], **share),
        expect(
            "select_column_values_to_be_unique_within_record",
            column_list=["number", "other"],
            **share,
        ),
        expect("multicolumn_sum_to_equal", column_list=["number", "other"], sum_total=high),
        expect("column_max_to_be_between", **number, **between),
        expect("column_max_to_be_between", column="when", max_value="2026-01-05"),
        expect("column_min_to_be_between", **number, **between),
        expect("table_row_count_to_be_between", min_value=low, max_value=high),
        expect("table_row_count_to_equal", value=high),
        expect("column_to_exist", column="absent"),
        expect("table_column_count_to_be_between", max_value=high),
        expect("table_column_count_to_equal", value=len(columns)),
        expect("table_columns_to_match_ordered_list", column_list=columns),
        expect("table_columns_to_match_set", column_set=["number"]),
    ]


ROW = st.tuples(
    st.sampled_from([1.0, 2.0, 7.0, None]),
    st.integers(0, 3),
    st.sampled_from(["a", "b", "c", "dd", "2026", None]),
    st.sampled_from([*pd.date_range("2026-01-01", periods=6), None]),
    st.sampled_from([True, False, None]),
)


def frame_of(rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["number", "other", "text", "when", "maybe"])
    return frame.astype(
        {
            "number": "float64",
            "other": "int64",
            "text": "str",
            "when": "datetime64[us]",
            "maybe": "object",
        }
    )


def pieces(frame: pd.DataFrame, rows: int) -> Iterator[pd.DataFrame]:
    for start in range(0, max(len(frame), 1), rows):
        yield frame[start : start + rows]


def outcomes(result: ValidationResult) -> list[Any]:
    """What is said of each expectation: the verdict, and the numbers behind it."""
    counts = ("element_count", "missing_count", "unexpected_count")
    listed = ("partial_unexpected_list", "partial_unexpected_index_list")

    def counted(item: dict[str, Any]) -> bool:
        return not item["success"] and item["expectation_config"]["type"] in chunks.ROW_BY_ROW

    return [
        (
            item["expectation_config"]["type"],
            item["success"],
            [item["result"].get(name) for name in (*counts, *listed)] if counted(item) else [],
        )
        for item in json.loads(result.json.read_text())["results"]
    ]


# Whoever looks into a failure lets it shrink.
@pytest.mark.once
@settings(
    max_examples=6,
    derandomize=True,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)
@example([(1.0, 2, "a", None, True)] * 4 + [(None, 3, None, None, None)] * 3, 2, (1, 7, 0.5))
@example([], 3, (0, 3, 1.0))
@given(
    st.lists(ROW, max_size=9),
    st.integers(1, 4),
    st.tuples(st.integers(0, 2), st.integers(2, 9), st.sampled_from([0.5, 0.75, 1.0])),
)
def test_the_verdict_is_that_of_the_table_in_one_piece(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[Any, ...]],
    size: int,
    bounds: tuple[int, int, float],
) -> None:
    folder = tmp_path_factory.mktemp("checked")
    file = folder / "suite.json"
    file.write_text(json.dumps({"name": "s", "expectations": suite(*bounds)}))
    frame = frame_of(rows)
    whole = validation.check(frame, file, name="whole", report=folder)
    parts = validation.check_chunks(pieces(frame, size), file, name="parts", report=folder)
    assert outcomes(parts) == outcomes(whole)
    assert (parts.success, parts.rows, parts.columns) == (whole.success, whole.rows, whole.columns)
    assert [(each.column, each.expectation, each.missing) for each in parts.failures] == [
        (each.column, each.expectation, each.missing) for each in whole.failures
    ]


def test_the_property_covers_each_expectation_that_is_said_to_be_covered() -> None:
    assert {item["type"] for item in suite(0, 1, 1.0)} == set(chunks.COVERED)


@pytest.fixture
def check(tmp_path: Path) -> Any:
    """Check chunks against some expectations."""

    def check(parts: Iterator[pd.DataFrame], *expectations: dict[str, Any]) -> ValidationResult:
        file = tmp_path / "suite.json"
        file.write_text(json.dumps({"name": "s", "expectations": list(expectations)}))
        return validation.check_chunks(parts, file, name="raw", report=tmp_path)

    return check


def test_values_and_rows_are_named_as_in_one_piece(check: Any, tmp_path: Path) -> None:
    frame = pd.DataFrame({"size": ["1", "far", "2", None, "off", "3"]}, dtype="str")
    numeric = expect("column_values_to_be_of_type", column="size", type_="float64")
    small = expect("column_values_to_be_in_set", column="size", value_set=["1", "2"])
    parts = check(pieces(frame, 2), numeric, small)
    whole = validation.check(frame, tmp_path / "suite.json", name="whole", report=tmp_path)
    assert [str(failure) for failure in parts.failures] == [str(each) for each in whole.failures]
    assert "2 of 5 values are not numbers, such as far, off (data rows 2, 5)" in str(
        parts.failures[0]
    )
    assert "3 unexpected values found" in parts.page.read_text()


def test_one_chunk_is_held_at_a_time(check: Any) -> None:
    alive: list[weakref.ref[pd.DataFrame]] = []

    def parts() -> Iterator[pd.DataFrame]:
        for number in range(4):
            frame = pd.DataFrame({"size": [number]})
            alive.append(weakref.ref(frame))
            yield frame
            del frame
            assert sum(each() is not None for each in alive) <= 1

    assert check(parts(), expect("column_values_to_not_be_null", column="size")).rows == 4


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        ("column_values_to_be_unique", {"column": "size"}),
        ("column_distinct_values_to_contain_set", {"column": "size", "value_set": [1]}),
        ("column_values_to_be_increasing", {"column": "size"}),
        ("column_mean_to_be_between", {"column": "size", "max_value": 1}),
        ("compound_columns_to_be_unique", {"column_list": ["size", "text"]}),
    ],
)
def test_what_needs_all_rows_at_once_is_refused_before_anything_is_read(
    check: Any, kind: str, arguments: dict[str, Any]
) -> None:
    def parts() -> Iterator[pd.DataFrame]:
        raise AssertionError("read")
        yield

    null = expect("column_values_to_not_be_null", column="size")
    with pytest.raises(
        SuiteError,
        match=rf"expectation 2 of suite .*suite\.json \(expect_{kind}\) can't be checked",
    ):
        check(parts(), null, expect(kind, **arguments))
