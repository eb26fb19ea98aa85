"""Columns that know the answer: too good to be known before it."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from sagepipe.components.profiling.columns import Column

if TYPE_CHECKING:
    import pandas as pd

# What a small tree on one column alone reaches on rows that it has not seen.
SUSPECT = 0.99
_MOST_ROWS = 20_000
_LEAVES = 32


def suspects(
    table: "pd.DataFrame", features: Sequence[Column], target: str, task: str
) -> Iterator[str]:
    """Name the columns that say the answer alone.

    Args:
        table: Rows with an answer.
        features: The columns to look at.
        target: The column that is predicted.
        task: ``classification`` or ``regression``.

    Yields:
        A sentence for each.
    """
    import numpy as np

    rows = np.random.default_rng(0).permutation(len(table))[:_MOST_ROWS]
    answer = table[target].iloc[rows]
    for feature in features:
        score = _score(table[feature.name].iloc[rows], answer, task)
        if score >= SUSPECT:
            yield (
                f"{feature.name!r} says {target!r} almost by itself ({score:.0%}): is it known "
                "before the answer is? If not, take it out of schema.py"
            )


def _score(column: "pd.Series[Any]", answer: "pd.Series[Any]", task: str) -> float:
    """Fit half of the rows, ask the other half: balanced accuracy, or R²."""
    import pandas as pd
    from sklearn.metrics import r2_score, recall_score
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    numbers = column if pd.api.types.is_numeric_dtype(column) else pd.factorize(column)[0]
    values = pd.Series(numbers).astype("float64").fillna(-1e30).clip(-1e30, 1e30)
    inputs, half = values.to_numpy().reshape(-1, 1), len(values) // 2
    options = {"max_leaf_nodes": _LEAVES, "min_samples_leaf": 3, "random_state": 0}
    if task == "regression":
        truth = answer.astype("float64").to_numpy()
        tree = DecisionTreeRegressor(**options).fit(inputs[:half], truth[:half])
        return float(r2_score(truth[half:], tree.predict(inputs[half:])))
    truth = answer.astype(str).to_numpy(dtype=object)
    tree = DecisionTreeClassifier(**options).fit(inputs[:half], truth[:half])
    called, wanted = tree.predict(inputs[half:]), truth[half:]
    labels = sorted(set(wanted))
    return float(recall_score(wanted, called, labels=labels, average="macro", zero_division=0))
