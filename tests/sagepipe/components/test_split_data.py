"""Splits are seeded, divide as they are asked to, and prove that nothing leaks."""

from pathlib import Path

import pandas as pd
import pytest

from sagepipe.components import tables
from sagepipe.components.split_data import prove, split, split_data
from sagepipe.dsl import Dataset

TABLE = pd.DataFrame(
    {
        "number": range(100),
        "label": ["rare"] * 4 + ["common"] * 96,
        "shop": [f"shop {place % 10}" for place in range(100)],
        "day": [f"2026-01-{1 + place // 10:02}" for place in range(100)],
    }
)[::-1]
BY = {"random": [], "stratified": ["label"], "grouped": ["shop"], "time": ["day"]}


@pytest.mark.parametrize("strategy", BY)
def test_every_row_is_on_one_side_in_the_order_it_had(strategy: str) -> None:
    train, test = split(TABLE, strategy, by=BY[strategy], test_fraction=0.3, seed=1)
    assert sorted([*train.index, *test.index]) == sorted(TABLE.index)
    assert len(test) == pytest.approx(30, abs=1)
    for side in (train, test):
        assert side.equals(TABLE.loc[side.index]) and side.index.is_monotonic_decreasing


@pytest.mark.parametrize("strategy", ["random", "stratified", "grouped"])
def test_the_seed_alone_decides(strategy: str) -> None:
    tests = [split(TABLE, strategy, by=BY[strategy], seed=seed)[1] for seed in (1, 1, 2)]
    assert tests[0].equals(tests[1])
    assert not tests[0].equals(tests[2])


def test_a_rare_label_is_on_both_sides_of_a_stratified_split() -> None:
    train, test = split(TABLE, "stratified", by=["label"], test_fraction=0.05)
    assert (train["label"] == "rare").sum() == 3
    assert (test["label"] == "rare").sum() == 1


def test_a_group_is_on_one_side() -> None:
    train, test = split(TABLE, "grouped", by=["shop"])
    assert not set(train["shop"]) & set(test["shop"])


@pytest.mark.parametrize("day", ["text", "date", "number"])
def test_what_is_tested_on_is_later_than_all_that_is_trained_on(day: str) -> None:
    table = TABLE.copy()
    if day != "text":
        table["day"] = pd.to_datetime(table["day"])
    if day == "number":
        table["day"] = table["day"].dt.day
    train, test = split(table, "time", by=["day"], test_fraction=0.25)
    assert train["day"].max() < test["day"].min()
    assert len(test) == 30, "the third day from the end is not torn apart"


def test_a_group_on_both_sides_is_no_split() -> None:
    with pytest.raises(ValueError, match=r"10 groups of shop have rows on both sides, such as \("):
        prove(TABLE[:50], TABLE[50:], "grouped", by=["shop"])


def test_a_later_row_to_train_on_is_no_split() -> None:
    with pytest.raises(ValueError, match=r"day 2026-01-10 .*, and one to test on 2026-01-01"):
        prove(TABLE[:50], TABLE[50:], "time", by=["day"])


@pytest.mark.parametrize("strategy", BY)
@pytest.mark.parametrize("fraction", [0.0, 1.0, -1.0, 20.0])
def test_a_fraction_that_leaves_a_side_empty_is_refused(strategy: str, fraction: float) -> None:
    with pytest.raises(ValueError, match=f"test_fraction {fraction}.*such as 0.2"):
        split(TABLE, strategy, by=BY[strategy], test_fraction=fraction)


@pytest.mark.parametrize(
    ("strategy", "by", "message"),
    [
        ("alphabetic", [], "there is no split 'alphabetic'; there are random, stratified"),
        ("grouped", [], "a grouped split needs columns to go by"),
        ("time", ["day", "number"], "goes by one column, not by day, number"),
        ("grouped", ["store"], "goes by store, which the table lacks; it has number, label"),
        ("time", ["shop"], "column 'shop', .* holds neither numbers nor ISO dates"),
    ],
)
def test_what_can_not_be_split_by_is_named(strategy: str, by: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        split(TABLE, strategy, by=by)


def test_rows_without_a_group_are_refused() -> None:
    table = TABLE.assign(shop=TABLE["shop"].mask(TABLE["number"] < 3))
    with pytest.raises(ValueError, match="3 rows have no shop"):
        split(table, "grouped", by=["shop"])


@pytest.mark.parametrize("suffix", tables.FORMATS)
def test_the_component_writes_both_sides_in_the_tables_format(suffix: str, tmp_path: Path) -> None:
    for name in ("data", "train", "test"):
        (tmp_path / name).mkdir()
    for part, rows in (("a", TABLE[:50]), ("b", TABLE[50:])):
        tables.write(rows, tmp_path / "data" / f"{part}{suffix}")
    split_data.python_func(
        data=Dataset(directory=tmp_path / "data"),
        train=Dataset(directory=tmp_path / "train"),
        test=Dataset(directory=tmp_path / "test"),
        strategy="grouped",
        by="shop, label",
    )
    train = tables.read(tmp_path / "train" / f"train_data{suffix}")
    test = tables.read(tmp_path / "test" / f"test_data{suffix}")
    assert len(train) + len(test) == len(TABLE)
    prove(train, test, "grouped", by=["shop", "label"])
