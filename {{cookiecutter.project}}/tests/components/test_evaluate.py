"""Evaluation, called as a plain function."""

import re
from pathlib import Path

import numpy as np
import pytest
from sagepipe.components.evaluation.results import Evaluation
from sagepipe.serving import checksum

from {{ cookiecutter.package }} import schema


def test_the_model_is_measured_by_what_the_bar_is_held_against(evaluated):
    assert schema.METRIC in evaluated.metrics.metadata


def test_every_test_row_is_measured(evaluated, held_out):
    assert evaluated.metrics.metadata["test_rows"] == len(held_out)


@pytest.mark.skipif(schema.TASK != "classification", reason="a number has no classes")
def test_the_confusion_matrix_counts_every_test_row(evaluated, held_out):
    confusion = evaluated.curves.metadata["confusion_matrix"]
    assert sorted(confusion["categories"]) == sorted(schema.CLASS_NAMES)
    names = dict(zip(schema.CLASS_NAMES, schema.CLASSES, strict=True))
    truth = held_out[schema.TARGET]
    counted = np.sum(confusion["matrix"], axis=1).tolist()
    assert counted == [(truth == names[name]).sum() for name in confusion["categories"]]


def test_the_report_shows_every_metric_and_plots_and_needs_no_other_file(evaluated):
    page = Path(evaluated.report.path).read_text(encoding="utf-8")
    for metric in Evaluation.read(Path(evaluated.evaluation.directory)).metrics:
        assert metric.name in page
    assert page.count('src="data:image/png;base64,') >= 2
    assert not re.search(r"(src|href)=.https?:", page)


def test_what_the_model_says_of_itself_in_mlflow_is_handed_on(evaluated, model):
    assert (evaluated.which.model_version, evaluated.which.run_id) == ("none", "none")
    assert set(model.metadata.values()) == {"none"}


def test_the_checksum_is_that_of_the_models_files(evaluated, model):
    assert evaluated.which.sha256 == checksum.of(model.directory)
