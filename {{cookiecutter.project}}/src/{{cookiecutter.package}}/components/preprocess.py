"""Preprocessing: a raw table in, a train and a test table out."""

from pathlib import Path
from typing import TYPE_CHECKING

from sagepipe import dsl, validation
from sagepipe.components import tables
from sagepipe.components.split_data import split
from sagepipe.dsl import HTML, Dataset, Input, Output

from {{ cookiecutter.package }} import data, expectations, schema

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
    """Validate the raw table, clean it, validate the result, split it as the schema says.

    Nothing is written to ``train`` and ``test`` before every expectation has been met.

    Args:
        raw: The raw table, CSV or Parquet.
        train: The folder for ``schema.TRAIN_FILE``.
        test: The folder for ``schema.TEST_FILE``.
        report: Great Expectations' results: a page and a JSON file for the raw and the prepared
            table.
        test_fraction: Share of the groups, or of the rows where there are none, that goes to
            ``test``.
        seed: Which those are.

    Raises:
        ValueError: ``raw`` is no table, or ``test_fraction`` leaves a side empty.
        ValidationError: An expectation is not met.
    """
    table = data.read(raw.path)
    validation.validate(table, expectations.RAW, name="raw", report=Path(report.directory))
    prepared = prepare(table)
    validation.validate(
        prepared, expectations.PREPARED, name="prepared", report=Path(report.directory)
    )

    train_rows, test_rows = split(
        prepared, schema.SPLIT, by=schema.SPLIT_BY, test_fraction=test_fraction, seed=seed
    )
    tables.write(train_rows, Path(train.directory) / schema.TRAIN_FILE)
    tables.write(test_rows, Path(test.directory) / schema.TEST_FILE)
    print(f"{len(table)} raw rows: {len(train_rows)} to train on, {len(test_rows)} to test on")


def prepare(table: "pd.DataFrame") -> "pd.DataFrame":
    """Keep each row that has an answer, with what the split needs, the features and the target.

    Args:
        table: The raw table.

    Returns:
        The prepared table: ``schema.COLUMNS``.
    """
    answered = table.dropna(subset=[schema.ANSWER])
    if not schema.KEEP_DUPLICATES:
        answered = answered.drop_duplicates()
    answered = answered.reset_index(drop=True)
    return answered.assign(**{schema.TARGET: schema.target(answered)})[schema.COLUMNS]
