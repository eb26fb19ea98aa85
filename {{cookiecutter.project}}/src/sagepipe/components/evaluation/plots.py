"""Figures of an evaluation; the model's in blue, what to compare with in grey."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from sagepipe.components.evaluation import calibration as calibrating
from sagepipe.components.evaluation import ranking
from sagepipe.components.evaluation.results import (
    Floats,
    Importance,
    Mask,
    Places,
    Segment,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MODEL, PLAIN = "#2f6fb5", "#7a8794"
_MOST_CLASSES = 10  # curves in one figure that can still be told apart
_MOST_CELLS = 20  # classes of a confusion matrix whose counts can still be read
_MOST_BARS = 20
_CUT = 0.01  # of the errors, at each end of their histogram
_NORMAL = 1.96  # standard errors on both sides hold 95 %

Ranked: TypeAlias = Mapping[str, tuple[Mask, Floats]]


def roc(ranked: Ranked) -> "Figure":
    """Draw how many rows of a class are found for how many false alarms.

    Args:
        ranked: Which rows are of the class, and their scores, by the class's name.
    """
    import numpy as np

    figure, axes = _axes("ROC curve")
    axes.plot([0, 1], [0, 1], color=PLAIN, linestyle="--", linewidth=1)
    for name, (truth, score) in _shown(ranked):
        hits, misses = ranking.curve(truth, score)(np.ones(len(truth)))
        area = ranking.auc(ranking.curve(truth, score))(np.ones(len(truth)))
        x, y = misses / max(misses[-1], 1.0), hits / max(hits[-1], 1.0)
        axes.plot(x, y, label=f"{name} (area {area:.3f})", **_colour(ranked))
    axes.set(xlabel="false positive rate", ylabel="true positive rate", aspect="equal")
    axes.legend(loc="lower right", fontsize="small")
    return figure


def precision_recall(ranked: Ranked) -> "Figure":
    """Draw how much of what is called a class is one, against how many of the class are called so.

    Args:
        ranked: As for ``roc``.
    """
    import numpy as np

    figure, axes = _axes("Precision and recall")
    for name, (truth, score) in _shown(ranked):
        ones = np.ones(len(truth))
        curve = ranking.curve(truth, score)
        hits, misses = curve(ones)
        average = ranking.average_precision(curve)(ones)
        precision = hits[1:] / (hits[1:] + misses[1:])
        label = f"{name} (average precision {average:.3f})"
        axes.step(hits[1:] / hits[-1], precision, where="pre", label=label, **_colour(ranked))
    if len(ranked) == 1:
        axes.axhline(float(truth.mean()), color=PLAIN, linestyle="--", linewidth=1)
    axes.set(xlabel="recall", ylabel="precision", xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    axes.legend(loc="best", fontsize="small")
    return figure


def calibration(came_true: Floats, probability: Floats, name: str) -> "Figure":
    """Draw how often it came true when about the same probability was given.

    Args:
        came_true: 1 or 0, shape (rows,).
        probability: Shape (rows,).
        name: What came true.
    """
    figure, axes = _axes("Calibration")
    axes.plot([0, 1], [0, 1], color=PLAIN, linestyle="--", linewidth=1)
    _bins(axes, calibrating.summarise(came_true, probability))
    axes.set(xlabel="predicted probability", ylabel=f"share of {name}", aspect="equal")
    return figure


def confusion(matrix: Places, names: Sequence[str], at: str = "") -> "Figure":
    """Draw what was predicted against what happened; colours are shares of each true class.

    Args:
        matrix: Counts, shape (true classes, predicted classes).
        names: The classes.
        at: What belongs to the title, such as the threshold.
    """
    import numpy as np

    size = max(4.5, min(10.0, 0.55 * len(names) + 2.0))
    figure, axes = _axes(f"Confusion matrix{at}", width=size + 0.5, height=size)
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    if len(names) <= _MOST_CELLS:
        for (row, column), count in np.ndenumerate(matrix):
            colour = "white" if shares[row, column] > 0.5 else "black"
            axes.text(column, row, f"{count:,}", ha="center", va="center", color=colour)
    short = [_short(name) for name in names]
    axes.set_xticks(range(len(names)), short, rotation=45 if len(names) > 3 else 0)
    axes.set_yticks(range(len(names)), short)
    axes.set(xlabel="predicted", ylabel="true")
    return figure


def predicted_vs_actual(truth: Floats, predicted: Floats, target: str) -> "Figure":
    """Draw each row's prediction against what happened."""
    figure, axes = _axes("Predicted and actual")
    axes.scatter(truth, predicted, s=8, alpha=0.4, color=MODEL, linewidths=0)
    axes.axline((float(truth[0]),) * 2, slope=1, color=PLAIN, linewidth=1, linestyle="--")
    axes.set(xlabel=f"actual {target}", ylabel=f"predicted {target}")
    return figure


def residuals(truth: Floats, predicted: Floats, target: str) -> "Figure":
    """Draw each row's error against what was predicted for it."""
    figure, axes = _axes("Residuals")
    axes.scatter(predicted, truth - predicted, s=8, alpha=0.4, color=MODEL, linewidths=0)
    axes.axhline(0, color=PLAIN, linewidth=1, linestyle="--")
    axes.set(xlabel=f"predicted {target}", ylabel="actual minus predicted")
    return figure


def error_histogram(truth: Floats, predicted: Floats, target: str) -> "Figure":
    """Draw how large the errors are, the hundredth at each end left out."""
    import numpy as np

    errors = truth - predicted
    low, high = np.quantile(errors, [_CUT, 1 - _CUT])
    figure, axes = _axes("Errors")
    axes.hist(errors[(errors >= low) & (errors <= high)], bins=40, color=MODEL)
    axes.axvline(0, color=PLAIN, linewidth=1, linestyle="--")
    axes.set(xlabel=f"{target}: actual minus predicted", ylabel="rows")
    return figure


def binned_means(truth: Floats, predicted: Floats, target: str) -> "Figure":
    """Draw the mean of what happened where about the same was predicted."""
    figure, axes = _axes("Calibration")
    found = calibrating.summarise(truth, predicted)
    _bins(axes, found)
    axes.axline((float(found.predicted[0]),) * 2, slope=1, color=PLAIN, linewidth=1, linestyle="--")
    axes.set(xlabel=f"mean predicted {target}", ylabel=f"mean actual {target}")
    return figure


def importance(found: Sequence[Importance], metric: str) -> "Figure":
    """Draw how much worse the metric gets without each feature, the most important on top.

    Args:
        found: The most important first; the first 20 are drawn.
        metric: Its name.
    """
    shown = list(reversed(found[:_MOST_BARS]))
    figure, axes = _axes("Permutation importance", height=max(3.0, 0.28 * len(shown) + 1.2))
    axes.barh(
        [_short(item.feature) for item in shown],
        [item.worse for item in shown],
        xerr=[item.spread for item in shown],
        color=MODEL,
        ecolor=PLAIN,
    )
    axes.axvline(0, color=PLAIN, linewidth=1)
    axes.set_xlabel(f"{metric}: how much worse with shuffled values")
    return figure


def segments(found: Sequence[Segment], metric: str, overall: float) -> "Figure":
    """Draw a metric of each segment with its interval, and of all rows as a line.

    Args:
        found: Segments that have the metric.
        metric: Its name.
        overall: Its value on all rows.
    """
    figure, axes = _axes(f"{metric} by segment", height=max(3.0, 0.25 * len(found) + 1.4))
    axes.axvline(overall, color=PLAIN, linestyle="--", linewidth=1, label="all rows")
    for place, segment in enumerate(reversed(found)):
        value = next(item for item in segment.metrics if item.name == metric)
        if value.low is not None and value.high is not None:
            axes.plot([value.low, value.high], [place, place], color=MODEL, linewidth=1.5)
        axes.plot(value.value, place, "o", color=MODEL, markersize=5)
    names = [_short(f"{item.column}: {item.value}", 32) for item in reversed(found)]
    axes.set_yticks(range(len(found)), names, fontsize="small")
    axes.set_xlabel(metric)
    axes.legend(loc="best", fontsize="small")
    return figure


def _bins(axes: "Axes", found: calibrating.Bins) -> None:
    axes.errorbar(
        found.predicted,
        found.seen,
        yerr=_NORMAL * found.error,
        fmt="o-",
        color=MODEL,
        capsize=2,
        markersize=4,
    )


def _shown(ranked: Ranked) -> list[tuple[str, tuple[Mask, Floats]]]:
    """Return the classes that are drawn, those with most rows first."""
    ordered = sorted(ranked.items(), key=lambda item: -int(item[1][0].sum()))
    return ordered[:_MOST_CLASSES]


def _colour(ranked: Ranked) -> dict[str, Any]:
    return {"color": MODEL} if len(ranked) == 1 else {"linewidth": 1.2}


def _short(text: str, most: int = 24) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _axes(title: str, width: float = 5.0, height: float = 4.5) -> tuple["Figure", "Axes"]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots()
    axes.set_title(title)
    return figure, axes
