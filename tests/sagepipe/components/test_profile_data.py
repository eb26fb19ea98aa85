"""A proposal is code and suites that hold for the table that they were made from."""

import ast
import json
from pathlib import Path

import pandas as pd
import pytest

from sagepipe import validation
from sagepipe.components import tables
from sagepipe.components.profile_data import files, profile_data
from sagepipe.components.profiling.columns import describe
from sagepipe.components.profiling.proposal import propose
from sagepipe.components.profiling.suites import bounds
from sagepipe.dsl import HTML, Artifact, Dataset

TABLE = pd.DataFrame(
    {
        'height "m"': [place / 7 for place in range(120)],
        "kind of it": ["oak", "fir é", None] * 40,
        "old": [True, False, None, True] * 30,
        "fell": ["no", "yes", "no", "no"] * 30,
    }
)


@pytest.mark.parametrize("suffix", tables.FORMATS)
def test_the_component_writes_schema_suites_and_a_page(suffix: str, tmp_path: Path) -> None:
    for name in ("data", "proposal", "report"):
        (tmp_path / name).mkdir()
    tables.write(TABLE, tmp_path / "data" / f"trees{suffix}")
    profile_data.python_func(
        data=Dataset(directory=tmp_path / "data"),
        proposal=Artifact(directory=tmp_path / "proposal"),
        report=HTML(directory=tmp_path / "report", path=tmp_path / "report" / "report.html"),
        target="fell",
    )
    written = {path.name for path in (tmp_path / "proposal").iterdir()}
    assert written == {"schema.py", "raw.json", "prepared.json"}
    assert f"train_data{suffix}" in (tmp_path / "proposal/schema.py").read_text(encoding="utf-8")
    page = (tmp_path / "report/report.html").read_text(encoding="utf-8")
    assert "height &quot;m&quot;" in page and "fir é" in page
    table = tables.read(tmp_path / "data")
    suite = tmp_path / "proposal/raw.json"
    assert validation.validate(table, suite, name="raw", report=tmp_path).success


def test_the_schema_names_what_was_understood() -> None:
    source = files(propose(TABLE, "fell"))["schema.py"]
    names: dict[str, object] = {}
    exec(compile(ast.parse(source), "schema.py", "exec"), names)
    assert names["FEATURES"] == ['height "m"', "kind of it", "old"]
    assert names["CLASSES"] == names["CLASS_NAMES"] == ["no", "yes"]
    assert names["COLUMNS"] == ["fell", 'height "m"', "kind of it", "old"]
    assert (names["SPLIT"], names["METRIC"], names["BAR"]) == ("stratified", "auc", 0.5)
    assert names["KEEP_DUPLICATES"] is False


def test_the_suites_say_types_ranges_gaps_and_values() -> None:
    written = files(propose(TABLE, "fell"))
    said = {
        (item["type"], item["kwargs"].get("column")): item["kwargs"]
        for item in json.loads(written["raw.json"])["expectations"]
    }
    between = said["expect_column_values_to_be_between", 'height "m"']
    assert (between["min_value"], between["max_value"]) == (0.0, 21.3)
    assert said["expect_column_values_to_be_in_set", "kind of it"]["value_set"] == ["fir é", "oak"]
    assert said["expect_column_values_to_not_be_null", "kind of it"]["mostly"] == 0.61
    assert "mostly" not in said["expect_column_values_to_not_be_null", "fell"]
    assert said["expect_column_values_to_be_in_set", "old"]["value_set"] == [False, True]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0, 10], (0, 13)),
        ([-10.0, 10.5], (-15.2, 15.7)),
        ([5, 5], (0, 10)),
        ([0.001, 0.002], (0.00075, 0.00225)),
        ([-3, -1], (-4, 0)),
    ],
)
def test_a_range_has_a_margin_and_does_not_become_negative(
    values: list[float], expected: tuple[float, float]
) -> None:
    (column,) = describe(pd.DataFrame({"number": values}))
    found = bounds(column)
    assert found == pytest.approx(expected)
    assert found[0] <= min(values) and found[1] >= max(values)


def test_two_columns_of_a_name_are_refused() -> None:
    with pytest.raises(ValueError, match="two columns are called 'a'"):
        describe(pd.DataFrame([[1, 2]], columns=["a", "a"]))
