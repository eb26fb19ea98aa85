"""What the server is told of training's expectations is what Great Expectations says."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from sagepipe import export
from sagepipe.export import ExportError, expected
from sagepipe.serving import Schema
from sagepipe.serving.expectations import Expectation, Expectations

FRAME = pd.DataFrame(
    {
        "hour": [0.0, 23.0, 24.0, np.nan],
        "carrier": ["AA", "XX", None, "UA"],
        "stops": [0, 1, 2, 3],
        "holiday": [True, False, True, None],
    }
)
SCHEMA = Schema.from_frame(FRAME)
EACH_VALUE = [
    ("expect_column_values_to_be_between", {"column": "hour", "min_value": 0, "max_value": 23}),
    (
        "expect_column_values_to_be_between",
        {"column": "hour", "min_value": 0, "max_value": 24, "strict_min": True, "strict_max": True},
    ),
    ("expect_column_values_to_be_between", {"column": "stops", "max_value": 1.5}),
    ("expect_column_values_to_not_be_null", {"column": "hour"}),
    ("expect_column_values_to_not_be_null", {"column": "carrier"}),
    ("expect_column_values_to_not_be_null", {"column": "holiday"}),
    ("expect_column_values_to_be_in_set", {"column": "carrier", "value_set": ["AA", "UA"]}),
    ("expect_column_values_to_be_in_set", {"column": "stops", "value_set": [0, 1]}),
    ("expect_column_values_to_be_in_set", {"column": "holiday", "value_set": [False]}),
    ("expect_column_values_to_not_be_in_set", {"column": "carrier", "value_set": ["XX"]}),
    ("expect_column_values_to_not_be_in_set", {"column": "hour", "value_set": [24]}),
]
BETWEEN = EACH_VALUE[0][1]


def suite(folder, *listed, **more):
    """Write a suite."""
    content = [{"type": kind, "kwargs": arguments, **more} for kind, arguments in listed]
    file = folder / f"suite-{len(list(folder.iterdir()))}.json"
    file.write_text(json.dumps({"name": "prepared", "expectations": content}))
    return file


def as_parsed(frame):
    return {name: expected._as_parsed(frame[name].to_numpy()) for name in frame}


@pytest.fixture(scope="module")
def batch():
    """The table, in the hands of Great Expectations."""
    import great_expectations as gx

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    asset = context.data_sources.add_pandas("frame").add_dataframe_asset("rows")
    definition = asset.add_batch_definition_whole_dataframe("whole")
    return definition.get_batch({"dataframe": FRAME})


@pytest.mark.parametrize(("kind", "arguments"), EACH_VALUE, ids=str)
def test_the_same_values_are_outside(kind, arguments, batch, tmp_path):
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    told = batch.validate(
        ExpectationConfiguration(type=kind, kwargs=arguments).to_domain_obj(),
        result_format="COMPLETE",
    )
    (read,) = expected.read([suite(tmp_path, (kind, arguments))], SCHEMA)
    values = as_parsed(FRAME)[arguments["column"]].tolist()
    assert [row for row, value in enumerate(values) if not read.holds(value)] == told.result[
        "unexpected_index_list"
    ]
    outside = Expectations([read]).find(as_parsed(FRAME))
    assert sum(outside.counts.values()) == told.result["unexpected_count"] > 0


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        ("expect_column_values_to_be_between", {**BETWEEN, "mostly": 0.9}),
        ("expect_column_values_to_be_between", {**BETWEEN, "row_condition": "stops > 1"}),
        ("expect_column_values_to_be_between", {**BETWEEN, "min_value": {"$PARAMETER": "low"}}),
        ("expect_column_values_to_be_between", {**BETWEEN, "column": "day"}),
        ("expect_column_values_to_be_between", {"column": "carrier", "min_value": "A"}),
        ("expect_column_values_to_match_regex", {"column": "carrier", "regex": "^[A-Z]+$"}),
        ("expect_column_mean_to_be_between", BETWEEN),
        ("expect_table_row_count_to_be_between", {"min_value": 100}),
    ],
    ids=str,
)
def test_what_says_nothing_of_each_value_is_left_out(kind, arguments, tmp_path):
    assert expected.read([suite(tmp_path, (kind, arguments))], SCHEMA) == ()


def test_what_training_only_warns_of_is_no_reason_to_refuse(tmp_path):
    told = suite(tmp_path, ("expect_column_values_to_be_between", BETWEEN), severity="warning")
    assert expected.read([told], SCHEMA) == (Expectation("hour", low=0, high=23, critical=False),)


def test_of_several_suites_all_counts_and_once(tmp_path):
    first = suite(tmp_path, *EACH_VALUE[:3])
    second = suite(tmp_path, *EACH_VALUE[2:4])
    assert len(expected.read([first, second], SCHEMA)) == 4


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"expectations": [1]}'])
def test_a_file_that_is_no_suite_is_named(content, tmp_path):
    (tmp_path / "raw.json").write_text(content)
    with pytest.raises(ExportError, match=r"raw\.json is not an expectation suite"):
        expected.read([tmp_path / "raw.json"], SCHEMA)


def test_a_suite_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ExportError, match=r"there is no expectation suite .*/raw\.json"):
        expected.read([tmp_path / "raw.json"], SCHEMA)


class TestSave:
    FEATURES = FRAME[["hour", "stops"]]

    def fitted(self):
        return HistGradientBoostingClassifier(max_iter=2).fit(self.FEATURES, [0, 1, 0, 1])

    @pytest.mark.parametrize("engine", ["onnx", "sklearn"])
    def test_leaves_what_is_expected_beside_the_model(self, engine, tmp_path):
        told = suite(tmp_path, EACH_VALUE[2], EACH_VALUE[6], severity="warning")
        export.save(self.fitted(), tmp_path / "model", self.FEATURES, engine=engine, suites=[told])
        assert Schema.read(tmp_path / "model").expectations == (
            Expectation("stops", high=1.5, critical=False),
        )

    def test_refuses_a_suite_of_something_else_than_the_model_takes(self, tmp_path):
        told = suite(tmp_path, ("expect_column_values_to_be_between", BETWEEN))
        with pytest.raises(
            ExportError, match=r"do not describe what .* row 3, column 'hour': 24.0 is not at"
        ):
            export.save(self.fitted(), tmp_path / "model", self.FEATURES, suites=[told])
        assert not (tmp_path / "model").exists()
