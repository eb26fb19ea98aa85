"""The schema: it, the suites and the sample speak of the same columns."""

import json

import pandas as pd
import pytest

from {{ cookiecutter.package }} import data, expectations, schema


def columns_of(suite: dict) -> set[str]:
    return {
        column
        for expectation in suite["expectations"]
        for column in (
            expectation["kwargs"].get("column_list") or [expectation["kwargs"].get("column")]
        )
        if column
    }


def test_features_are_columns_of_the_sample_and_none_is_there_twice(table):
    assert set(schema.FEATURES) <= set(table.columns)
    assert len(schema.FEATURES) == len(set(schema.FEATURES)) > 0


def test_the_answer_is_no_feature():
    assert not {schema.ANSWER, schema.TARGET} & set(schema.FEATURES)


def test_the_raw_suite_speaks_of_every_column_that_is_used(table):
    spoken_of = columns_of(json.loads(expectations.RAW.read_text(encoding="utf-8")))
    assert {*schema.FEATURES, *schema.SPLIT_BY, schema.ANSWER} <= spoken_of <= set(table.columns)


def test_the_prepared_suite_speaks_of_every_prepared_column():
    spoken_of = columns_of(json.loads(expectations.PREPARED.read_text(encoding="utf-8")))
    assert spoken_of == set(schema.COLUMNS)


@pytest.mark.skipif(schema.TASK != "classification", reason="a number has no classes")
def test_the_classes_are_those_of_the_sample(table):
    labels = schema.target(table.dropna(subset=[schema.ANSWER])).unique().tolist()
    assert sorted(labels, key=str) == sorted(schema.CLASSES, key=str)
    assert len(schema.CLASS_NAMES) == len(schema.CLASSES) > 1


def test_features_have_the_same_types_whatever_a_table_holds(rows):
    gaps = rows.head(2).assign(**dict.fromkeys(schema.NUMERIC))
    pd.testing.assert_series_equal(data.features(gaps).dtypes, data.features(rows).dtypes)
