"""What a classifier answered, beside what happened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sagepipe.components.evaluation.results import Floats, Mask, Places

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from sagepipe.serving import Predictions


@dataclass(frozen=True)
class Answers:
    """What happened and what was predicted, row by row.

    Attributes:
        classes: The labels, those first that the model knows.
        truth: Each row's class as a place in ``classes``, shape (rows,).
        probabilities: Shape (rows, classes).
        positive: The place of the class that is looked for, where there are two.
        threshold: The probability from which on a row counts as positive.
        unseen: Labels that the model doesn't know.
        called: What a person calls the labels, by their text.
    """

    classes: tuple[Any, ...]
    truth: Places
    probabilities: Floats
    positive: int | None
    threshold: float = 0.5
    unseen: tuple[Any, ...] = ()
    called: Mapping[str, str] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """How many rows."""
        return len(self.truth)

    @property
    def score(self) -> Floats:
        """The probability of the positive class, shape (rows,)."""
        assert self.positive is not None
        scores: Floats = self.probabilities[:, self.positive]
        return scores

    @property
    def hit(self) -> Mask:
        """Which rows are of the positive class, shape (rows,)."""
        hits: Mask = self.truth == self.positive
        return hits

    @property
    def predicted(self) -> Places:
        """Each row's predicted class as a place in ``classes``, shape (rows,)."""
        import numpy as np

        if self.positive is None:
            most: Places = np.argmax(self.probabilities, axis=1)
            return most
        places: Places = np.where(self.score >= self.threshold, self.positive, 1 - self.positive)
        return places

    @property
    def names(self) -> list[str]:
        """The labels as a person calls them."""
        return [self.called.get(str(label), str(label)) for label in self.classes]

    def take(self, rows: "NDArray[Any]") -> "Answers":
        """Return some of the rows, given as a mask or as places."""
        return replace(self, truth=self.truth[rows], probabilities=self.probabilities[rows])


def answers(
    truth: "pd.Series | NDArray[Any]",
    predictions: "Predictions",
    positive: Any = None,
    threshold: float = 0.5,
    called: Mapping[str, str] | None = None,
) -> Answers:
    """Put truth and predictions side by side.

    Args:
        truth: Labels, shape (rows,).
        predictions: Of the same rows, with probabilities.
        positive: Of two classes the one that is looked for, or its text; the second where not
            given. With more classes there is none.
        threshold: The probability from which on a row counts as positive.
        called: What a person calls the labels, by their text; a label itself where not given.

    Returns:
        The two. A label that the model doesn't know becomes a class of probability 0.

    Raises:
        ValueError: There are no rows, a label is missing, the model has no probabilities, or no
            such class; a row is of another class than the two it knows, or all rows are.
    """
    import numpy as np

    labels = np.asarray(truth)
    if predictions.probabilities is None or predictions.classes is None:
        raise ValueError(
            "the model gives no probabilities: choose an estimator that has predict_proba, or wrap "
            "it in scikit-learn's CalibratedClassifierCV"
        )
    if not len(labels) or len(labels) != len(predictions.values):
        raise ValueError(
            f"{len(labels)} labels and {len(predictions.values)} predictions: both need the same "
            "rows, and one at least"
        )
    known = predictions.classes.tolist()
    plain = [_label(value, known) for value in labels.tolist()]
    if None in plain:
        raise ValueError(f"row {plain.index(None) + 1} has no label; leave such rows out")
    unseen = sorted(set(plain) - set(known), key=str)
    if unseen and (len(known) == 2 or not set(plain) & set(known)):
        raise ValueError(
            f"the model knows {_listed(known)}, and rows have {_listed(unseen)}: take the rows and "
            "the model of the same target"
        )
    places = {label: place for place, label in enumerate([*known, *unseen])}
    probabilities = np.asarray(predictions.probabilities, dtype=float)
    return Answers(
        tuple(places),
        np.array([places[label] for label in plain]),
        np.hstack([probabilities, np.zeros((len(labels), len(unseen)))]),
        _place(list(places), positive),
        threshold,
        tuple(unseen),
        called or {},
    )


def _label(value: Any, known: Sequence[Any]) -> Any:
    """Return a label of the type that the model's have, None for a missing one."""
    if value is None or value != value:
        return None
    if isinstance(known[0], str) and not isinstance(value, str):
        return str(value)
    return value


def _place(classes: Sequence[Any], positive: Any) -> int | None:
    """Find the positive class; of more than two classes there is none."""
    if positive is None:
        return 1 if len(classes) == 2 else None
    if len(classes) != 2:
        raise ValueError(f"positive {positive!r} is for two classes; there are {_listed(classes)}")
    for place, label in enumerate(classes):
        if positive in (label, str(label)):
            return place
    raise ValueError(f"there is no class {positive!r}; the model has {_listed(classes)}")


def _listed(labels: Sequence[Any]) -> str:
    return ", ".join(map(repr, labels))
