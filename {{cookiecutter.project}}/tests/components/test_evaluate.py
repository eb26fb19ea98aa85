"""Evaluation, called as a plain function."""

import re
from pathlib import Path

import numpy as np
import pytest
from sagepipe.serving import checksum

from {{ cookiecutter.package }} import measures, plots, schema


def test_the_model_is_measured_by_what_the_bar_is_held_against(evaluated):
    assert schema.METRIC in evaluated.metrics.metadata


def test_every_test_row_is_measured(evaluated, held_out):
    assert evaluated.metrics.metadata["test_rows"] == len(held_out)


@pytest.mark.skipif(schema.TASK != "classification", reason="a number has no classes")
def test_the_confusion_matrix_counts_every_test_row(evaluated, held_out):
    confusion = evaluated.curves.metadata["confusion_matrix"]
    assert confusion["categories"] == schema.CLASS_NAMES
    truth = held_out[schema.TARGET]
    counted = np.sum(confusion["matrix"], axis=1).tolist()
    assert counted == [(truth == label).sum() for label in schema.CLASSES]


def test_metrics_of_two_classes_that_are_known():
    truth = np.array([False, False, True, True])
    numbers = measures.of_two_classes(truth, np.array([0.1, 0.6, 0.4, 0.9]))
    assert numbers["auc"] == pytest.approx(0.75)
    assert numbers["accuracy"] == numbers["precision"] == numbers["recall"] == 0.5
    assert numbers["positive_share"] == 0.5


def test_metrics_of_three_classes_that_are_known(monkeypatch):
    monkeypatch.setattr(schema, "CLASSES", ["a", "b", "c"])
    scores = np.array([[0.8, 0.1, 0.1], [0.2, 0.5, 0.3], [0.1, 0.6, 0.3], [0.3, 0.1, 0.6]])
    numbers = measures.of_classes(np.array(["a", "b", "c", "c"]), scores)
    assert numbers["accuracy"] == 0.75
    assert numbers["balanced_accuracy"] == pytest.approx(2.5 / 3)
    assert numbers["auc_ovr"] == pytest.approx((1 + 2 / 3 + 0.875) / 3)
    assert numbers["largest_share"] == 0.5


def test_metrics_of_numbers_that_are_known():
    numbers = measures.of_numbers(np.array([0.0, 10.0, 20.0]), np.array([0.0, 13.0, 16.0]))
    assert numbers["mae"] == pytest.approx(7 / 3)
    assert numbers["median_absolute_error"] == pytest.approx(3)
    assert numbers["rmse"] == pytest.approx((25 / 3) ** 0.5)
    assert numbers["baseline_mae"] == pytest.approx(20 / 3)


def test_rows_of_one_class_are_refused():
    with pytest.raises(ValueError, match="all of one class"):
        measures.of_two_classes(np.array([True, True]), np.array([0.1, 0.6]))


def test_the_report_shows_every_number_and_plot_and_needs_no_other_file(evaluated):
    page = Path(evaluated.report.path).read_text(encoding="utf-8")
    for name in evaluated.metrics.metadata:
        assert f"<th>{name}</th>" in page
    assert len(re.findall(r'<img alt="\w+" src="data:image/png;base64,', page)) >= 2
    assert not re.search(r"(src|href)=.https?:", page)


def test_what_the_model_says_of_itself_in_mlflow_is_handed_on(evaluated, model):
    assert (evaluated.which.model_version, evaluated.which.run_id) == ("none", "none")
    assert set(model.metadata.values()) == {"none"}


def test_the_checksum_is_that_of_the_models_files(evaluated, model):
    assert evaluated.which.sha256 == checksum.of(model.directory)


def test_the_page_escapes_names():
    assert "<th>a&lt;b</th>" in plots.page({"a<b": 1.0}, {})
