"""The column that is predicted: which task it is, which labels it has."""

import math
from typing import TYPE_CHECKING, Any, Literal, cast

from sagepipe.components.profiling.columns import Column, Value, plain

if TYPE_CHECKING:
    import pandas as pd

MOST_CLASSES = 50
LEAST_OF_A_CLASS = 8
_TASKS = ("classification", "regression")
_UNCLEAR = range(3, 21)  # so many different whole numbers are labels as often as counts
_YES = {"yes", "y", "true", "t", "1", "positive", "pos"}


def task_of(column: Column, asked: str = "") -> Literal["classification", "regression"]:
    """Say which task a target makes.

    Args:
        column: The target.
        asked: What a person says that it is; empty to be told.

    Raises:
        ValueError: It makes none, not the one that is asked for, or more than one.
    """
    name = column.name
    if asked and asked not in _TASKS:
        raise ValueError(f"there is no task {asked!r}; there are {' and '.join(_TASKS)}")
    if column.kind in ("empty", "other", "date"):
        raise ValueError(
            f"target {name!r} holds {column.dtype} values ({column.kind}), which can't be "
            "predicted: it takes text, true or false, or numbers"
        )
    if column.distinct < 2:
        raise ValueError(f"target {name!r} is always the same: there is nothing to learn")
    if asked == "regression" and column.kind != "number":
        raise ValueError(f"target {name!r} holds no numbers, which a regression needs")
    if asked == "classification" and column.kind == "number" and not column.whole:
        raise ValueError(f"target {name!r} holds fractions, which are no labels")
    if not asked:
        asked = _inferred(column)
    if asked == "classification" and column.distinct > MOST_CLASSES:
        raise ValueError(
            f"target {name!r} has {column.distinct} different values, more than {MOST_CLASSES}: "
            "merge labels, or leave out those that are rare"
        )
    return cast(Literal["classification", "regression"], asked)


def _inferred(column: Column) -> str:
    if column.kind != "number" or (column.whole and column.distinct == 2):
        return "classification"
    if column.whole and column.distinct in _UNCLEAR:
        raise ValueError(
            f"target {column.name!r} has {column.distinct} different whole numbers, which may be "
            "labels or counts: say --task classification or --task regression"
        )
    return "regression"


def classes(column: "pd.Series[Any]") -> tuple[Value, ...]:
    """List a target's labels; of two, the second is the one that scores are about.

    Args:
        column: The target, without missing values.

    Raises:
        ValueError: A label is too rare to be learned and tested.
    """
    counts = {plain(label): int(count) for label, count in column.value_counts().items()}
    labels = [_label(label) for label in counts]
    rare = {label: count for label, count in counts.items() if count < LEAST_OF_A_CLASS}
    if rare:
        label, count = min(rare.items(), key=lambda item: item[1])
        raise ValueError(
            f"target {str(column.name)!r} is {label!r} in {count} rows, which is too few to learn "
            f"from and to test on: it takes {LEAST_OF_A_CLASS}; merge such labels, or leave out "
            "their rows"
        )
    if len(labels) == 2 and all(isinstance(label, str) for label in labels):
        rarer = min(labels, key=lambda label: (str(label).lower() not in _YES, counts[label]))
        return tuple(sorted(labels, key=lambda label: label == rarer))
    return tuple(sorted(labels))


def error_of_the_median(column: "pd.Series[Any]") -> float:
    """Return the mean absolute error of always saying the median, three digits, rounded up."""
    numbers = column.astype("float64")
    error = float((numbers - numbers.median()).abs().mean())
    if not math.isfinite(error) or error <= 0:
        return 0.0
    unit = 10.0 ** (math.floor(math.log10(error)) - 2)
    return float(f"{math.ceil(error / unit) * unit:.12g}")


def _label(value: Value) -> Value:
    """Numbers that are whole are labels as whole numbers."""
    return int(value) if isinstance(value, float) else value
