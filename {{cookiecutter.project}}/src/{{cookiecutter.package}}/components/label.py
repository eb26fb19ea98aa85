"""Labelling: recent data in, the rows whose answer is known by now out."""

from pathlib import Path

from sagepipe import dsl
from sagepipe.components import tables
from sagepipe.dsl import Dataset, Input, Output

from {{ cookiecutter.package }} import data, schema
from {{ cookiecutter.package }}.components.preprocess import prepare


@dsl.component
def label(recent: Input[Dataset], labelled: Output[Dataset]) -> int:
    """Keep the rows of recent data that have an answer, with the target as in training.

    Args:
        recent: The recent table, CSV or Parquet, its columns named as in the raw table; the column
            of the answer may have gaps, or be missing.
        labelled: The folder for ``schema.TEST_FILE``: a table like the one that tests the model,
            without rows where no answer is known.

    Returns:
        How many rows there are.

    Raises:
        ValueError: ``recent`` is no table.
    """
    table = data.read(recent.path)
    if schema.ANSWER not in table:
        table = table.assign(**{schema.ANSWER: None})
    rows = prepare(table)
    tables.write(rows, Path(labelled.directory) / schema.TEST_FILE)
    print(f"{len(rows)} of {len(table)} recent rows have an answer")
    return len(rows)
