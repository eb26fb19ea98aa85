"""Labelling, called as a plain function."""

import pytest
from sagepipe.components import tables
from sagepipe.dsl import Dataset

from {{ cookiecutter.package }} import data, schema
from {{ cookiecutter.package }}.components.label import label
from {{ cookiecutter.package }}.components.preprocess import prepare

FILE = schema.TEST_FILE  # of the format that the project hands on


@pytest.fixture
def labelled(new_output, tmp_path):
    """Labels a table; gives how many rows it counted, and those that it wrote."""

    def run(table):
        tables.write(table, tmp_path / FILE)
        output = new_output(Dataset, "labelled")
        count = label.python_func(recent=Dataset(path=tmp_path / FILE), labelled=output)
        return count, data.read(output.directory)

    return run


def test_rows_that_have_an_answer_are_kept_as_the_test_table_has_them(labelled, rows):
    gaps = rows.assign(**{schema.ANSWER: rows[schema.ANSWER].where(rows.index >= 20)})
    count, kept = labelled(gaps)
    assert count == len(kept) == len(prepare(rows[20:]))
    assert list(kept) == schema.COLUMNS
    assert kept[schema.TARGET].tolist() == prepare(rows[20:])[schema.TARGET].tolist()


def test_a_table_without_answers_has_no_rows(labelled, rows):
    count, kept = labelled(rows.drop(columns=schema.ANSWER))
    assert (count, len(kept)) == (0, 0)
    assert list(kept) == schema.COLUMNS
