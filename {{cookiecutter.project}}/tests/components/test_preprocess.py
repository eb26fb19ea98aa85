"""Preprocessing, called as a plain function."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from sagepipe.components import tables
from sagepipe.components.split_data import prove
from sagepipe.dsl import HTML, Dataset
from sagepipe.validation import ValidationError

from {{ cookiecutter.package }} import data, expectations, schema
from {{ cookiecutter.package }}.components import preprocess as module
from {{ cookiecutter.package }}.components.preprocess import preprocess


class TestOutputs:
    def test_are_the_two_tables_under_their_names(self, preprocessed, learned_from, held_out):
        for output, name, rows in (
            (preprocessed.train, schema.TRAIN_FILE, learned_from),
            (preprocessed.test, schema.TEST_FILE, held_out),
        ):
            assert [path.name for path in Path(output.directory).iterdir()] == [name]
            assert rows.columns.tolist() == schema.COLUMNS

    def test_hold_every_row_with_an_answer_once(self, learned_from, held_out, table):
        assert len(learned_from) + len(held_out) == len(module.prepare(table))

    def test_share_nothing_that_the_split_keeps_apart(self, learned_from, held_out):
        prove(learned_from, held_out, schema.SPLIT, by=schema.SPLIT_BY)

    def test_report_both_validations_as_pages_and_json(self, preprocessed):
        folder = Path(preprocessed.report.directory)
        assert {path.name for path in folder.iterdir()} == {
            "raw.html",
            "raw.json",
            "prepared.html",
            "prepared.json",
        }
        assert json.loads((folder / "raw.json").read_text())["success"] is True


class TestPrepare:
    def test_leaves_out_rows_without_an_answer(self, rows):
        answered = len(module.prepare(rows))
        rows[schema.ANSWER] = rows[schema.ANSWER].astype(object)
        rows.loc[rows[rows[schema.ANSWER].notna()].index[:5], schema.ANSWER] = None
        assert len(module.prepare(rows)) == answered - 5

    def test_keeps_rows_that_are_there_twice_only_where_the_schema_says_so(self, rows):
        twice = pd.concat([rows, rows])
        times = 2 if schema.KEEP_DUPLICATES else 1
        assert len(module.prepare(twice)) == times * len(module.prepare(rows))

    def test_leaves_the_raw_table_as_it_was(self, rows):
        before = rows.copy()
        module.prepare(rows)
        pd.testing.assert_frame_equal(rows, before)


def expected(kind: str) -> dict:
    """What the first expectation of a kind in the raw suite says; the test is skipped without."""
    for expectation in json.loads(expectations.RAW.read_text(encoding="utf-8"))["expectations"]:
        if expectation["type"] == kind and "mostly" not in expectation["kwargs"]:
            return expectation["kwargs"]
    pytest.skip(f"the raw suite has no {kind}")


def set_cells(table: pd.DataFrame, column: str, value: object) -> pd.DataFrame:
    """Put a value into three rows of a column."""
    changed = table.astype({column: object})
    changed.loc[[1, 2, 3], column] = value
    return changed


class TestBadData:
    @pytest.fixture
    def check(self, new_output, tmp_path) -> Callable[[pd.DataFrame, str], None]:
        """Hold that a table is refused with a message, and that nothing is written."""

        def check(spoilt: pd.DataFrame, message: str) -> None:
            file = tmp_path / "spoilt.csv"
            tables.write(spoilt, file)
            outputs = {
                "train": new_output(Dataset, "train"),
                "test": new_output(Dataset, "test"),
                "report": new_output(HTML, "report"),
            }
            with pytest.raises(ValidationError, match=message):
                preprocess.python_func(raw=Dataset(path=file), **outputs)
            assert list(Path(outputs["train"].directory).iterdir()) == []
            assert list(Path(outputs["test"].directory).iterdir()) == []
            report = json.loads((Path(outputs["report"].directory) / "raw.json").read_text())
            assert report["success"] is False

        return check

    def test_a_missing_column_is_named(self, rows, check):
        name = schema.FEATURES[0]
        check(rows.drop(columns=name), re.escape(f"column {name!r}: is missing"))

    def test_a_renamed_column_is_named_with_its_new_name(self, rows, check):
        name = schema.FEATURES[-1]
        renamed = rows.rename(columns={name: f"{name}s"})
        check(renamed, re.escape(f"column {name!r}: is missing; did it become '{name}s'"))

    def test_a_missing_value_is_named(self, rows, check):
        name = expected("expect_column_values_to_not_be_null")["column"]
        check(set_cells(rows, name, None), f"column {re.escape(repr(name))}: 3 of .* values fail")

    def test_an_unknown_value_is_named(self, rows, check):
        name = expected("expect_column_values_to_be_in_set")["column"]
        message = f"column {re.escape(repr(name))}: 3 of .* values fail, such as \\?\\?"
        check(set_cells(rows, name, "??"), message)

    def test_an_impossible_value_is_named(self, rows, check):
        said = expected("expect_column_values_to_be_between")
        name, value = said["column"], said["max_value"] + 1
        check(set_cells(rows, name, value), f"column {re.escape(repr(name))}: 3 of .* values fail")

    @pytest.mark.skipif(not schema.NUMERIC, reason="the schema has no numbers")
    def test_text_among_numbers_is_named(self, rows, check):
        name = schema.NUMERIC[0]
        message = f"{re.escape(repr(name))}: 3 of .* values are not numbers, such as warm"
        check(set_cells(rows, name, "warm"), message)

    def test_a_table_without_rows_is_named(self, rows, check):
        check(rows.head(0), "there are no rows")


def test_a_table_is_read_alike_in_both_formats(rows, tmp_path):
    read = []
    for suffix in tables.FORMATS:
        tables.write(rows, tmp_path / f"rows{suffix}")
        read.append(data.features(data.read(tmp_path / f"rows{suffix}")))
    pd.testing.assert_frame_equal(*read)
