"""How two tables differ, column by column.

Two questions are asked of each column, as one alone misleads. Is the difference large? The
population stability index says so, whatever the number of rows. Can it be chance? A test says so:
Kolmogorov and Smirnov's for numbers, the chi-squared test for categories. With few rows chance
makes large differences, with many rows a test finds differences that do not matter.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

NUMERIC = "numeric"
CATEGORICAL = "categorical"
BINS = 10
# What an empty bin counts as, so that the index stays finite.
_LEAST_SHARE = 1e-4


@dataclass(frozen=True)
class Limits:
    """From where on a column has drifted.

    Attributes:
        psi: Population stability index; 0.1 is commonly called a moderate and 0.25 a large shift.
        alpha: Chance of an alarm by chance alone, over all columns together.
        nulls: Change of the share of missing values.
        new: Share of rows whose category the reference does not have.
    """

    psi: float = 0.2
    alpha: float = 0.01
    nulls: float = 0.05
    new: float = 0.01

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if value < 0 or (value == 0 and name in ("psi", "alpha")):
                raise ValueError(f"{name} {value} is no limit: it has to be above 0")


@dataclass(frozen=True)
class Drift:
    """How one column differs.

    Attributes:
        column: Its name.
        kind: ``numeric`` or ``categorical``.
        psi: Population stability index over the reference's deciles or categories, missing values
            apart: 0 where nothing changed.
        statistic: Kolmogorov and Smirnov's largest distance of the two distributions, or the
            chi-squared statistic.
        p_value: How often chance alone makes as large a statistic.
        nulls: Shares of missing values, reference and recent.
        new: Categories that the reference does not have, with their share of the recent rows, the
            most frequent first.
        reasons: Why it counts as drifted; empty where it does not.
    """

    column: str
    kind: str
    psi: float
    statistic: float
    p_value: float
    nulls: tuple[float, float]
    new: dict[str, float]
    reasons: tuple[str, ...]


def compare(
    reference: "pd.DataFrame",
    recent: "pd.DataFrame",
    columns: Sequence[str] | None = None,
    limits: Limits | None = None,
) -> list[Drift]:
    """Compare the columns of two tables.

    Args:
        reference: What the model was trained on.
        recent: What it sees now.
        columns: Which ones; all of the reference's where not given.
        limits: From where on a column has drifted.

    Returns:
        One result a column, in the order of the columns.

    Raises:
        ValueError: A table is empty, lacks a column, or holds numbers where the other has text.
    """
    names = list(reference.columns if columns is None else columns)
    for title, table in (("reference", reference), ("recent", recent)):
        if not len(table):
            raise ValueError(f"the {title} table has no rows")
        if lacking := [name for name in names if name not in table]:
            raise ValueError(f"the {title} table lacks {', '.join(map(str, lacking))}")
    known = limits or Limits()
    return [_column(reference[name], recent[name], len(names), known) for name in names]


def _column(
    reference: "pd.Series[Any]", recent: "pd.Series[Any]", columns: int, limits: Limits
) -> Drift:
    numeric = _is_numeric(reference)
    if _is_numeric(recent) != numeric and recent.notna().any() and reference.notna().any():
        kinds = ("numbers", "text") if numeric else ("text", "numbers")
        raise ValueError(
            f"column {reference.name}: the reference has {kinds[0]} and the recent table {kinds[1]}"
        )
    before, after = reference.dropna(), recent.dropna()
    nulls = (float(reference.isna().mean()), float(recent.isna().mean()))
    new: dict[str, float] = {}
    if not len(before) or not len(after):
        counts, statistic, p_value = None, 0.0, 1.0
    elif numeric:
        counts = _deciles(before, after)
        statistic, p_value = _ks(before, after)
    else:
        counts, new = _categories(before, after, len(recent))
        statistic, p_value = _chi_squared(*counts)
    psi = 0.0 if counts is None else index(*counts)
    reasons = []
    if psi >= limits.psi and p_value < limits.alpha / columns:
        reasons.append(f"population stability index {psi:.2f}")
    if (
        abs(nulls[1] - nulls[0]) > limits.nulls
        and _gaps(reference, recent) < limits.alpha / columns
    ):
        reasons.append(f"missing values {nulls[0]:.1%} before, {nulls[1]:.1%} now")
    if sum(new.values()) > limits.new and _unseen(before, after) < limits.alpha / columns:
        reasons.append(f"new categories: {_listed(new)}")
    return Drift(
        column=str(reference.name),
        kind=NUMERIC if numeric else CATEGORICAL,
        psi=psi,
        statistic=statistic,
        p_value=p_value,
        nulls=nulls,
        new=new,
        reasons=tuple(reasons),
    )


def index(before: "np.ndarray[Any, Any]", after: "np.ndarray[Any, Any]") -> float:
    """Work out the population stability index.

    Args:
        before: Shape (bins,): how many reference rows each bin has.
        after: Shape (bins,): how many recent rows.

    Returns:
        The sum over the bins of (q - p) ln(q / p), p and q being the shares; empty bins count as
        one row in ten thousand.
    """
    import numpy as np

    p = np.maximum(before / before.sum(), _LEAST_SHARE)
    q = np.maximum(after / after.sum(), _LEAST_SHARE)
    return float(((q - p) * np.log(q / p)).sum())


def _is_numeric(column: "pd.Series[Any]") -> bool:
    from pandas.api.types import is_bool_dtype, is_numeric_dtype

    return is_numeric_dtype(column) and not is_bool_dtype(column)


def _deciles(
    before: "pd.Series[Any]", after: "pd.Series[Any]"
) -> tuple["np.ndarray[Any, Any]", "np.ndarray[Any, Any]"]:
    """Count rows between the reference's deciles; a value that fills several is a bin by itself."""
    import numpy as np

    known, now = before.to_numpy(float), after.to_numpy(float)
    edges = np.unique(np.quantile(known, np.linspace(0, 1, BINS + 1)[1:-1]))
    # Left of an edge, on it, between it and the next: a value that is very frequent is an edge.
    return tuple(  # type: ignore[return-value]
        np.bincount(
            np.searchsorted(edges, values, "left") + np.searchsorted(edges, values, "right"),
            minlength=2 * len(edges) + 1,
        )
        for values in (known, now)
    )


def _ks(before: "pd.Series[Any]", after: "pd.Series[Any]") -> tuple[float, float]:
    from scipy.stats import ks_2samp

    found = ks_2samp(before.to_numpy(float), after.to_numpy(float), method="asymp")
    return float(found.statistic), float(found.pvalue)


def _categories(
    before: "pd.Series[Any]", after: "pd.Series[Any]", rows: int
) -> tuple[tuple["np.ndarray[Any, Any]", "np.ndarray[Any, Any]"], dict[str, float]]:
    """Count rows by the reference's categories, and all new ones together."""
    import numpy as np

    known = before.astype(str).value_counts()
    now = after.astype(str).value_counts()
    unseen = now[~now.index.isin(known.index)]
    counts = (
        np.append(known.to_numpy(), 0),
        np.append(now.reindex(known.index, fill_value=0).to_numpy(), unseen.sum()),
    )
    return counts, {str(name): float(count) / rows for name, count in unseen.items()}


def _chi_squared(
    before: "np.ndarray[Any, Any]", after: "np.ndarray[Any, Any]"
) -> tuple[float, float]:
    """Test categories; those with few rows are taken together, as the test wants it."""
    import numpy as np
    from scipy.stats import chi2_contingency

    table = np.vstack([before, after])
    expected = table.sum(0) * table.sum(1).min() / table.sum()
    rare = expected < 5
    if rare.any():
        table = np.column_stack([table[:, ~rare], table[:, rare].sum(1)])
    table = table[:, table.sum(0) > 0]
    if table.shape[1] < 2:
        return 0.0, 1.0
    found = chi2_contingency(table, correction=False)
    return float(found.statistic), float(found.pvalue)


def _gaps(before: "pd.Series[Any]", after: "pd.Series[Any]") -> float:
    """Say how often chance alone makes the shares of missing values differ as much."""
    from scipy.stats import fisher_exact

    table = [[int(side.isna().sum()), int(side.notna().sum())] for side in (before, after)]
    return float(fisher_exact(table).pvalue)


def _unseen(before: "pd.Series[Any]", after: "pd.Series[Any]") -> float:
    """Say how often chance alone brings as many rows of categories that were never seen.

    By Good and Turing, the share of rows whose category is seen once is about the share of what
    further rows bring that was not seen at all.
    """
    from scipy.stats import binom

    known = before.astype(str).value_counts()
    rows = int((~after.astype(str).isin(known.index)).sum())
    return float(binom.sf(rows - 1, len(after), float((known == 1).sum()) / len(before)))


def _listed(new: dict[str, float], most: int = 5) -> str:
    shown = [f"{name} ({share:.1%})" for name, share in list(new.items())[:most]]
    return ", ".join(shown) + (f" and {len(new) - most} more" if len(new) > most else "")
