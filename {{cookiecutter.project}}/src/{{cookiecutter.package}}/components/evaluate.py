"""Evaluation: a model and a test table in, metrics and plots out."""

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sagepipe import dsl, export, tracking
from sagepipe.dsl import HTML, ClassificationMetrics, Dataset, Input, Metrics, Model, Output
from sagepipe.serving import checksum

from {{ cookiecutter.package }} import data, measures, plots, schema

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.figure import Figure
    from sagepipe.serving import Predictions


class Evaluated(NamedTuple):
    """Which model it was.

    Attributes:
        model_version: Its version in MLflow.
        run_id: The run in MLflow that trained it.
        sha256: The checksum of its files, which the server holds it against.
    """

    model_version: str
    run_id: str
    sha256: str


@dsl.component
def evaluate(
    test: Input[Dataset],
    model: Input[Model],
    metrics: Output[Metrics],
    curves: Output[ClassificationMetrics],
    report: Output[HTML],
) -> Evaluated:
    """Measure the model, as it will be served, on rows that it has not seen.

    Args:
        test: The folder with ``schema.TEST_FILE``.
        model: The trained model.
        metrics: Numbers; the pipeline's bar is held against one of them.
        curves: The confusion matrix, and the ROC curve of two classes; empty for a regression.
        report: A page with the numbers and the plots.

    Returns:
        What the registration says of the model.

    Raises:
        ValueError: The folder holds no such file, or its rows can't be measured.
    """
    table = data.read(Path(test.directory) / schema.TEST_FILE)
    tracking.log_dataset(table, name="test", context="testing")
    # Training has proven on these very rows that both models answer alike.
    predictions = export.predict_as_served(model.directory, data.features(table), proven=True)

    truth = table[schema.TARGET].to_numpy()
    if schema.TASK == "regression":
        numbers, figures = judge_numbers(truth, predictions.values)
    elif len(schema.CLASSES) == 2:
        numbers, figures = judge_two_classes(truth, predictions, curves)
    else:
        numbers, figures = judge_classes(truth, predictions, curves)

    for name, value in numbers.items():
        metrics.log_metric(name, value)
    for name, figure in figures.items():
        tracking.log_figure(figure, f"{name}.png")
    Path(report.path).write_text(plots.page(numbers, figures), encoding="utf-8")
    print(", ".join(f"{name} {value:.3f}" for name, value in numbers.items()))
    logged = tracking.LoggedModel.of(model.metadata)
    return Evaluated(*logged, sha256=checksum.of(model.directory))


def judge_numbers(
    truth: "np.ndarray", predicted: "np.ndarray"
) -> tuple[dict[str, float], dict[str, "Figure"]]:
    """Measure and draw a regression."""
    return measures.of_numbers(truth, predicted), {
        "predicted_vs_actual": plots.predicted_vs_actual(truth, predicted),
        "residuals": plots.residuals(truth, predicted),
        "error_histogram": plots.error_histogram(truth, predicted),
    }


def judge_two_classes(
    truth: "np.ndarray", predictions: "Predictions", curves: ClassificationMetrics
) -> tuple[dict[str, float], dict[str, "Figure"]]:
    """Measure and draw yes or no: how sure the model is of the second class."""
    from sklearn import metrics

    second = schema.CLASSES[1]
    is_second, score = truth == second, predictions.probability_of(second)
    numbers = measures.of_two_classes(is_second, score)
    fpr, tpr, thresholds = metrics.roc_curve(is_second, score)
    curves.log_roc_curve(fpr.tolist(), tpr.tolist(), thresholds.tolist())
    matrix = metrics.confusion_matrix(is_second, score >= 0.5)
    curves.log_confusion_matrix(schema.CLASS_NAMES, matrix.tolist())
    return numbers, {
        "roc": plots.roc(is_second, score),
        "precision_recall": plots.precision_recall(is_second, score),
        "confusion": plots.confusion(matrix),
        "calibration": plots.calibration(is_second, score),
    }


def judge_classes(
    truth: "np.ndarray", predictions: "Predictions", curves: ClassificationMetrics
) -> tuple[dict[str, float], dict[str, "Figure"]]:
    """Measure and draw more than two classes."""
    import numpy as np
    from sklearn import metrics

    scores = np.column_stack([predictions.probability_of(label) for label in schema.CLASSES])
    numbers = measures.of_classes(truth, scores)
    called = [schema.CLASSES[place] for place in scores.argmax(axis=1)]
    matrix = metrics.confusion_matrix(truth, called, labels=schema.CLASSES)
    curves.log_confusion_matrix(schema.CLASS_NAMES, matrix.tolist())
    return numbers, {
        "roc_by_class": plots.roc_by_class(truth, scores),
        "confusion": plots.confusion(matrix),
    }
