"""Whether the data that a model sees now is still like the data that it was trained on."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from sagepipe import tracking
from sagepipe.components import page, tables
from sagepipe.components.monitoring import drift
from sagepipe.dsl import HTML, Dataset, Input, Metrics, Output, component

_NAMED = 10  # columns, in a sentence


class DataDrift(NamedTuple):
    """What ``monitor_data`` returns.

    Attributes:
        drifted: Whether any column has drifted.
        columns: Which ones.
        why: What was found, in a sentence.
    """

    drifted: bool
    columns: list[str]
    why: str


@component
def monitor_data(
    reference: Input[Dataset],
    recent: Input[Dataset],
    metrics: Output[Metrics],
    report: Output[HTML],
    columns: list[str] | None = None,
    text: list[str] | None = None,
    psi_limit: float = 0.2,
    alpha: float = 0.01,
    nulls_limit: float = 0.05,
    new_limit: float = 0.01,
) -> DataDrift:
    """Compare recent data with the data that the model was trained on, column by column.

    A column has drifted where its distribution, or the share of missing values, has changed by much
    and not by chance, or where it holds new categories.

    Args:
        reference: What the model was trained on: a CSV or Parquet table of any number of rows.
        recent: What it sees now, a table with the same columns.
        metrics: The largest population stability index, how many columns have drifted, and each
            column's index.
        report: A page with a row for each column.
        columns: The columns to compare; all of the reference's where not given.
        text: Columns that are text, also where a CSV file has digits alone in them.
        psi_limit: Population stability index from which on a change is large.
        alpha: How often, over all columns together, chance may pass for a change: a share.
        nulls_limit: By how much the share of missing values may change.
        new_limit: What share of the rows may have categories that the reference does not have.

    Returns:
        Whether there is drift, in which columns, and the two in a sentence.

    Raises:
        ValueError: A table is empty or can't be read, or a column is missing or of another type.
    """
    limits = drift.Limits(psi_limit, alpha, nulls_limit, new_limit)
    before, now = (tables.read(item.path, text or ()) for item in (reference, recent))
    found = drift.compare(before, now, columns, limits)
    drifted = [item.column for item in found if item.reasons]
    named = f": {', '.join(drifted[:_NAMED])}" if drifted else ""
    more = f" and {len(drifted) - _NAMED} more" if len(drifted) > _NAMED else ""
    said = f"{len(drifted)} of {len(found)} columns have drifted{named}{more}."

    metrics.log_metric("max_psi", max(item.psi for item in found))
    metrics.log_metric("drifted_columns", len(drifted))
    metrics.metadata["psi"] = {item.column: item.psi for item in found}
    tracking.log_dataset(now, name="recent", context="monitoring")
    rows = f"{len(before):,} rows of reference, {len(now):,} recent ones."
    Path(report.path).write_text(_page(found, f"{said} {rows}"), encoding="utf-8")
    print(said)
    return DataDrift(bool(drifted), drifted, said)


def _page(found: Sequence[drift.Drift], lead: str) -> str:
    reasons = [f"{item.column}: {'; '.join(item.reasons)}" for item in found if item.reasons]
    head = ("column", "drifted", "PSI", "p-value", "missing before", "missing now", "new")
    rows = [
        (
            item.column,
            "yes" if item.reasons else "no",
            item.psi,
            item.p_value,
            f"{item.nulls[0]:.1%}",
            f"{item.nulls[1]:.1%}",
            ", ".join(item.new),
        )
        for item in sorted(found, key=lambda item: (not item.reasons, -item.psi))
    ]
    return page.page(
        "Drift of the data",
        lead,
        page.section("What has drifted", page.bullets(reasons)),
        page.section("Columns", page.table(head, rows)),
        page.section(
            "How this was measured",
            page.bullets(
                [
                    "PSI is the population stability index, over the deciles or categories of the "
                    "reference: 0 where nothing changed, 0.1 for a moderate and 0.25 for a large "
                    "shift.",
                    "The p-value says how often chance alone makes as large a difference: by the "
                    "test of Kolmogorov and Smirnov for numbers, by the chi-squared test for "
                    "categories.",
                ]
            ),
        ),
    )
