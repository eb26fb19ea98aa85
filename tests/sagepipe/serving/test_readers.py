import json

import numpy as np
import pytest

from sagepipe.serving import BadRequest, Feature, Schema, UnsupportedMediaType
from sagepipe.serving.readers import read

CSV = "text/csv"
JSON = "application/json"
ROW = {"distance": 12.5, "hour": 7, "carrier": "AA", "holiday": True}
SCHEMA = Schema(
    (
        Feature("distance", "number"),
        Feature("hour", "integer"),
        Feature("carrier", "string"),
        Feature("holiday", "boolean"),
    )
)


def values(columns) -> dict[str, list]:
    """Columns as plain lists, NaN as None."""
    return {
        name: [None if value != value else value for value in column.tolist()]
        for name, column in columns.items()
    }


def refusal(body: str | bytes, content_type: str, schema: Schema = SCHEMA) -> BadRequest:
    with pytest.raises(BadRequest) as caught:
        read(body.encode() if isinstance(body, str) else body, content_type, schema)
    assert "\n" not in str(caught.value)
    return caught.value


class TestCsv:
    @pytest.mark.parametrize(
        ("body", "content_type"),
        [
            ("12.5,7,AA,true\n", CSV),
            ("12.5,7,AA,true", CSV),
            ("12.5,7,AA,true\r\n\r\n", CSV),
            ("distance,hour,carrier,holiday\n12.5,7,AA,true\n", CSV),
            ("\ufeffdistance,hour,carrier,holiday\n12.5,7,AA,true\n", CSV),
            ("holiday, hour,late,distance,carrier\nTrue,7.0,1,12.5,AA\n", CSV),
            ('12.5,7,"AA",1\n', f"{CSV}; header=absent"),
            ("distance,hour,carrier,holiday\n12.5,7,AA,true\n", f"{CSV}; header=present"),
            ("12.5,7,AA,true\n", f"{CSV}; charset=utf-8"),
        ],
        ids=[
            "bare",
            "no line end",
            "empty last line",
            "header",
            "byte order mark",
            "other order and an extra column",
            "header=absent",
            "header=present",
            "charset",
        ],
    )
    def test_one_row(self, body, content_type):
        columns = read(body.encode(), content_type, SCHEMA)
        assert list(columns) == list(SCHEMA.names)
        assert values(columns) == {name: [value] for name, value in ROW.items()}

    def test_empty_fields_are_missing_values(self):
        columns = read(b",,,\n1,2,AA,false\n", CSV, SCHEMA)
        assert values(columns) == {
            "distance": [None, 1.0],
            "hour": [None, 2.0],
            "carrier": [None, "AA"],
            "holiday": [None, False],
        }
        assert columns["distance"].dtype == columns["hour"].dtype == np.float64

    def test_whole_columns_keep_their_type(self):
        columns = read(b"1,2,3,1\n", CSV, SCHEMA)
        assert [column.dtype.kind for column in columns.values()] == ["f", "i", "O", "b"]
        assert columns["carrier"].tolist() == ["3"]

    def test_an_empty_line_is_a_missing_value_in_a_table_of_one_column(self):
        columns = read(b"1\n\n3\n", CSV, Schema((Feature("x", "number"),)))
        assert values(columns) == {"x": [1.0, None, 3.0]}

    def test_quoted_line_breaks_and_commas_belong_to_the_text(self):
        columns = read(b'1,2,"A,\nB",true\n', CSV, SCHEMA)
        assert columns["carrier"].tolist() == ["A,\nB"]

    def test_other_charsets_are_read(self):
        body = "1,2,Zürich,true\n".encode("latin-1")
        assert read(body, f"{CSV}; charset=latin-1", SCHEMA)["carrier"].tolist() == ["Zürich"]

    @pytest.mark.parametrize(
        ("cell", "column", "message"),
        [
            ("abc,7,AA,true", "distance", "row 2, column 'distance': 'abc' is not a number"),
            ("1_000,7,AA,true", "distance", "row 2, column 'distance': '1_000' is not a number"),
            ("inf,7,AA,true", "distance", "row 2, column 'distance': 'inf' is not a number"),
            ("1,7.5,AA,true", "hour", "row 2, column 'hour': '7.5' is not a whole number"),
            (
                f"1,{2**63},AA,true",
                "hour",
                f"row 2, column 'hour': '{2**63}' is not a whole number",
            ),
            ("1,7,AA,maybe", "holiday", "row 2, column 'holiday': 'maybe' is not true or false"),
        ],
    )
    def test_wrong_type_names_row_and_column(self, cell, column, message):
        error = refusal(f"1,2,AA,true\n{cell}\n", CSV)
        assert (str(error), error.row, error.column) == (message, 2, column)

    def test_a_long_value_is_cut(self):
        error = refusal(f"{'x' * 5000},7,AA,true", CSV)
        assert len(str(error)) < 120

    @pytest.mark.parametrize(
        ("body", "content_type", "message"),
        [
            ("distance,hour,holiday\n1,2,true\n", CSV, "column is missing: 'carrier'"),
            ("distance,hour\n1,2\n", CSV, "columns are missing: 'carrier', 'holiday'"),
            (
                "a,b,c,d\n1,2,AA,true\n",
                f"{CSV}; header=present",
                "columns are missing: 'distance',",
            ),
            ("distance,distance,hour,carrier,holiday\n1,1,2,A,1\n", CSV, "'distance' stands twice"),
            ("distance,hour,carrier,holiday\n", CSV, "a header and no rows"),
            ("1,2,AA\n", CSV, "row 1 has 3 fields; without a header row the model takes 4"),
            (
                "distance,hour,carrier,holiday\n1,2,AA,1\n1,2\n",
                CSV,
                "row 2 has 2 fields; the header",
            ),
            ("1,2,AA,true\n\n1,2,AA,true\n", CSV, "row 2 has 1 fields"),
            ('1,2,"AA,true\n', CSV, "not CSV: unexpected end of data"),
            ("1,2,AA,true\n", f"{CSV}; header=maybe", "it is 'present' or 'absent'"),
            ("1,2,AA,true\n", f"{CSV}; charset=klingon", "unknown encoding: klingon"),
            (b"1,2,\xff,true\n", CSV, "not CSV: 'utf-8' codec can't decode"),
            ("", CSV, "the body is empty"),
            (" \n", CSV, "the body is empty"),
        ],
    )
    def test_what_is_no_table_of_the_model_is_refused(self, body, content_type, message):
        assert message in str(refusal(body, content_type))


class TestJson:
    @pytest.mark.parametrize(
        "content",
        [
            [ROW],
            ROW,
            [{**ROW, "late": 1}],
            {"instances": [ROW]},
            {"instances": [list(ROW.values())]},
            {"dataframe_records": [ROW]},
            {"dataframe_split": {"columns": list(ROW), "data": [list(ROW.values())]}},
            {
                "dataframe_split": {
                    "index": [3],
                    "columns": ["hour", "late", "carrier", "distance", "holiday"],
                    "data": [[7, 1, "AA", 12.5, True]],
                }
            },
        ],
        ids=[
            "records",
            "one record",
            "extra column",
            "instances",
            "instances in the model's order",
            "dataframe_records",
            "dataframe_split",
            "dataframe_split in another order",
        ],
    )
    def test_one_row(self, content):
        columns = read(json.dumps(content).encode(), JSON, SCHEMA)
        assert list(columns) == list(SCHEMA.names)
        assert values(columns) == {name: [value] for name, value in ROW.items()}

    def test_null_is_a_missing_value(self):
        columns = read(json.dumps([dict.fromkeys(ROW), ROW]).encode(), JSON, SCHEMA)
        assert values(columns) == {name: [None, value] for name, value in ROW.items()}

    def test_a_whole_float_is_an_integer(self):
        columns = read(json.dumps([{**ROW, "hour": 7.0}]).encode(), JSON, SCHEMA)
        assert columns["hour"].dtype == np.int64

    def test_a_feature_may_be_called_like_a_wrapper(self):
        columns = read(b'{"instances": 3}', JSON, Schema((Feature("instances", "number"),)))
        assert values(columns) == {"instances": [3.0]}

    @pytest.mark.parametrize(
        ("column", "value", "message"),
        [
            ("distance", "12", "row 2, column 'distance': '12' is not a number"),
            ("distance", True, "row 2, column 'distance': True is not a number"),
            ("distance", [1], "row 2, column 'distance': [1] is not a number"),
            ("hour", 7.5, "row 2, column 'hour': 7.5 is not a whole number"),
            ("hour", 2**63, "row 2, column 'hour': 9223372036854775808 is not a whole number"),
            ("carrier", 7, "row 2, column 'carrier': 7 is not text"),
            ("holiday", 1, "row 2, column 'holiday': 1 is not true or false"),
            ("holiday", "true", "row 2, column 'holiday': 'true' is not true or false"),
        ],
    )
    def test_wrong_type_names_row_and_column(self, column, value, message):
        error = refusal(json.dumps([ROW, {**ROW, column: value}]), JSON)
        assert (str(error), error.row, error.column) == (message, 2, column)

    def test_missing_column_names_row_and_column(self):
        error = refusal(json.dumps([ROW, {"distance": 1, "hour": 2, "holiday": True}]), JSON)
        assert str(error) == "row 2: column 'carrier' is missing (null stands for a missing value)"
        assert (error.row, error.column) == (2, "carrier")

    @pytest.mark.parametrize(
        ("body", "message"),
        [
            ("{", "not JSON"),
            ('[{"distance": NaN}]', "not JSON"),
            ("3", "not a table"),
            ("null", "not a table"),
            ("{}", "not a table"),
            ('{"inputs": [[1]]}', 'one of "instances"'),
            ("[]", "there are no rows"),
            ('{"instances": []}', "there are no rows"),
            ('{"instances": {}}', "rows are a list, not an object"),
            ("[1]", "row 1 is a number, not a record"),
            (
                '[{"distance": 1, "hour": 2, "carrier": "A", "holiday": true}, null]',
                "row 2 is null",
            ),
            ("[[1, 2, null, true], {}]", "row 2 is an object, not a list"),
            ("[[1, 2]]", "row 1 has 2 values for 4 columns"),
            ('{"dataframe_split": []}', 'an object with "columns" and "data"'),
            ('{"dataframe_split": {"data": [[1]]}}', '"columns" is a list of names'),
            (
                '{"dataframe_split": {"columns": ["hour"], "data": [[1]]}}',
                "are missing: 'distance',",
            ),
            ("", "the body is empty"),
        ],
    )
    def test_what_is_no_table_of_the_model_is_refused(self, body, message):
        assert message in str(refusal(body, JSON))

    def test_deep_nesting_is_refused(self):
        assert "not JSON" in str(refusal("[" * 100_000, JSON))


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/x-www-form-urlencoded"])
def test_other_media_types_are_refused_with_those_that_can_be_read(content_type):
    with pytest.raises(UnsupportedMediaType, match="send one of text/csv, application/json"):
        read(b"1", content_type, SCHEMA)
