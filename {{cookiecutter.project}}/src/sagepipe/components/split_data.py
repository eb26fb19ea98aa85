"""Dividing a table into one to train on and one to test on, with proof that nothing leaks."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from sagepipe import tracking
from sagepipe.components import tables
from sagepipe.dsl import Dataset, Input, Output, component

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

Strategy = Literal["random", "stratified", "grouped", "time"]
STRATEGIES: tuple[str, ...] = get_args(Strategy)


@component
def split_data(
    data: Input[Dataset],
    train: Output[Dataset],
    test: Output[Dataset],
    strategy: Literal["random", "stratified", "grouped", "time"] = "random",
    by: str = "",
    test_fraction: float = 0.2,
    seed: int = 7,
) -> None:
    """Divide a table into rows to train on and rows to test on.

    ``random`` draws rows; ``stratified`` draws from each value of the columns alike; ``grouped``
    draws groups of rows that share the columns' values and keeps each whole; ``time`` takes the
    last rows. Nothing is written before the two sides have been proven to share no row, no group
    and no moment.

    Args:
        data: The table, CSV or Parquet: one file, or a folder of parts.
        train: The rows to train on, ``train_data`` in the table's format and order.
        test: The rows to test on, ``test_data``.
        strategy: How rows are drawn.
        by: The columns of labels, of groups, or of the time, separated by commas; none for
            ``random``.
        test_fraction: Share of the rows that goes to ``test``; of the groups where there are.
        seed: Which rows those are; ``time`` needs none.

    Raises:
        ValueError: A column is not there, a side would be empty, or the sides would share
            something; nothing is written.
    """
    (suffix,) = {file.suffix for file in tables.files(data.path)}
    table = tables.read(data.path)
    columns = [name.strip() for name in by.split(",") if name.strip()]
    sides = split(table, strategy, by=columns, test_fraction=test_fraction, seed=seed)
    for side, output, name in zip(sides, (train, test), ("train", "test"), strict=True):
        tables.write(side, Path(output.directory) / f"{name}_data{suffix}")
        tracking.log_dataset(side, name=name, context="splitting")
    counts = {"train_rows": len(sides[0]), "test_rows": len(sides[1])}
    tracking.log_metrics({name: float(count) for name, count in counts.items()})
    print(", ".join(f"{name} {count}" for name, count in counts.items()))


def split(
    table: "pd.DataFrame",
    strategy: str = "random",
    *,
    by: Sequence[str] = (),
    test_fraction: float = 0.2,
    seed: int = 7,
) -> tuple["pd.DataFrame", "pd.DataFrame"]:
    """Divide a table, and prove that nothing leaks from one side to the other.

    Args:
        table: The rows.
        strategy: ``random``, ``stratified``, ``grouped`` or ``time``.
        by: The columns of labels, of groups, or of the time; none for ``random``.
        test_fraction: Share of the rows that goes to the test table; of the groups where there are.
        seed: Which rows those are; ``time`` needs none.

    Returns:
        The train table and the test table, rows in the order they had.

    Raises:
        ValueError: A column is not there, a side would be empty, or the sides would share
            something.
    """
    _check(table, strategy, by)
    if strategy == "time":
        in_test = _last(table, by, test_fraction)
    elif strategy == "grouped":
        in_test = _of_groups(table, by, test_fraction, seed)
    elif strategy == "stratified":
        in_test = _of_each(table, by, test_fraction, seed)
    else:
        in_test = _drawn(len(table), test_fraction, seed)
    if not 0 < in_test.sum() < len(table):
        raise _empty_side(test_fraction, int(in_test.sum()), len(table), "rows")
    train, test = table[~in_test], table[in_test]
    prove(train, test, strategy, by=by)
    return train, test


def prove(
    train: "pd.DataFrame", test: "pd.DataFrame", strategy: str, *, by: Sequence[str] = ()
) -> None:
    """Hold two tables against what their split promises.

    Args:
        train: The rows to train on.
        test: The rows to test on.
        strategy: How they were divided.
        by: The columns of groups or of the time.

    Raises:
        ValueError: A group has rows on both sides, or a row to train on is not older than every
            row to test on.
    """
    if strategy == "grouped":
        both = _keys(train, by) & _keys(test, by)
        if both:
            shown = ", ".join(map(str, sorted(both, key=str)[:3]))
            raise ValueError(
                f"{len(both)} groups of {', '.join(by)} have rows on both sides, such as {shown}"
            )
    if strategy == "time":
        newest, oldest = _moments(train, by).max(), _moments(test, by).min()
        if not newest < oldest:
            raise ValueError(
                f"a row to train on has {by[0]} {newest}, and one to test on {oldest}: what is "
                "trained on has to be older than everything that is tested on"
            )


def _check(table: "pd.DataFrame", strategy: str, by: Sequence[str]) -> None:
    if strategy not in STRATEGIES:
        raise ValueError(f"there is no split {strategy!r}; there are {', '.join(STRATEGIES)}")
    if strategy != "random" and not by:
        raise ValueError(f"a {strategy} split needs columns to go by")
    if strategy == "time" and len(by) > 1:
        raise ValueError(f"a split by time goes by one column, not by {', '.join(by)}")
    if absent := [name for name in by if name not in table.columns]:
        raise ValueError(
            f"the split goes by {', '.join(absent)}, which the table lacks; it has "
            f"{', '.join(map(str, table.columns))}"
        )
    if strategy in ("grouped", "time"):
        for name in by:
            if empty := int(table[name].isna().sum()):
                raise ValueError(
                    f"{empty} rows have no {name}, which the split goes by: leave them out first"
                )


def _drawn(count: int, fraction: float, seed: int) -> "NDArray[np.bool]":
    """Draw so many of so many rows."""
    import numpy as np

    size = round(count * min(max(fraction, 0.0), 1.0))
    return np.random.default_rng(seed).permutation(count) < size


def _of_groups(
    table: "pd.DataFrame", by: Sequence[str], fraction: float, seed: int
) -> "NDArray[np.bool]":
    """Draw groups, and take all rows of theirs."""
    import pandas as pd

    columns = list(by)
    groups = table[columns].drop_duplicates()
    drawn = groups.sample(frac=min(max(fraction, 0.0), 1.0), random_state=seed)
    if not 0 < len(drawn) < len(groups):
        raise _empty_side(fraction, len(drawn), len(groups), f"groups of {', '.join(by)}")
    held_out = pd.MultiIndex.from_frame(drawn)
    in_test: NDArray[np.bool] = pd.MultiIndex.from_frame(table[columns]).isin(held_out)
    return in_test


def _of_each(
    table: "pd.DataFrame", by: Sequence[str], fraction: float, seed: int
) -> "NDArray[np.bool]":
    """Draw from each label; one with two rows or more has one on each side at least."""
    import numpy as np

    random = np.random.default_rng(seed)
    in_test = np.zeros(len(table), dtype=bool)
    for places in table.groupby(list(by), dropna=False).indices.values():
        size = round(len(places) * min(max(fraction, 0.0), 1.0))
        if 0 < fraction < 1 and len(places) > 1:
            size = min(max(size, 1), len(places) - 1)
        in_test[random.permutation(places)[:size]] = True
    return in_test


def _last(table: "pd.DataFrame", by: Sequence[str], fraction: float) -> "NDArray[np.bool]":
    """Take what is not older than the moment that leaves so much of the table after it."""
    moments = _moments(table, by)
    size = round(len(table) * min(max(fraction, 0.0), 1.0))
    if not 0 < size < len(table):
        raise _empty_side(fraction, size, len(table), "rows")
    bound = moments.sort_values().iloc[len(table) - size]
    if bound == moments.min():  # all of one moment stays together
        later = moments[moments > bound]
        if later.empty:
            raise ValueError(f"all rows have the same {by[0]}: there is no later one to test on")
        bound = later.min()
    held_out: NDArray[np.bool_] = (moments >= bound).to_numpy()
    return held_out


def _moments(table: "pd.DataFrame", by: Sequence[str]) -> "pd.Series[Any]":
    """Return what to sort by: numbers as they are, text as dates."""
    import pandas as pd

    column = table[by[0]]
    if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_any_dtype(column):
        return column
    try:
        return pd.to_datetime(column, format="ISO8601", utc=True)
    except (ValueError, TypeError) as error:
        raise ValueError(
            f"column {by[0]!r}, which the split goes by, holds neither numbers nor ISO dates: "
            f"{' '.join(str(error).split())}"
        ) from None


def _keys(table: "pd.DataFrame", by: Sequence[str]) -> set[object]:
    return set(table[list(by)].drop_duplicates().itertuples(index=False, name=None))


def _empty_side(fraction: float, count: int, total: int, what: str) -> ValueError:
    return ValueError(
        f"test_fraction {fraction} leaves {count} of {total} {what} to test on; both sides need "
        "one: choose a number between 0 and 1, such as 0.2"
    )
