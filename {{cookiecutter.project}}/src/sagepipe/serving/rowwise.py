"""Whether a row gets the same answer alone and beside others: then requests may share a run."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from sagepipe.serving.predictions import Predictions

if TYPE_CHECKING:
    from numpy.typing import NDArray

Compute: TypeAlias = "Callable[[NDArray[Any], NDArray[Any]], Predictions]"


def row_by_row(
    compute: Compute, numbers: "NDArray[Any]", texts: "NDArray[Any]", most_rows: int
) -> bool:
    """Compute each row alone, then in groups of each size beside ever other rows.

    A matrix product may add up in another order when it has more rows, and then differs in the last
    bit. Which way it takes depends on the model and on the processor.

    Args:
        compute: Predicts rows of numbers and of texts.
        numbers: Shape (rows, features).
        texts: The same.
        most_rows: The largest group.

    Returns:
        Whether all answers are the same to the last bit.
    """
    import numpy as np

    rows = len(numbers)
    alone = [_answers(compute(numbers[n : n + 1], texts[n : n + 1]))[0] for n in range(rows)]
    random = np.random.default_rng(0)
    for size in range(2, most_rows + 1):
        order = random.permutation(rows)
        for start in range(0, rows, size):
            group = order[start : start + size]
            answers = _answers(compute(numbers[group], texts[group]))
            if answers != [alone[row] for row in group]:
                return False
    return True


def _answers(predictions: Predictions) -> list[tuple[str, str]]:
    """Write each row's answer so that every bit shows."""
    labels = list(map(repr, predictions.values.tolist()))
    if predictions.probabilities is None:
        return [(label, "") for label in labels]
    return list(zip(labels, map(repr, predictions.probabilities.tolist()), strict=True))
