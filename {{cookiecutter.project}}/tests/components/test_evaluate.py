"""Evaluation, called as a plain function."""

import re
from pathlib import Path

import numpy as np
import pytest

from {{ cookiecutter.package }} import plots
from {{ cookiecutter.package }}.components import evaluate as module

{%- if cookiecutter.task == "classification" %}


def test_the_model_is_better_than_chance_and_too_good_only_with_a_leak(evaluated):
    assert 0.65 < evaluated.metrics.metadata["auc"] < 0.8


def test_the_model_finds_late_flights_more_often_than_a_guess(evaluated):
    metrics = evaluated.metrics.metadata
    assert metrics["average_precision"] > 1.5 * metrics["late_share"]


def test_metrics_of_predictions_that_are_known():
    truth = np.array([0, 0, 1, 1])
    numbers = module.measure(truth, np.array([0.1, 0.6, 0.4, 0.9]))
    assert numbers["auc"] == pytest.approx(0.75)
    assert numbers["accuracy"] == numbers["precision"] == numbers["recall"] == 0.5
    assert numbers["late_share"] == 0.5


def test_curves_count_every_test_flight(evaluated):
    confusion = evaluated.curves.metadata["confusion_matrix"]
    assert confusion["categories"] == ["on time", "late"]
    assert np.sum(confusion["matrix"]) == evaluated.metrics.metadata["test_rows"]
    assert evaluated.curves.metadata["roc_curve"][-1]["tpr"] == 1.0


def test_the_report_shows_every_number_and_plot_and_needs_no_other_file(evaluated):
    page = Path(evaluated.report.path).read_text()
    for name in evaluated.metrics.metadata:
        assert f"<th>{name}</th>" in page
    plots_shown = re.findall(r'<img alt="(\w+)" src="data:image/png;base64,', page)
    assert plots_shown == ["roc", "precision_recall", "confusion", "calibration"]
    assert not re.search(r"(src|href)=.https?:", page)
{%- else %}


def test_the_model_is_better_than_the_median_and_too_good_only_with_a_leak(evaluated):
    metrics = evaluated.metrics.metadata
    assert 0.7 * metrics["baseline_mae"] < metrics["mae"] < metrics["baseline_mae"]


def test_metrics_of_predictions_that_are_known():
    numbers = module.measure(np.array([0.0, 10.0, 20.0]), np.array([0.0, 13.0, 16.0]))
    assert numbers["mae"] == pytest.approx(7 / 3)
    assert numbers["median_absolute_error"] == pytest.approx(3)
    assert numbers["rmse"] == pytest.approx((25 / 3) ** 0.5)
    assert numbers["baseline_mae"] == pytest.approx(20 / 3)


def test_the_report_shows_every_number_and_plot_and_needs_no_other_file(evaluated):
    page = Path(evaluated.report.path).read_text()
    for name in evaluated.metrics.metadata:
        assert f"<th>{name}</th>" in page
    plots_shown = re.findall(r'<img alt="(\w+)" src="data:image/png;base64,', page)
    assert plots_shown == ["predicted_vs_actual", "residuals", "error_histogram"]
    assert not re.search(r"(src|href)=.https?:", page)
{%- endif %}


def test_what_the_model_says_of_itself_in_mlflow_is_handed_on(evaluated, model):
    assert evaluated.logged.metadata == model.metadata


def test_the_page_escapes_names():
    assert "<th>a&lt;b</th>" in plots.page({"a<b": 1.0}, {})
