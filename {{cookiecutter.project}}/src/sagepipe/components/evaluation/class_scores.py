"""The metrics of classifiers, as functions of the rows' weights."""

from collections.abc import Callable

from sagepipe.components.evaluation import calibration, ranking
from sagepipe.components.evaluation.labelled import Answers
from sagepipe.components.evaluation.results import Floats, Mask, Places, Score

_SMALLEST = 1e-15  # probability that a logarithm is taken of


def scores(answers: Answers) -> list[Score]:
    """Choose the metrics: those of two classes, or of more; the headline one first.

    Args:
        answers: Truth and predictions.

    Returns:
        Functions of the rows' weights. Precision is 0 where nothing is predicted positive.
    """
    return _of_two(answers) if answers.positive is not None else _of_many(answers)


def confusion(answers: Answers) -> Places:
    """Count predictions: shape (true classes, predicted classes)."""
    import numpy as np

    return _confusion(answers)(np.ones(answers.rows)).astype(np.intp)


def outcomes(answers: Answers) -> tuple[Floats, Floats, str]:
    """Return what a probability was given for.

    Returns:
        Whether it came true, the probability, both of shape (rows,), and what came true: the
        positive class, or of more classes that the most probable one was the right one.
    """
    if answers.positive is not None:
        return answers.hit.astype(float), answers.score, answers.names[answers.positive]
    right = answers.predicted == answers.truth
    return right.astype(float), answers.probabilities.max(axis=1), "right answers"


def calibration_error(answers: Answers) -> float:
    """Say how far probabilities are off in bins of equally many rows, on average over the rows."""
    import numpy as np

    came_true, probability, _ = outcomes(answers)
    gaps = np.bincount(calibration.places(probability), came_true - probability)
    return float(np.abs(gaps).sum() / answers.rows)


def _of_two(answers: Answers) -> list[Score]:
    import numpy as np

    hit, score = answers.hit, answers.score
    called = answers.predicted == answers.positive
    curve = ranking.curve(hit, score)

    def ratio(part: Mask, of: Mask, empty: float) -> Callable[[Floats], float]:
        above, below = (part & of).astype(float), of.astype(float)

        def value(weights: Floats) -> float:
            whole = weights @ below
            return float(weights @ above / whole) if whole else empty

        return value

    nan = float("nan")
    counted = np.stack([hit & called, hit, called], axis=1).astype(float)
    return [
        Score("auc", "higher", ranking.auc(curve)),
        Score("average_precision", "higher", ranking.average_precision(curve)),
        Score("log_loss", "lower", _mean(_log_loss(answers))),
        Score("brier", "lower", _mean((hit - score) ** 2)),
        Score("accuracy", "higher", _mean((hit == called).astype(float))),
        Score("precision", "higher", ratio(hit, called, 0.0)),
        Score("recall", "higher", ratio(called, hit, nan)),
        Score("f1", "higher", lambda weights: _f1(weights @ counted)),
        Score("positive_share", "neither", _mean(hit.astype(float))),
    ]


def _of_many(answers: Answers) -> list[Score]:
    import numpy as np

    matrix = _confusion(answers)
    areas = [
        ranking.auc(ranking.curve(answers.truth == place, answers.probabilities[:, place]))
        for place in sorted(set(answers.truth.tolist()))
    ]

    def recall(weights: Floats) -> float:
        counts = matrix(weights)
        whole = counts.sum(axis=1)
        return float(np.mean((np.diag(counts) / np.maximum(whole, 1))[whole > 0]))

    def f1(weights: Floats) -> float:
        counts = matrix(weights)
        true, called = counts.sum(axis=1), counts.sum(axis=0)
        seen = (true + called) > 0
        return float(np.mean((2 * np.diag(counts) / np.maximum(true + called, 1))[seen]))

    def auc(weights: Floats) -> float:
        return float(np.mean([area(weights) for area in areas]))

    right = (answers.predicted == answers.truth).astype(float)
    return [
        Score("accuracy", "higher", _mean(right)),
        Score("balanced_accuracy", "higher", recall),
        Score("f1_macro", "higher", f1),
        Score("auc_ovr", "higher", auc),
        Score("log_loss", "lower", _mean(_log_loss(answers))),
    ]


def _mean(losses: Floats) -> Callable[[Floats], float]:
    return lambda weights: float(weights @ losses / weights.sum())


def _log_loss(answers: Answers) -> Floats:
    import numpy as np

    whole = answers.probabilities.sum(axis=1)
    of_truth = answers.probabilities[np.arange(answers.rows), answers.truth] / whole
    losses: Floats = -np.log(np.maximum(of_truth, _SMALLEST))
    return losses


def _f1(counts: Floats) -> float:
    both, true, called = counts
    return float(2 * both / (true + called)) if true + called else 0.0


def _confusion(answers: Answers) -> Callable[[Floats], Floats]:
    import numpy as np

    size = len(answers.classes)
    cells = answers.truth * size + answers.predicted

    def counts(weights: Floats) -> Floats:
        return np.bincount(cells, weights, minlength=size * size).astype(float).reshape(size, size)

    return counts
