"""Permutation importance: how much worse the answers get when a feature says nothing."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sagepipe.components.evaluation.results import Better, Importance

if TYPE_CHECKING:
    import pandas as pd

MOST_ROWS = 1_000
_REPEATS = 3


def permute(
    frame: "pd.DataFrame",
    value: "Callable[[pd.DataFrame, Any], float]",
    better: Better,
    rows: int = MOST_ROWS,
    seed: int = 7,
) -> tuple[Importance, ...]:
    """Shuffle one feature after the other, and see what it does to a metric.

    Every shuffle is one prediction of at most ``rows`` rows, and there are three of each feature.
    Of features that say the same, each seems to matter little, as the others are still there.

    Args:
        frame: The features.
        value: From features and the places of their rows in ``frame`` to the metric.
        better: Which way the metric gets better.
        rows: The most rows; a seeded sample of that size where there are more. 0 for none.
        seed: For the sample and the shuffles.

    Returns:
        The features, the most important first; none where these rows have no such metric, as where
        all are of one class.
    """
    import numpy as np

    if rows <= 0:
        return ()
    generator = np.random.default_rng(seed)
    places = np.arange(len(frame))
    if len(frame) > rows:
        places = np.sort(generator.choice(len(frame), rows, replace=False))
    sample = frame.iloc[places].reset_index(drop=True)
    sign = -1.0 if better == "higher" else 1.0
    whole = value(sample, places)
    if not np.isfinite(whole):
        return ()
    found = []
    for feature in sample.columns:
        worse = []
        for _ in range(_REPEATS):
            order = generator.permutation(len(sample))
            shuffled = sample.assign(**{feature: sample[feature].to_numpy()[order]})
            worse.append(sign * (value(shuffled, places) - whole))
        spread = float(np.std(worse))
        found.append(Importance(str(feature), float(np.mean(worse)), spread))
    return tuple(sorted(found, key=lambda item: -item.worse))
