"""Classifiers: of two classes or more, by the probabilities that they give."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sagepipe.components.evaluation import bootstrap, plots, segments
from sagepipe.components.evaluation.class_scores import (
    calibration_error,
    confusion,
    outcomes,
    scores,
)
from sagepipe.components.evaluation.labelled import Answers, answers
from sagepipe.components.evaluation.results import Evaluation, Sampling, Score

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from sagepipe.dsl import ClassificationMetrics

__all__ = ["Answers", "answers", "confusion", "figures", "log_curves", "measure", "scores"]

# What is shown of each segment.
_SEGMENT_SCORES = {
    True: ("auc", "log_loss", "positive_share"),
    False: ("accuracy", "f1_macro", "log_loss"),
}


def measure(
    answers: Answers,
    target: str,
    frame: "pd.DataFrame | None" = None,
    by: Sequence[str] = (),
    sampling: Sampling | None = None,
) -> Evaluation:
    """Measure a classifier.

    Args:
        answers: Truth and predictions.
        target: Name of what is predicted.
        frame: The rows, where there are segments or groups.
        by: Columns whose values are segments.
        sampling: How the intervals are found.

    Returns:
        Metrics, overall and by segment. Of two classes ``positive_share`` is the average precision
        of a model that knows nothing; of more, ``largest_share`` is the accuracy of always saying
        the most frequent one.

    Raises:
        ValueError: The rows are all of one class, or have no such column.
    """
    sampling = sampling or Sampling()
    present = sorted(set(answers.truth.tolist()))
    if len(present) < 2:
        raise ValueError(
            f"all {answers.rows} rows are of class {answers.classes[present[0]]!r}: what tells "
            "classes apart can't be measured on them; take rows of two at least"
        )
    binary = answers.positive is not None
    shown = _SEGMENT_SCORES[binary]
    return Evaluation(
        "binary" if binary else "multiclass",
        target,
        answers.rows,
        bootstrap.metrics(scores(answers), answers.rows, sampling, frame),
        _facts(answers),
        sampling,
        segments.measure(
            frame, by, lambda rows: _only(scores(answers.take(rows)), shown), sampling
        ),
        notes=_notes(answers),
    )


def figures(answers: Answers) -> "dict[str, Figure]":
    """Draw what a classifier does.

    Args:
        answers: Truth and predictions.

    Returns:
        Figures by name: ``roc``, ``precision_recall``, ``calibration``, ``confusion``.
    """
    shown = [answers.positive] if answers.positive is not None else range(len(answers.classes))
    ranked = {
        answers.names[place]: (answers.truth == place, answers.probabilities[:, place])
        for place in shown
        if (answers.truth == place).any()
    }
    at = f" at {answers.threshold:g}" if answers.positive is not None else ""
    return {
        "roc": plots.roc(ranked),
        "precision_recall": plots.precision_recall(ranked),
        "calibration": plots.calibration(*outcomes(answers)),
        "confusion": plots.confusion(confusion(answers), answers.names, at),
    }


def log_curves(curves: "ClassificationMetrics", answers: Answers) -> None:
    """Record the ROC curve, where there are two classes, and the confusion matrix."""
    if answers.positive is not None:
        from sklearn.metrics import roc_curve

        fpr, tpr, thresholds = roc_curve(answers.hit, answers.score)
        curves.log_roc_curve(fpr.tolist(), tpr.tolist(), thresholds.tolist())
    curves.log_confusion_matrix(answers.names, confusion(answers).tolist())


def _facts(answers: Answers) -> dict[str, float]:
    import numpy as np

    found = {"calibration_error": calibration_error(answers), "test_rows": float(answers.rows)}
    if answers.positive is None:
        found["largest_share"] = float(np.bincount(answers.truth).max() / answers.rows)
    return found


def _only(scores: Sequence[Score], names: Sequence[str]) -> list[Score]:
    return [score for score in scores if score.name in names]


def _notes(answers: Answers) -> tuple[str, ...]:
    if not answers.unseen:
        return ()
    rows = int(sum(answers.truth >= len(answers.classes) - len(answers.unseen)))
    unseen = ", ".join(map(str, answers.unseen))
    return (
        f"{rows} rows are of classes that the model does not know, and so can't predict: {unseen}.",
    )
