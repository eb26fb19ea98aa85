"""Tables are read and written alike, whatever their format and however many files they are in."""

from pathlib import Path

import pandas as pd
import pytest

from sagepipe.components import tables

TABLE = pd.DataFrame({"size": [1.5, None, 3.0], "colour": ["red", "blue", None]})


@pytest.mark.parametrize("suffix", tables.FORMATS)
def test_a_table_comes_back_as_it_was_written(suffix: str, tmp_path: Path) -> None:
    file = tmp_path / f"table{suffix}"
    tables.write(TABLE, file)
    for place in (file, tmp_path):
        pd.testing.assert_frame_equal(tables.read(place), TABLE)


@pytest.mark.parametrize("suffix", tables.FORMATS)
def test_the_files_of_a_folder_are_the_parts_of_a_table(suffix: str, tmp_path: Path) -> None:
    for name, part in (("b", TABLE[2:]), ("a", TABLE[:2])):
        tables.write(part, tmp_path / f"{name}{suffix}")
    (tmp_path / "README.md").write_text("no part")
    pd.testing.assert_frame_equal(tables.read(tmp_path), TABLE)


def test_parts_with_other_columns_are_refused(tmp_path: Path) -> None:
    tables.write(TABLE, tmp_path / "a.csv")
    tables.write(TABLE[["colour"]], tmp_path / "b.csv")
    with pytest.raises(ValueError, match=r"b\.csv has the columns colour, and a\.csv has size, "):
        tables.read(tmp_path)


def test_two_formats_in_a_folder_are_refused(tmp_path: Path) -> None:
    for suffix in tables.FORMATS:
        tables.write(TABLE, tmp_path / f"table{suffix}")
    with pytest.raises(ValueError, match=r"two formats, table\.csv, table\.parquet: keep those"):
        tables.read(tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("table.csv", b"", r"table\.csv can't be read as a \.csv table: No columns"),
        ("table.csv", b"a\n\xff\xfe", "can't be read as a .csv table: .* can't decode"),
        ("table.csv", b"a;b\n1;2\n1,5;2,5\n", r"commas .*\('table\.csv', sep=\";\", dec"),
        ("table.csv", b"\xf6,b\n", r"UTF-8 .*\('table\.csv', encoding=\"latin-1\"\)\.to_csv"),
        ("table.parquet", b"no parquet", r"can't be read as a \.parquet table"),
        ("table.txt", b"a,b\n", r"has no table: it needs a \.csv or \.parquet file, and has table"),
    ],
)
def test_what_is_no_table_is_named(name: str, content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=message):
        tables.read(tmp_path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"gone\.csv has no table: there is no such file"):
        tables.read(tmp_path / "gone.csv")


def test_a_table_is_not_written_in_an_unknown_format(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"table\.xlsx is neither"):
        tables.write(TABLE, tmp_path / "table.xlsx")


def test_text_that_looks_like_numbers_stays_text_where_that_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "codes.csv").write_text("code,size\n007,1\n,2\n")
    codes = tables.read(tmp_path, text=["code", "of another table"])["code"]
    assert codes[0] == "007" and pd.isna(codes[1])
