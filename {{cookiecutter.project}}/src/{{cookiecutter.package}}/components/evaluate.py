"""Evaluation: a model and a test table in, metrics and plots out."""

from pathlib import Path
from typing import TYPE_CHECKING

from sagepipe import dsl, export, tracking
{%- if cookiecutter.task == "classification" %}
from sagepipe.dsl import HTML, ClassificationMetrics, Dataset, Input, Metrics, Model, Output
{%- else %}
from sagepipe.dsl import HTML, Dataset, Input, Metrics, Model, Output
{%- endif %}

from {{ cookiecutter.package }} import plots, schema

if TYPE_CHECKING:
    import numpy as np


@dsl.component
def evaluate(
    test: Input[Dataset],
    model: Input[Model],
    metrics: Output[Metrics],
{%- if cookiecutter.task == "classification" %}
    curves: Output[ClassificationMetrics],
{%- endif %}
    report: Output[HTML],
) -> tracking.LoggedModel:
    """Measure the model, as it will be served, on days that it has not seen.

    Args:
        test: The folder with ``test_data.csv``.
        model: The trained model.
        metrics: Numbers; the pipeline's bar is held against one of them.
{%- if cookiecutter.task == "classification" %}
        curves: The ROC curve and the confusion matrix.
{%- endif %}
        report: A page with the numbers and the plots.

    Returns:
        The model's version and run in MLflow, for the registration.

    Raises:
        ValueError: The folder holds no ``test_data.csv``.
        ExportError: The exported model answers otherwise than the trained one.
    """
    table = schema.read(Path(test.directory) / schema.TEST_FILE)
    tracking.log_dataset(table, name="test", context="testing")
    predictions = export.predict_as_served(model.directory, schema.features(table))
    truth = table[schema.TARGET].to_numpy()
{%- if cookiecutter.task == "classification" %}
    score = predictions.probability_of(1)
{%- else %}
    predicted = predictions.values
{%- endif %}

{%- if cookiecutter.task == "classification" %}

    numbers = measure(truth, score)
    for name, value in numbers.items():
        metrics.log_metric(name, value)
    log_curves(curves, truth, score)

    figures = {
        "roc": plots.roc(truth, score),
        "precision_recall": plots.precision_recall(truth, score),
        "confusion": plots.confusion(truth, score),
        "calibration": plots.calibration(truth, score),
    }
{%- else %}

    numbers = measure(truth, predicted)
    for name, value in numbers.items():
        metrics.log_metric(name, value)

    figures = {
        "predicted_vs_actual": plots.predicted_vs_actual(truth, predicted),
        "residuals": plots.residuals(truth, predicted),
        "error_histogram": plots.error_histogram(truth, predicted),
    }
{%- endif %}
    for name, figure in figures.items():
        tracking.log_figure(figure, f"{name}.png")
    Path(report.path).write_text(plots.page(numbers, figures), encoding="utf-8")
    print(", ".join(f"{name} {value:.3f}" for name, value in numbers.items()))
    return tracking.LoggedModel.of(model.metadata)

{%- if cookiecutter.task == "classification" %}


def measure(truth: "np.ndarray", score: "np.ndarray") -> dict[str, float]:
    """Compare predictions with what happened.

    Args:
        truth: 1 where the flight was late, else 0.
        score: The predicted probability of that.

    Returns:
        Metrics by name. ``late_share`` is the average precision of a model that knows nothing;
        precision, recall and accuracy are those at a probability of 0.5.
    """
    from sklearn import metrics

    called_late = score >= 0.5
    return {
        "auc": float(metrics.roc_auc_score(truth, score)),
        "average_precision": float(metrics.average_precision_score(truth, score)),
        "log_loss": float(metrics.log_loss(truth, score)),
        "brier": float(metrics.brier_score_loss(truth, score)),
        "accuracy": float(metrics.accuracy_score(truth, called_late)),
        "precision": float(metrics.precision_score(truth, called_late, zero_division=0)),
        "recall": float(metrics.recall_score(truth, called_late)),
        "late_share": float(truth.mean()),
        "test_rows": float(len(truth)),
    }


def log_curves(curves: ClassificationMetrics, truth: "np.ndarray", score: "np.ndarray") -> None:
    """Record the ROC curve and the confusion matrix at a probability of 0.5."""
    from sklearn import metrics

    fpr, tpr, thresholds = metrics.roc_curve(truth, score)
    curves.log_roc_curve(fpr.tolist(), tpr.tolist(), thresholds.tolist())
    matrix = metrics.confusion_matrix(truth, score >= 0.5)
    curves.log_confusion_matrix(["on time", "late"], matrix.tolist())
{%- else %}


def measure(truth: "np.ndarray", predicted: "np.ndarray") -> dict[str, float]:
    """Compare predictions with what happened.

    Args:
        truth: Minutes of delay.
        predicted: What the model said.

    Returns:
        Metrics by name, all but ``r2`` and ``test_rows`` in minutes. ``baseline_mae`` is the error
        of always saying the median.
    """
    import numpy as np
    from sklearn import metrics

    return {
        "mae": float(metrics.mean_absolute_error(truth, predicted)),
        "baseline_mae": float(np.abs(truth - np.median(truth)).mean()),
        "median_absolute_error": float(metrics.median_absolute_error(truth, predicted)),
        "rmse": float(metrics.root_mean_squared_error(truth, predicted)),
        "r2": float(metrics.r2_score(truth, predicted)),
        "test_rows": float(len(truth)),
    }
{%- endif %}
