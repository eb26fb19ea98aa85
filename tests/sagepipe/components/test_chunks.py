"""A table that is read in chunks is the table that is read in one piece."""

import string
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sagepipe.components import chunks, tables

VALUES = [
    "1",
    "-20",
    "2.5",
    "1e3",
    "",
    "",
    "True",
    "False",
    "far",
    "007",
    "NaN",
    "12345678901234567",
]
# What a column draws from: often one type with gaps, sometimes all of them.
COLUMNS = st.sampled_from(
    [VALUES, ["1", "2", ""], ["1", "2"], ["True", "False", ""], ["1", "2.5"], ["", "far"], [""]]
)


@st.composite
def csv_texts(draw: st.DrawFn) -> str:
    names = string.ascii_lowercase[: draw(st.integers(1, 3))]
    rows = draw(st.integers(0, 12))
    drawn = [
        draw(st.lists(st.sampled_from(draw(COLUMNS)), min_size=rows, max_size=rows)) for _ in names
    ]
    lines = [",".join(names), *(",".join(cells) for cells in zip(*drawn, strict=True))]
    # A line of nothing would be no row, so each begins with something.
    return "\n".join(f"r,{line}" for line in lines)


def assert_same(place: Path, rows: int) -> None:
    read = list(chunks.read(place, rows))
    assert all(len(chunk) <= rows for chunk in read)
    pd.testing.assert_frame_equal(pd.concat(read, ignore_index=True), tables.read(place))


@settings(
    max_examples=150, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
@given(csv_texts(), st.integers(1, 5))
def test_a_csv_file_is_the_same_in_chunks(
    tmp_path_factory: pytest.TempPathFactory, text: str, rows: int
) -> None:
    file = tmp_path_factory.mktemp("csv") / "table.csv"
    file.write_text(text)
    assert_same(file, rows)


TYPES = {
    "int64": [1, 2, 3, 4],
    "int32": [1, None, 3, None],
    "float64": [1.5, None, 3, 4],
    "bool": [True, None, False, True],
    "str": ["a", None, None, "b"],
    "datetime64[us]": ["2026-01-01", None, None, "2026-01-04"],
}


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("rows", [1, 2, 3])
def test_a_parquet_file_is_the_same_in_chunks(kind: str, rows: int, tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    arrow = {"bool": pa.bool_(), "str": pa.string(), "datetime64[us]": pa.timestamp("us")}
    values = TYPES[kind]
    if kind.startswith("datetime"):
        values = pd.to_datetime(pd.Series(values)).astype(kind)
    column = pa.array(values, arrow.get(kind) or getattr(pa, kind)(), from_pandas=True)
    pq.write_table(pa.table({"value": column}), tmp_path / "table.parquet")
    assert_same(tmp_path, rows)


def test_a_parquet_file_without_rows_is_one_chunk(tmp_path: Path) -> None:
    tables.write(pd.DataFrame({"a": [1]}).head(0), tmp_path / "table.parquet")
    assert_same(tmp_path, 2)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (["1", "2"], ["3"]),
        (["1"], ["2.5", ""]),
        (["1", "2"], [""]),
        (["a"], [""]),
        (["True"], [""]),
    ],
)
def test_the_parts_of_a_folder_are_the_same_in_chunks(
    first: list[str], second: list[str], tmp_path: Path
) -> None:
    for name, cells in (("a", first), ("b", second)):
        rows = "".join(f"r,{cell}\n" for cell in cells)
        (tmp_path / f"{name}.csv").write_text(f"row,value\n{rows}")
    assert_same(tmp_path, 1)


def test_parts_of_different_types_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("value\n1\n")
    (tmp_path / "b.csv").write_text("value\nfar\n")
    with pytest.raises(ValueError, match="'value' is of different types in its parts, int64, str"):
        list(chunks.read(tmp_path, 10))


def test_parts_of_other_columns_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("value\n1\n")
    (tmp_path / "b.csv").write_text("worth\n1\n")
    with pytest.raises(ValueError, match=r"b\.csv has the columns worth, and a\.csv has value"):
        list(chunks.read(tmp_path, 10))


@pytest.mark.parametrize("content", [b"", b"a\n\xff\xfe"])
def test_what_is_no_table_is_named(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_bytes(content)
    with pytest.raises(ValueError, match=r"table\.csv can't be read as a \.csv table"):
        list(chunks.read(tmp_path, 10))


def test_a_chunk_of_no_rows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="a chunk of -1 rows is none"):
        list(chunks.read(tmp_path, -1))


def test_parquet_is_not_held_beyond_the_chunk_that_is_read(tmp_path: Path) -> None:
    import pyarrow as pa

    table = pd.DataFrame(np.random.default_rng(1).random((400_000, 4)), columns=list("abcd"))
    table.to_parquet(tmp_path / "t.parquet", row_group_size=20_000)
    size = (tmp_path / "t.parquet").stat().st_size
    before, most = pa.total_allocated_bytes(), 0
    for _ in chunks.read(str(tmp_path / "t.parquet"), 20_000):
        most = max(most, pa.total_allocated_bytes() - before)
    assert most < size / 2
