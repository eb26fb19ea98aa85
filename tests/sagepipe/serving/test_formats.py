"""JSON lines, Parquet and NumPy arrays: the same table in each, and what is refused."""

import io
import json
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow.parquet import write_table

from sagepipe.serving import BadRequest, Feature, RequestError, Schema, UnsupportedMediaType
from sagepipe.serving.readers import READERS, read

SCHEMA = Schema(
    (
        Feature("distance", "number"),
        Feature("hour", "integer"),
        Feature("carrier", "string"),
        Feature("holiday", "boolean"),
    )
)
NUMBERS = Schema((Feature("a", "number"), Feature("b", "integer"), Feature("c", "boolean")))
ROWS: list[dict[str, Any]] = [
    {"distance": 12.5, "hour": 7, "carrier": "AA", "holiday": True},
    {"distance": None, "hour": 8, "carrier": None, "holiday": False},
]
LINES = "application/jsonlines"
PARQUET = "application/x-parquet"
NPY = "application/x-npy"


def parquet(table: pa.Table) -> bytes:
    file = io.BytesIO()
    write_table(table, file)
    return file.getvalue()


def npy(array: np.ndarray, **options: Any) -> bytes:
    file = io.BytesIO()
    np.save(file, array, **options)
    return file.getvalue()


def records(columns: Any) -> list[dict[str, Any]]:
    """Columns as records, NaN as None."""
    table = pd.DataFrame({name: pd.Series(column.tolist()) for name, column in columns.items()})
    return [
        {name: None if value != value else value for name, value in row.items()}
        for row in table.astype(object).to_dict("records")
    ]


def refusal(body: bytes, content_type: str, schema: Schema = SCHEMA) -> RequestError:
    with pytest.raises(RequestError) as caught:
        read(body, content_type, schema)
    assert "\n" not in str(caught.value)
    return caught.value


BODIES = {
    "records on lines": (b"\n".join(json.dumps(row).encode() for row in ROWS), LINES),
    "lists on lines": (
        b"".join(json.dumps(list(row.values())).encode() + b"\r\n" for row in ROWS),
        LINES,
    ),
    "Parquet": (parquet(pa.Table.from_pylist(ROWS)), PARQUET),
    "Parquet by pandas, with an index": (
        (lambda f: (pd.DataFrame(ROWS).to_parquet(f), f.getvalue())[1])(io.BytesIO()),
        PARQUET,
    ),
    "Parquet, other order, another column, a dictionary": (
        parquet(
            pa.table(
                {
                    "late": [1, 2],
                    "holiday": [True, False],
                    "carrier": pa.array(["AA", None]).dictionary_encode(),
                    "hour": pa.array([7, 8], pa.uint8()),
                    "distance": pa.array([12.5, None], pa.float32()),
                }
            )
        ),
        PARQUET,
    ),
    "text in an array": (
        npy(np.array([["12.5", "7", "AA", "true"], ["", "8", "", "false"]])),
        NPY,
    ),
    "pandas' split orientation": (
        json.dumps({"columns": list(ROWS[0]), "data": [list(r.values()) for r in ROWS]}).encode(),
        "application/json",
    ),
}


@pytest.mark.parametrize(("body", "content_type"), BODIES.values(), ids=BODIES)
def test_every_format_carries_the_same_table(body, content_type):
    assert records(read(body, content_type, SCHEMA)) == ROWS


class TestJsonLines:
    def test_a_line_that_is_not_json_is_named(self):
        error = refusal(b'{"a": 1}\n{"a": \n', LINES)
        assert str(error).startswith("row 2 is not JSON")
        assert error.row == 2

    def test_an_empty_line_in_between_is_a_row_without_a_record(self):
        assert refusal(b'{"a": 1}\n\n{"a": 1}', LINES).row == 2

    def test_a_value_of_another_type_is_named(self):
        lines = [ROWS[0], {**ROWS[0], "hour": "x"}]
        error = refusal(b"\n".join(json.dumps(line).encode() for line in lines), LINES)
        assert (error.row, error.column) == (2, "hour")


@pytest.mark.parametrize("number", [-(2**63) - 1, 2**63, 2**64, float(2**60)])
def test_a_whole_number_that_was_rounded_on_the_way_is_refused(number):
    body = json.dumps([{**ROWS[0], "hour": number}]).encode()
    assert refusal(body, "application/json").column == "hour"


class TestParquet:
    def test_a_missing_column_is_named(self):
        error = refusal(parquet(pa.table({"hour": [1]})), PARQUET)
        assert "columns are missing: 'distance', 'carrier', 'holiday'" in str(error)

    @pytest.mark.parametrize(
        "body",
        [b"PAR1", b"not Parquet", BODIES["Parquet"][0][:-9], BODIES["Parquet"][0][40:]],
        ids=["start", "text", "cut at the end", "cut at the start"],
    )
    def test_a_broken_file_is_refused(self, body):
        assert isinstance(refusal(body, PARQUET), BadRequest)

    def test_a_few_bytes_that_stand_for_many_rows_are_not_unpacked(self):
        rows = 20_000_000
        body = parquet(pa.table({"a": pa.array(np.zeros(rows, dtype=np.int8))}))
        assert len(body) < 100_000
        error = refusal(body, PARQUET, Schema((Feature("a", "integer"),)))
        assert (error.status, "20,000,000 rows" in str(error)) == (413, True)

    @pytest.mark.parametrize("column", [[[1]], [pd.Timestamp(0)]], ids=["list", "time"])
    def test_what_is_no_number_or_text_is_refused(self, column):
        error = refusal(
            parquet(pa.table({"a": column})), PARQUET, Schema((Feature("a", "number"),))
        )
        assert error.column == "a"

    def test_without_pyarrow_it_is_415_with_the_remedy(self, monkeypatch):
        monkeypatch.setattr("sagepipe.serving.parquet.find_spec", lambda name: None)
        with pytest.raises(UnsupportedMediaType, match="install pyarrow"):
            read(*BODIES["Parquet"], SCHEMA)


class TestNpy:
    @pytest.mark.parametrize(
        ("array", "rows"),
        [
            (np.array([[1.5, 2, 1], [np.nan, 3, 0]]), [(1.5, 2, True), (None, 3, False)]),
            (np.asfortranarray(np.array([[1, 2, 1], [3, 4, 0]])), [(1, 2, True), (3, 4, False)]),
            (np.array([[1, 2, 0]], dtype=">u2"), [(1, 2, False)]),
            (np.array([[True, False, True]]), [(1, 0, True)]),
            (np.array([1.5, 2, 1]), [(1.5, 2, True)]),
            (np.array([[1.5, 2, 1]], dtype=np.float16), [(1.5, 2, True)]),
        ],
        ids=["doubles", "by columns", "big endian", "booleans", "one row", "halves"],
    )
    def test_numbers_are_read_in_the_models_order(self, array, rows):
        assert [tuple(r.values()) for r in records(read(npy(array), NPY, NUMBERS))] == rows

    @pytest.mark.parametrize(
        ("array", "message"),
        [
            (np.zeros((2, 2)), "the array has 2 columns; the model takes 3"),
            (np.zeros((0, 3)), "there are no rows"),
            (np.zeros((1, 1, 3)), "3 dimensions"),
            (np.array(1.0), "0 dimensions"),
            (np.array([[1, 0.5, 0]]), "row 1, column 'b': 0.5 is not a whole number"),
            (np.array([[1, 1, 2]]), "row 1, column 'c': 2 is not true or false"),
            (np.array([[np.inf, 1, 1]]), "row 1, column 'a': inf is not a number"),
            (np.zeros((1, 3), dtype=complex), "the array holds complex128"),
            (np.zeros((1, 3), dtype="V0"), "the array holds |V0"),
        ],
    )
    def test_what_is_wrong_is_named(self, array, message):
        assert message in str(refusal(npy(array), NPY, NUMBERS))

    def test_objects_are_not_unpickled(self):
        body = npy(np.array([[print, 1, 2]], dtype=object), allow_pickle=True)
        assert "the array holds object" in str(refusal(body, NPY, NUMBERS))

    @pytest.mark.parametrize("shape", [(10**12, 3), (-1, 3), (2, 3)])
    def test_a_head_that_lies_about_the_size_allocates_nothing(self, shape):
        honest = npy(np.zeros((1, 3)))
        head = str(honest[10:128], "ascii").replace("(1, 3)", repr(shape)).rstrip()
        body = honest[:10] + head.ljust(118).encode() + honest[128:]
        assert "head says" in str(refusal(body, NPY, NUMBERS))

    @pytest.mark.parametrize(
        "body", [b"x", b"\x93NUMPY", b"\x93NUMPY\x09\x00", npy(np.zeros(3))[:70]]
    )
    def test_a_broken_file_is_refused(self, body):
        assert "not an array in NumPy's format" in str(refusal(body, NPY, NUMBERS))


def test_no_format_takes_an_empty_body():
    for content_type in READERS:
        assert "the body is empty" in str(refusal(b"", content_type))
