"""Data sets as MLflow describes them, from a few rows of each."""

import json
from typing import Any

import pandas
import pytest

from sagepipe.tracking import datasets

ROWS = 500  # more than MLflow is shown
COLUMNS: dict[str, Any] = {
    "whole": pandas.Series(range(ROWS)),
    "small": pandas.Series(range(ROWS), dtype="int32"),
    "real": pandas.Series(range(ROWS)) / 7,
    "real, one missing late": pandas.Series([0.5] * 400 + [None] + [0.5] * (ROWS - 401)),
    "real, all but one missing": pandas.Series([None] * 450 + [1.5] + [None] * (ROWS - 451)),
    "nothing": pandas.Series([None] * ROWS, dtype=float),
    "text": pandas.Series(["a", "b"] * (ROWS // 2)),
    "text, one missing late": pandas.Series(["a"] * 499 + [None]),
    "objects": pandas.Series(["a"] * ROWS, dtype=object),
    "objects, all but one missing": pandas.Series([None] * 450 + ["a"] + [None] * 49, dtype=object),
    "mixed, the other kind late": pandas.Series([1] * 450 + ["a"] * 50, dtype=object),
    "numbers, a fraction late": pandas.Series([1] * 450 + [1.5] * 50, dtype=object),
    "nullable": pandas.Series([1] * 300 + [None] * 200, dtype="Int64"),
    "true": pandas.Series([True, False] * (ROWS // 2)),
    "days": pandas.Series(pandas.date_range("2013-01-01", periods=ROWS)),
    "days, one missing": pandas.Series([*pandas.date_range("2013-01-01", periods=499), None]),
    "lists": pandas.Series([[1.0, 2.0]] * ROWS, dtype=object),
}


@pytest.mark.filterwarnings("ignore:Hint")
@pytest.mark.parametrize("name", COLUMNS)
@pytest.mark.parametrize("rows", [ROWS, 60])
def test_schema_and_size_are_what_mlflow_finds_in_all_rows(name: str, rows: int) -> None:
    from mlflow.data.pandas_dataset import from_pandas

    frame = pandas.DataFrame({"n": range(ROWS), name: COLUMNS[name]}).head(rows)
    ours, theirs = datasets.describe(frame, "train", "fit"), from_pandas(frame, digest="0")
    assert ours.schema == theirs.to_dict()["schema"]
    assert json.loads(ours.profile) == theirs.profile
    assert (ours.name, len(ours.digest)) == ("train", 8)
    assert "fit" in ours.source


def test_a_table_without_rows_is_described() -> None:
    ours = datasets.describe(pandas.DataFrame({"a": []}), "train", "fit")
    assert json.loads(ours.profile) == {"num_rows": 0, "num_elements": 0}


def test_a_table_without_columns_is_described() -> None:
    ours = datasets.describe(pandas.DataFrame(index=range(ROWS)), "train", "fit")
    assert json.loads(ours.profile) == {"num_rows": ROWS, "num_elements": 0}


def test_the_digest_is_of_every_row_and_name() -> None:
    frame = pandas.DataFrame({"a": range(20_000), "b": "x"})
    changed = frame.copy()
    changed.loc[19_999, "b"] = "y"  # MLflow's own looks no further than 10,000 rows
    others = [changed, frame.head(19_999), frame.rename(columns={"b": "c"}), frame[["b", "a"]]]
    digests = [datasets.describe(it, "train", "fit").digest for it in [frame, *others]]
    assert len(set(digests)) == len(digests)
    assert datasets.describe(frame.copy(), "train", "fit").digest == digests[0]
