"""Preprocessing: a raw table in, a train and a test table out."""

from pathlib import Path
from typing import TYPE_CHECKING

from sagepipe import dsl, validation
from sagepipe.dsl import HTML, Dataset, Input, Output

from {{ cookiecutter.package }} import expectations, schema

if TYPE_CHECKING:
    import pandas as pd


@dsl.component
def preprocess(
    raw: Input[Dataset],
    train: Output[Dataset],
    test: Output[Dataset],
    report: Output[HTML],
    test_fraction: float = 0.2,
    seed: int = 7,
) -> None:
    """Validate the raw table, clean it, validate the result, split it by day.

    Nothing is written to ``train`` and ``test`` before every expectation has been met.

    Args:
        raw: One CSV file of flights with the weather at their airport.
        train: The folder for ``train_data.csv``.
        test: The folder for ``test_data.csv``.
        report: Great Expectations' results: a page and a JSON file for the raw and the prepared
            table.
        test_fraction: Share of the days that goes to ``test``.
        seed: Which days those are.

    Raises:
        ValueError: ``raw`` is no CSV file, or ``test_fraction`` leaves a side without a day.
        ValidationError: An expectation is not met.
    """
    table = schema.read(raw.path)
    validation.validate(table, expectations.RAW, name="raw", report=Path(report.directory))
    prepared = prepare(table)
    validation.validate(
        prepared, expectations.PREPARED, name="prepared", report=Path(report.directory)
    )

    train_rows, test_rows = split(prepared, test_fraction, seed)
    train_rows.to_csv(Path(train.directory) / schema.TRAIN_FILE, index=False)
    test_rows.to_csv(Path(test.directory) / schema.TEST_FILE, index=False)
    print(f"{len(table)} raw rows: {len(train_rows)} to train on, {len(test_rows)} to test on")


def prepare(table: "pd.DataFrame") -> "pd.DataFrame":
    """Keep each flight that arrived once, with its date, the features and the target.

    Args:
        table: The raw table.

    Returns:
        The prepared table.
    """
    arrived = table.dropna(subset=[schema.ARRIVAL_DELAY]).drop_duplicates(ignore_index=True)
    columns = list(dict.fromkeys([*schema.DATE, *schema.FEATURES]))
    return arrived[columns].assign(**{schema.TARGET: schema.target(arrived)})


def split(
    table: "pd.DataFrame", test_fraction: float, seed: int
) -> tuple["pd.DataFrame", "pd.DataFrame"]:
    """Split a prepared table so that all flights of a day stay on one side.

    Args:
        table: The prepared table.
        test_fraction: Share of the days that goes to the test table.
        seed: Which days those are.

    Returns:
        The train table and the test table, rows in the order they had.

    Raises:
        ValueError: The fraction leaves a side without a day.
    """
    dates = table[schema.DATE].drop_duplicates()
    held_out = dates.sample(frac=min(max(test_fraction, 0.0), 1.0), random_state=seed)
    if not 0 < len(held_out) < len(dates):
        raise ValueError(
            f"test_fraction {test_fraction} leaves {len(held_out)} of {len(dates)} days to test "
            "on; both sides need one: choose a number between 0 and 1, such as 0.2"
        )
    in_test = table.set_index(schema.DATE).index.isin(held_out.set_index(schema.DATE).index)
    return table[~in_test], table[in_test]
