"""The monitoring pipeline: what it says of the recent rows that the project came with."""

import pytest
from sagepipe import compiler
from sagepipe.compiler.check import check
from sagepipe.components.batch_score import batch_score
from sagepipe.components.monitor_data import monitor_data
from sagepipe.components.monitor_quality import monitor_quality
from sagepipe.dsl import HTML, Dataset, Metrics

from {{ cookiecutter.package }} import schema
from {{ cookiecutter.package }}.components.label import label
from {{ cookiecutter.package }}.pipelines.monitoring import WATCHED, monitoring


@pytest.fixture
def outputs(new_output):
    """A monitor's outputs."""
    return {"metrics": new_output(Metrics, "metrics"), "report": new_output(HTML, "report")}


@pytest.fixture
def scored(recent, model, new_output) -> Dataset:
    """The recent rows that have an answer, with predictions."""
    labelled, scored = new_output(Dataset, "labelled"), new_output(Dataset, "scored")
    label.python_func(recent=Dataset(path=recent), labelled=labelled)
    rows = Dataset(directory=labelled.directory, path=labelled.directory)
    batch_score.python_func(data=rows, model=model, scored=scored)
    return Dataset(directory=scored.directory, path=scored.directory)


def test_the_definition_keeps_sagemakers_rules():
    assert check(compiler.compile_pipeline(monitoring)) == []


def test_recent_rows_are_held_against_the_training_data(sample, recent, outputs):
    found = monitor_data.python_func(
        reference=Dataset(path=sample), recent=Dataset(path=recent), columns=WATCHED, **outputs
    )
    assert found.columns == []


def test_the_model_is_held_against_the_bar(scored, outputs):
    found = monitor_quality.python_func(
        scored=scored, target=schema.TARGET, metric=schema.METRIC, baseline=schema.BAR, **outputs
    )
    assert (found.degraded, found.labelled > 0) == (False, True)
