"""Two models on the same rows: is one really better, or was it luck?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sagepipe.components import page
from sagepipe.components.evaluation import bootstrap
from sagepipe.components.evaluation.results import Better, Floats, Sampling, Score, named

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Comparison:
    """A metric of two models on the same rows.

    Attributes:
        metric: Its name.
        better: Which way it gets better.
        candidate: Of the new model.
        champion: Of the one that is to be replaced.
        gain: By how much the candidate is better, whichever way that is; negative where it is
            worse.
        low: The lower end of the gain's interval.
        high: Its upper end.
    """

    metric: str
    better: Better
    candidate: float
    champion: float
    gain: float
    low: float
    high: float


def compare(
    candidate: Sequence[Score],
    champion: Sequence[Score],
    rows: int,
    sampling: Sampling,
    frame: "pd.DataFrame | None" = None,
) -> tuple[Comparison, ...]:
    """Compare two models by the paired bootstrap: both are measured on each resample.

    What both find hard cancels out, so that a small gain shows that would be lost between two
    separate intervals.

    Args:
        candidate: The new model's metrics.
        champion: The other's, of the same rows.
        rows: Number of rows.
        sampling: How resamples are drawn; one round at least.
        frame: The rows, where ``sampling`` names groups.

    Returns:
        Each metric that both have, that has a direction, and that has a value on these rows and on
        most resamples.

    Raises:
        ValueError: There are no rounds.
    """
    import numpy as np

    if not sampling.rounds:
        raise ValueError("rounds 0 gives no interval to compare by; draw 500 resamples")
    known = {score.name for score in champion}
    pairs = [
        (score, named(champion, score.name))
        for score in candidate
        if score.better != "neither" and score.name in known
    ]
    whole = [_gains(pairs, np.ones(rows))]
    drawn = [_gains(pairs, weights) for weights in bootstrap.draws(rows, sampling, frame)]
    found = []
    for place, (mine, theirs) in enumerate(pairs):
        low, high = bootstrap.interval(np.array(drawn)[:, place], sampling.confidence)
        if low is None or high is None or not np.isfinite(whole[0][place]):
            continue
        of = (mine.of(np.ones(rows)), theirs.of(np.ones(rows)))
        found.append(Comparison(mine.name, mine.better, *of, whole[0][place], low, high))
    return tuple(found)


def verdict(found: Comparison, margin: float, confidence: float) -> tuple[bool, str]:
    """Decide whether the candidate wins, and say why.

    Args:
        found: The comparison.
        margin: What the gain's interval has to lie above: 0 asks for proof that the candidate is
            better, a negative number that it is at most so much worse.
        confidence: Of the interval, for the sentence.

    Returns:
        Whether it wins, and the sentence.
    """
    won = found.low > margin
    least = f"above {page.number(margin)}"
    return won, (
        f"{found.metric} is {page.number(found.candidate)} and the champion's "
        f"{page.number(found.champion)}: {page.number(found.gain)} better, {confidence:.0%} "
        f"interval {page.number(found.low)} to {page.number(found.high)}, which "
        f"{'lies' if won else 'does not lie'} {least}. The candidate {'wins' if won else 'loses'}."
    )


def figure(found: Sequence[Comparison], margin: float) -> "Figure":
    """Draw the gains of all metrics with their intervals.

    Args:
        found: The comparisons, the one that decides first.
        margin: What its interval has to lie above.
    """
    from matplotlib.figure import Figure

    from sagepipe.components.evaluation.plots import MODEL, PLAIN

    figure = Figure(figsize=(6.0, 0.9 * len(found) + 0.8), layout="constrained")
    rows = figure.subplots(len(found), 1, squeeze=False)[:, 0]
    for place, (axes, item) in enumerate(zip(rows, found, strict=True)):
        axes.axvline(margin if place == 0 else 0.0, color=PLAIN, linestyle="--", linewidth=1)
        axes.plot([item.low, item.high], [0, 0], color=MODEL)
        axes.plot(item.gain, 0, "o", color=MODEL)
        axes.set_yticks([0], [item.metric])
        axes.margins(x=0.1)
    rows[0].set_title("Gain of the candidate: right is better")
    return figure


def table(found: Sequence[Comparison], confidence: float) -> str:
    """Make the table of both models' metrics."""
    share = f"{confidence:.0%}"
    head = ("metric", "better", "candidate", "champion", "gain", f"{share} from", f"{share} to")
    rows = [(c.metric, c.better, c.candidate, c.champion, c.gain, c.low, c.high) for c in found]
    return page.table(head, rows)


def method(
    found: Sequence[Comparison], sampling: Sampling, rows: int, margin: float
) -> Iterator[str]:
    """Say how the models were compared."""
    if not found:
        yield f"The candidate answered {rows:,} rows; there was nothing to compare it with."
        return
    yield f"Both models answered the same {rows:,} rows, each as it is served."
    yield f"{found[0].metric} decides: the interval of its gain has to lie above {margin:g}."
    yield (
        f"Intervals hold {sampling.confidence:.0%} of what {sampling.rounds} resamples of "
        f"{sampling.units} give; both models were measured on each (paired bootstrap, seed "
        f"{sampling.seed})."
    )


def _gains(pairs: Sequence[tuple[Score, Score]], weights: Floats) -> list[float]:
    return [
        (mine.of(weights) - theirs.of(weights)) * (1.0 if mine.better == "higher" else -1.0)
        for mine, theirs in pairs
    ]
