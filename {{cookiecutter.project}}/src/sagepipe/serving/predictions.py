"""What a model says about the rows of a request."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from sagepipe.serving.columns import Columns
from sagepipe.serving.errors import ModelError

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Predictions:
    """One value a row; classifiers add the probability of each class.

    Args:
        values: Shape (rows,): labels, or numbers in the target's unit.
        probabilities: Shape (rows, classes), or None.
        classes: Shape (classes,): the labels that the probabilities' columns stand for, or None.
    """

    values: "NDArray[Any]"
    probabilities: "NDArray[Any] | None" = None
    classes: "NDArray[Any] | None" = None

    def probability_of(self, label: Any) -> "NDArray[Any]":
        """Return the probability of one class, row by row.

        Args:
            label: The class.

        Raises:
            ModelError: The model has no such class, or no probabilities.
        """
        classes = [] if self.classes is None else self.classes.tolist()
        if self.probabilities is None or label not in classes:
            raise ModelError(
                f"no probability of class {label!r}; the model has {classes or 'none'}"
            )
        column: NDArray[Any] = self.probabilities[:, classes.index(label)]
        return column


class Model(Protocol):
    """What every engine loads, and what a ``load`` of one's own returns.

    Two attributes may say more. ``batch_rows``: small requests that wait at the same time are
    predicted together, up to so many rows; not at all without. ``inline_rows``: requests of up to
    so many rows take less than a millisecond, and need no thread.
    """

    def predict(self, columns: Columns) -> Predictions:
        """Predict every row.

        Args:
            columns: What ``parse`` made of the request.

        Returns:
            One prediction a row, in the rows' order.
        """
        ...
