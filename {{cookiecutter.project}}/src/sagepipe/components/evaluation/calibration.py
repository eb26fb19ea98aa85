"""Does what is predicted come true as often, or as much, as it says?"""

from dataclasses import dataclass

from sagepipe.components.evaluation.results import Floats, Places

BINS = 10


@dataclass(frozen=True)
class Bins:
    """Rows with about the same prediction, bin by bin.

    Attributes:
        predicted: The mean prediction, shape (bins,).
        seen: The mean of what happened, shape (bins,).
        error: Its standard error, shape (bins,).
    """

    predicted: Floats
    seen: Floats
    error: Floats


def places(predicted: Floats, bins: int = BINS) -> Places:
    """Put rows into bins of about as many rows each; equal predictions share a bin.

    Args:
        predicted: Shape (rows,).
        bins: The most bins.

    Returns:
        Each row's bin, numbered from 0, shape (rows,).
    """
    import numpy as np

    edges = np.unique(np.quantile(predicted, np.linspace(0, 1, bins + 1)))
    found = np.searchsorted(edges[1:-1], predicted, side="right")
    return np.unique(found, return_inverse=True)[1]


def summarise(seen: Floats, predicted: Floats) -> Bins:
    """Average predictions and what happened in bins.

    Args:
        seen: What happened, shape (rows,); 0 or 1 where probabilities are predicted.
        predicted: Shape (rows,).

    Returns:
        The bins, from the lowest prediction to the highest.
    """
    import numpy as np

    bins = places(predicted)
    rows = np.bincount(bins)
    mean = np.bincount(bins, seen) / rows
    variance = np.bincount(bins, seen**2) / rows - mean**2
    return Bins(
        np.bincount(bins, predicted) / rows, mean, np.sqrt(np.maximum(variance, 0.0) / rows)
    )
