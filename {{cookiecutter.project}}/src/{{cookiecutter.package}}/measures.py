"""What the evaluation measures: metrics by name, for each task."""

from typing import TYPE_CHECKING

from {{ cookiecutter.package }} import schema

if TYPE_CHECKING:
    import numpy as np


def of_numbers(truth: "np.ndarray", predicted: "np.ndarray") -> dict[str, float]:
    """Compare a regression's predictions with what happened.

    Args:
        truth: Numbers in the target's unit.
        predicted: What the model said.

    Returns:
        Metrics by name, all but ``r2`` and ``test_rows`` in the target's unit. ``baseline_mae`` is
        the error of always saying the median.
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


def of_two_classes(truth: "np.ndarray", score: "np.ndarray") -> dict[str, float]:
    """Compare the predictions of two classes with what happened.

    Args:
        truth: Whether the row is of the second class.
        score: The predicted probability of that.

    Returns:
        Metrics by name. ``positive_share`` is the average precision of a model that knows nothing;
        precision, recall and accuracy are those at a probability of 0.5.

    Raises:
        ValueError: All rows are of one class.
    """
    from sklearn import metrics

    if truth.all() or not truth.any():
        raise ValueError(_ONE_CLASS)
    called = score >= 0.5
    return {
        "auc": float(metrics.roc_auc_score(truth, score)),
        "average_precision": float(metrics.average_precision_score(truth, score)),
        "log_loss": float(metrics.log_loss(truth, score)),
        "brier": float(metrics.brier_score_loss(truth, score)),
        "accuracy": float(metrics.accuracy_score(truth, called)),
        "precision": float(metrics.precision_score(truth, called, zero_division=0)),
        "recall": float(metrics.recall_score(truth, called)),
        "positive_share": float(truth.mean()),
        "test_rows": float(len(truth)),
    }


def of_classes(truth: "np.ndarray", scores: "np.ndarray") -> dict[str, float]:
    """Compare the predictions of more than two classes with what happened.

    Args:
        truth: The labels.
        scores: The predicted probabilities, a column for each of ``schema.CLASSES``.

    Returns:
        Metrics by name. ``auc_ovr`` is the mean over the classes, each against the others;
        ``largest_share`` is the accuracy of always saying the most frequent class.

    Raises:
        ValueError: All rows are of one class, or some of none that the schema lists.
    """
    import numpy as np
    from sklearn import metrics

    held = [label for label in schema.CLASSES if (truth == label).any()]
    if unknown := sorted(set(truth.tolist()) - set(held)):
        raise ValueError(f"schema.CLASSES lacks labels that test rows have: {unknown}")
    if len(held) < 2:
        raise ValueError(_ONE_CLASS)
    places = np.array([schema.CLASSES.index(label) for label in truth.tolist()])
    called = scores.argmax(axis=1)
    aucs = [metrics.roc_auc_score(places == k, scores[:, k]) for k in np.unique(places)]
    recalls = [(called[places == k] == k).mean() for k in np.unique(places)]
    return {
        "auc_ovr": float(np.mean(aucs)),
        "accuracy": float(metrics.accuracy_score(places, called)),
        "balanced_accuracy": float(np.mean(recalls)),
        "f1_macro": float(metrics.f1_score(places, called, average="macro", zero_division=0)),
        "log_loss": float(metrics.log_loss(places, scores, labels=range(len(schema.CLASSES)))),
        "largest_share": float(np.bincount(places).max() / len(places)),
        "test_rows": float(len(truth)),
    }


_ONE_CLASS = (
    "the test rows are all of one class, which no metric can be made of: choose another split in "
    "schema.py, or a larger test_fraction"
)
