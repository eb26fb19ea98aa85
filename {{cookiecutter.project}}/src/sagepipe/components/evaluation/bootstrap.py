"""Confidence intervals: metrics of rows drawn again and again, with replacement."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from sagepipe.components.evaluation.results import Floats, Metric, Places, Sampling, Score

if TYPE_CHECKING:
    import pandas as pd

_LEAST_DEFINED = 0.5  # of the rounds, for an interval


def metrics(
    scores: Sequence[Score], rows: int, sampling: Sampling, frame: "pd.DataFrame | None" = None
) -> tuple[Metric, ...]:
    """Compute metrics with their intervals; those without a value for these rows are left out.

    Args:
        scores: What to compute.
        rows: Number of rows.
        sampling: How.
        frame: The rows, where ``sampling`` names groups.

    Returns:
        Metrics in the scores' order. One that most resamples have no value of has no interval.
    """
    import numpy as np

    whole = np.ones(rows)
    values = np.array([score.of(whole) for score in scores])
    drawn = np.array(
        [[score.of(weights) for score in scores] for weights in draws(rows, sampling, frame)]
    ).reshape(sampling.rounds, len(scores))
    return tuple(
        Metric(score.name, float(value), *interval(column, sampling.confidence), score.better)
        for score, value, column in zip(scores, values, drawn.T, strict=True)
        if np.isfinite(value)
    )


def draws(rows: int, sampling: Sampling, frame: "pd.DataFrame | None" = None) -> Iterator[Floats]:
    """Draw resamples.

    Args:
        rows: Number of rows.
        sampling: How many, and what goes together.
        frame: The rows, where ``sampling`` names groups.

    Yields:
        How often each row was drawn, shape (rows,).

    Raises:
        ValueError: The rows have no such group column.
    """
    import numpy as np

    groups = _groups(sampling.groups, frame)
    units = rows if groups is None else int(groups.max()) + 1
    generator = np.random.default_rng(sampling.seed)
    for _ in range(sampling.rounds):
        drawn = np.bincount(generator.integers(units, size=units), minlength=units).astype(float)
        yield drawn if groups is None else drawn[groups]


def interval(drawn: Floats, confidence: float) -> tuple[float | None, float | None]:
    """Return the middle part of the values that resamples have.

    Args:
        drawn: One value a resample, NaN where it has none.
        confidence: Share of the values in the middle.

    Returns:
        The ends; None for both where fewer than half of the resamples have a value.
    """
    import numpy as np

    defined = drawn[np.isfinite(drawn)]
    if not len(defined) or len(defined) < _LEAST_DEFINED * len(drawn):
        return None, None
    low, high = np.quantile(defined, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)


def _groups(columns: Sequence[str], frame: "pd.DataFrame | None") -> Places | None:
    """Number the groups, row by row."""
    import numpy as np

    if not columns:
        return None
    absent = [name for name in columns if frame is None or name not in frame.columns]
    if frame is None or absent:
        raise ValueError(f"the rows have no column {', '.join(absent)} to group them by")
    grouped = frame.groupby(list(columns), dropna=False, sort=False)
    numbers: Places = np.asarray(grouped.ngroup())
    return numbers
