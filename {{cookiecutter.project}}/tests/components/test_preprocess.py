"""Preprocessing, called as a plain function."""

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from sagepipe.dsl import HTML, Dataset
from sagepipe.validation import ValidationError

from {{ cookiecutter.package }} import schema
from {{ cookiecutter.package }}.components import preprocess as module
from {{ cookiecutter.package }}.components.preprocess import preprocess


def set_cells(column: str, value: object) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """Put a value into three rows of a column."""

    def change(table: pd.DataFrame) -> pd.DataFrame:
        changed = table.astype({column: object})
        changed.loc[[1, 2, 3], column] = value
        return changed

    return change


class TestOutputs:
    def test_are_the_two_tables_under_their_names(self, preprocessed):
        columns = list(dict.fromkeys([*schema.DATE, *schema.FEATURES, schema.TARGET]))
        for folder, name in (
            (preprocessed.train.directory, "train_data.csv"),
            (preprocessed.test.directory, "test_data.csv"),
        ):
            assert [path.name for path in Path(folder).iterdir()] == [name]
            assert schema.read(Path(folder) / name).columns.tolist() == columns

    def test_hold_every_flight_of_the_sample_once(self, preprocessed, sample):
        train = schema.read(Path(preprocessed.train.directory) / schema.TRAIN_FILE)
        test = schema.read(Path(preprocessed.test.directory) / schema.TEST_FILE)
        assert len(train) + len(test) == len(schema.read(sample))

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
    def test_leaves_out_flights_that_never_arrived(self, flights):
        flights["arr_delay"] = flights["arr_delay"].mask(flights.index < 5)
        assert len(module.prepare(flights)) == len(flights) - 5

    def test_keeps_a_flight_that_is_there_twice_once(self, flights):
        twice = pd.concat([flights, flights.head(3)])
        assert len(module.prepare(twice)) == len(module.prepare(flights))

    def test_leaves_the_raw_table_as_it_was(self, flights):
        before = flights.copy()
        module.prepare(flights)
        pd.testing.assert_frame_equal(flights, before)


class TestSplit:
    def test_keeps_the_flights_of_a_day_on_one_side(self, flights):
        train, test = module.split(module.prepare(flights), 0.3, seed=1)
        dates = [set(map(tuple, side[schema.DATE].to_numpy())) for side in (train, test)]
        assert dates[0] and dates[1] and not dates[0] & dates[1]

    def test_hangs_on_the_seed_alone(self, flights):
        prepared = module.prepare(flights)
        tests = [module.split(prepared, 0.3, seed)[1] for seed in (1, 1, 2)]
        assert tests[0].equals(tests[1])
        assert not tests[0].equals(tests[2])

    @pytest.mark.parametrize("fraction", [0.0, 1.0, -1.0, 20.0])
    def test_refuses_a_fraction_that_leaves_a_side_empty(self, flights, fraction):
        with pytest.raises(ValueError, match=f"test_fraction {fraction}.*such as 0.2"):
            module.split(module.prepare(flights), fraction, seed=1)


class TestBadData:
    @pytest.mark.parametrize(
        ("spoil", "message"),
        [
            (lambda table: table.drop(columns="temp"), "column 'temp': is missing"),
            (
                lambda table: table.rename(columns={"carrier": "carriers"}),
                "column 'carrier': is missing; did it become 'carriers'",
            ),
            (set_cells("carrier", "ZZ"), "column 'carrier': 3 of 600 values fail, such as ZZ"),
            (set_cells("origin", None), "column 'origin': 3 of 600 values fail"),
            (set_cells("temp", "warm"), "'temp': 3 of .* values are not numbers, such as warm"),
            (set_cells("humid", 400), "column 'humid': 3 of .* values fail, such as 400"),
            (lambda table: table.head(0), "there are no rows"),
        ],
        ids=[
            "missing column",
            "renamed column",
            "unknown category",
            "missing value",
            "wrong type",
            "impossible value",
            "no rows",
        ],
    )
    def test_is_named_before_anything_is_written(
        self, flights, new_output, tmp_path, spoil, message
    ):
        file = tmp_path / "flights.csv"
        spoil(flights).to_csv(file, index=False)
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
