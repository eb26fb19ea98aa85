"""Curves of a score that should be high for some rows and low for the others."""

from collections.abc import Callable
from typing import TypeAlias

from sagepipe.components.evaluation.results import Floats, Mask

# From the rows' weights to the rows found above each threshold: true ones, false ones.
Curve: TypeAlias = Callable[[Floats], tuple[Floats, Floats]]


def curve(truth: Mask, score: Floats) -> Curve:
    """Sort rows by score, once for all resamples.

    Args:
        truth: Which rows should score high, shape (rows,).
        score: Shape (rows,).

    Returns:
        The curve of any weights, from no row found to all.
    """
    import numpy as np

    order = np.argsort(-score, kind="stable")
    ends = np.flatnonzero(np.append(np.diff(score[order]) != 0, True))
    hits = truth[order].astype(float)

    def found(weights: Floats) -> tuple[Floats, Floats]:
        sorted_weights = weights[order]
        hit = np.cumsum(sorted_weights * hits)[ends]
        everything = np.cumsum(sorted_weights)[ends]
        return np.append(0.0, hit), np.append(0.0, everything - hit)

    return found


def auc(curve: Curve) -> Callable[[Floats], float]:
    """Make the area under the ROC curve a function of weights; NaN with one class only."""
    import numpy as np

    def area(weights: Floats) -> float:
        hits, misses = curve(weights)
        whole = hits[-1] * misses[-1]
        return float(np.trapezoid(hits, misses) / whole) if whole else float("nan")

    return area


def average_precision(curve: Curve) -> Callable[[Floats], float]:
    """Make the average precision a function of weights; NaN where nothing could be found."""
    import numpy as np

    def average(weights: Floats) -> float:
        hits, misses = curve(weights)
        if not hits[-1]:
            return float("nan")
        precision = hits[1:] / np.maximum(hits[1:] + misses[1:], 1.0)
        return float(np.sum(np.diff(hits) * precision) / hits[-1])

    return average
