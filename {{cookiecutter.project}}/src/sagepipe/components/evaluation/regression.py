"""Models of a number."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sagepipe.components.evaluation import bootstrap, plots, segments
from sagepipe.components.evaluation.results import Evaluation, Floats, Sampling, Score

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from sagepipe.serving import Predictions

_SEGMENT_SCORES = ("mae", "rmse", "bias")


@dataclass(frozen=True)
class Answers:
    """What happened and what was predicted, row by row, in the target's unit.

    Attributes:
        truth: Shape (rows,).
        predicted: Shape (rows,).
    """

    truth: Floats
    predicted: Floats

    @property
    def rows(self) -> int:
        """How many rows."""
        return len(self.truth)

    def take(self, rows: "NDArray[Any]") -> "Answers":
        """Return some of the rows, given as a mask or as places."""
        return Answers(self.truth[rows], self.predicted[rows])


def answers(truth: "pd.Series | NDArray[Any]", predictions: "Predictions") -> Answers:
    """Put truth and predictions side by side.

    Args:
        truth: Numbers, shape (rows,).
        predictions: Of the same rows.

    Returns:
        The two.

    Raises:
        ValueError: There are no rows, or something is no finite number.
    """
    import numpy as np

    if predictions.classes is not None:
        raise ValueError("the model predicts classes, not a number: evaluate it as a classifier")
    try:
        found = Answers(
            np.asarray(truth, dtype=float).reshape(-1),
            np.asarray(predictions.values, dtype=float).reshape(-1),
        )
    except (ValueError, TypeError) as error:
        raise ValueError(f"what is no number can't be evaluated as one: {error}") from None
    if not found.rows or found.rows != len(found.predicted):
        raise ValueError(
            f"{found.rows} numbers and {len(found.predicted)} predictions: both need the same "
            "rows, and one at least"
        )
    for what, values in (("true value", found.truth), ("prediction", found.predicted)):
        strange = np.flatnonzero(~np.isfinite(values))
        if len(strange):
            raise ValueError(
                f"the {what} of row {strange[0] + 1} is {values[strange[0]]}, as in {len(strange)} "
                "rows; leave such rows out"
            )
    return found


def scores(answers: Answers) -> list[Score]:
    """Choose the metrics, the headline one first.

    Args:
        answers: Truth and predictions.

    Returns:
        Functions of the rows' weights, in the target's unit but for ``r2``. ``bias`` is predicted
        minus true, on average.
    """
    import numpy as np

    truth, error = answers.truth, answers.predicted - answers.truth
    squared = error**2

    def mean(values: Floats) -> Callable[[Floats], float]:
        return lambda weights: float(weights @ values / weights.sum())

    def r2(weights: Floats) -> float:
        centre = weights @ truth / weights.sum()
        spread = weights @ (truth - centre) ** 2
        return float(1 - weights @ squared / spread) if spread else float("nan")

    return [
        Score("mae", "lower", mean(np.abs(error))),
        Score("rmse", "lower", lambda weights: float(np.sqrt(mean(squared)(weights)))),
        Score("median_absolute_error", "lower", _median(np.abs(error))),
        Score("r2", "higher", r2),
        Score("bias", "neither", mean(error)),
    ]


def measure(
    answers: Answers,
    target: str,
    frame: "pd.DataFrame | None" = None,
    by: Sequence[str] = (),
    sampling: Sampling | None = None,
) -> Evaluation:
    """Measure a model of a number.

    Args:
        answers: Truth and predictions.
        target: Name of what is predicted.
        frame: The rows, where there are segments or groups.
        by: Columns whose values are segments.
        sampling: How the intervals are found.

    Returns:
        Metrics, overall and by segment. ``baseline_mae`` is the error of always saying these rows'
        median.

    Raises:
        ValueError: The rows have no such column.
    """
    import numpy as np

    sampling = sampling or Sampling()
    return Evaluation(
        "regression",
        target,
        answers.rows,
        bootstrap.metrics(scores(answers), answers.rows, sampling, frame),
        {
            "baseline_mae": float(np.abs(answers.truth - np.median(answers.truth)).mean()),
            "test_rows": float(answers.rows),
        },
        sampling,
        segments.measure(
            frame,
            by,
            lambda rows: [s for s in scores(answers.take(rows)) if s.name in _SEGMENT_SCORES],
            sampling,
        ),
    )


def figures(answers: Answers, target: str) -> "dict[str, Figure]":
    """Draw what the model does.

    Args:
        answers: Truth and predictions.
        target: What the numbers are, with their unit, such as ``delay (minutes)``.

    Returns:
        Figures by name: ``predicted_vs_actual``, ``residuals``, ``error_histogram``,
        ``calibration``.
    """
    return {
        "predicted_vs_actual": plots.predicted_vs_actual(answers.truth, answers.predicted, target),
        "residuals": plots.residuals(answers.truth, answers.predicted, target),
        "error_histogram": plots.error_histogram(answers.truth, answers.predicted, target),
        "calibration": plots.binned_means(answers.truth, answers.predicted, target),
    }


def _median(values: Floats) -> Callable[[Floats], float]:
    """Make the median a function of weights, which are whole numbers; sorts once."""
    import numpy as np

    order = np.argsort(values)
    ordered = values[order]

    def median(weights: Floats) -> float:
        counted = np.cumsum(weights[order])
        last = counted[-1] - 1
        middle = np.searchsorted(counted, [last // 2, (last + 1) // 2], side="right")
        return float(ordered[middle].mean())

    return median
