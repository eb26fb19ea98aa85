"""The columns: where they are named, and how a table is read."""

import json
import re

import pandas as pd
import pytest

from {{ cookiecutter.package }} import expectations, schema


def columns_of(suite: dict) -> set[str]:
    return {
        column
        for expectation in suite["expectations"]
        for column in (
            expectation["kwargs"].get("column_list") or [expectation["kwargs"].get("column")]
        )
        if column
    }


def test_features_are_columns_of_the_sample(flights):
    assert set(schema.FEATURES) <= set(flights.columns)


def test_what_is_known_only_after_the_landing_is_no_feature():
    assert schema.ARRIVAL_DELAY not in schema.FEATURES
    assert schema.TARGET not in schema.FEATURES


def test_the_raw_suite_speaks_of_every_raw_column(flights):
    assert columns_of(json.loads(expectations.RAW.read_text())) == set(flights.columns)


def test_the_prepared_suite_speaks_of_every_prepared_column():
    expected = {*schema.DATE, *schema.FEATURES, schema.TARGET}
    assert columns_of(json.loads(expectations.PREPARED.read_text())) == expected

{%- if cookiecutter.task == "classification" %}


def test_a_flight_is_late_from_the_sixteenth_minute_on():
    assert schema.target(pd.DataFrame({"arr_delay": [-3, 15, 16]})).tolist() == [0, 0, 1]
{%- else %}


def test_the_target_is_the_delay_in_minutes():
    assert schema.target(pd.DataFrame({"arr_delay": [-3, 15]})).tolist() == [-3, 15]
{%- endif %}


def test_features_have_the_same_types_whatever_a_table_holds(flights):
    whole_numbers = flights.head(2).assign(temp=50, wind_gust=[None, None])
    assert schema.features(whole_numbers).dtypes.equals(schema.features(flights).dtypes)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "No columns to parse"),
        (b"a,b\n1,2\n1,2,3\n", "Expected 2 fields in line 3, saw 3"),
        (b"\xff\xfe\x00", "can't be read as a CSV file"),
    ],
    ids=["empty", "ragged", "binary"],
)
def test_a_file_that_is_no_csv_is_named(tmp_path, content, message):
    file = tmp_path / "flights.csv"
    file.write_bytes(content)
    with pytest.raises(ValueError, match=f"{re.escape(str(file))}.*{message}"):
        schema.read(file)


def test_a_folder_is_named_with_what_it_holds(tmp_path):
    (tmp_path / "a.csv").touch()
    (tmp_path / "b.csv").touch()
    with pytest.raises(ValueError, match=r"is not a CSV file; there is \['a.csv', 'b.csv'\]"):
        schema.read(tmp_path)
