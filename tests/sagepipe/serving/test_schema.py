import json

import numpy as np
import pandas as pd
import pytest

from sagepipe.serving import Feature, ModelError, Schema


class TestFromFrame:
    def test_reads_names_types_and_an_example(self, schema):
        assert schema.features == (
            Feature("distance", "number"),
            Feature("hour", "integer"),
            Feature("carrier", "string"),
            Feature("holiday", "boolean"),
        )
        assert schema.target == "late"
        assert set(schema.example) == set(schema.names)

    def test_example_is_plain_json(self, schema):
        assert json.loads(json.dumps(schema.example)) == schema.example

    @pytest.mark.parametrize(
        ("values", "expected"),
        [
            ([1, 2], "integer"),
            ([1, None], "number"),
            (["a", None], "string"),
            ([None, None], "string"),
            ([True, None], "boolean"),
            ([np.nan, np.nan], "number"),
        ],
        ids=str,
    )
    def test_missing_values_leave_the_type(self, values, expected):
        frame = pd.DataFrame({"x": values})
        assert Schema.from_frame(frame).features == (Feature("x", expected),)

    def test_missing_and_infinite_example_values_are_null(self):
        frame = pd.DataFrame({"x": [np.inf], "y": [None], "z": [np.nan]})
        assert Schema.from_frame(frame).example == {"x": None, "y": None, "z": None}

    @pytest.mark.parametrize(
        "column",
        [
            pd.Series(["a", "b"], dtype="category"),
            pd.to_datetime(pd.Series(["2013-01-01"])),
            pd.Series([b"x"]),
            pd.Series([1, "a"]),
        ],
        ids=["category", "datetime", "bytes", "mixed"],
    )
    def test_refuses_what_a_request_cannot_carry(self, column):
        with pytest.raises(ModelError, match=r"column 'when' holds .* make it numbers, text or"):
            Schema.from_frame(pd.DataFrame({"when": column}))


class TestFile:
    def test_comes_back_as_it_was_written(self, schema, tmp_path):
        schema.write(tmp_path)
        assert Schema.read(tmp_path) == schema
        assert [path.name for path in tmp_path.iterdir()] == ["schema.json"]

    def test_missing_file_is_named(self, tmp_path):
        with pytest.raises(ModelError, match=rf"{tmp_path}/schema.json: no such file"):
            Schema.read(tmp_path)

    @pytest.mark.parametrize(
        "content",
        ["", "[]", "{}", '{"features": []}', '{"features": [{"name": "x", "type": "date"}]}'],
    )
    def test_anything_else_is_refused_in_one_line(self, content, tmp_path):
        (tmp_path / "schema.json").write_text(content)
        with pytest.raises(ModelError, match="not a model schema") as caught:
            Schema.read(tmp_path)
        assert "\n" not in str(caught.value)
