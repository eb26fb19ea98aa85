"""Whether a model is still as right as it was, once it is known what happened."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sagepipe import tracking
from sagepipe.components import page, tables
from sagepipe.components.batch_score import PREDICTION, PROBABILITY
from sagepipe.components.evaluation import classification, regression
from sagepipe.components.evaluation import report as reporting
from sagepipe.components.evaluation.results import Evaluation, Metric, Sampling
from sagepipe.dsl import HTML, Dataset, Input, Metrics, Output, component
from sagepipe.serving import Predictions

if TYPE_CHECKING:
    import pandas as pd


class Quality(NamedTuple):
    """What ``monitor_quality`` returns.

    Attributes:
        degraded: Whether the model has become worse, and not by chance.
        value: The metric now.
        labelled: How many scored rows had a label.
        why: The verdict in a sentence.
    """

    degraded: bool
    value: float
    labelled: int
    why: str


@component
def monitor_quality(
    scored: Input[Dataset],
    metrics: Output[Metrics],
    report: Output[HTML],
    target: str,
    metric: str,
    baseline: float,
    labels: Input[Dataset] | None = None,
    key: list[str] | None = None,
    tolerance: float = 0.0,
    least_rows: int = 1,
    positive: str | None = None,
) -> Quality:
    """Measure predictions against what happened, and hold them against an earlier measure.

    The model has become worse if the whole confidence interval of the metric is worse than the
    baseline by more than the tolerance: a few unlucky rows are no alarm.

    Args:
        scored: What ``batch_score`` wrote, with the columns of ``key``; or with the target, if the
            table that was scored had it. Rows whose label is missing are left out.
        metrics: Every metric of the task, as in an evaluation.
        report: A page with the verdict and the metrics.
        target: The column that was predicted.
        metric: The metric that decides, such as ``auc`` or ``mae``.
        baseline: Its value when the model was evaluated, in the metric's unit.
        labels: A CSV or Parquet table of the columns of ``key`` and the target, one row a key; the
            target that the scored table itself has where not given.
        key: Columns that tell which row of the labels belongs to which scored row.
        tolerance: By how much it may get worse, in the metric's unit.
        least_rows: With fewer labelled rows there is no verdict yet.
        positive: Of two classes the one that is looked for; the second where not given.

    Returns:
        The verdict, the metric, and how many rows it is of. Where there is no verdict yet, the
        model counts as good as it was and the metric is the baseline.

    Raises:
        ValueError: A table lacks a column, keys are not unique, no row of the labels is of a scored
            one, there are labels and no key, or there is no such metric.
    """
    if (labels is None) != (not key):
        raise ValueError("a table of labels and a key go together: give both, or neither")
    if labels is None:
        rows = _labelled(tables.read(scored.path), target)
    else:
        rows = _joined(tables.read(scored.path), tables.read(labels.path), key or [], target)
    if len(rows) < max(least_rows, 1):
        return _no_verdict(len(rows), metrics, report, baseline)
    found = _measured(rows, target, positive)
    decisive = found.metric(metric)
    degraded = _is_worse(decisive, baseline, tolerance)

    for name, value in found.numbers.items():
        metrics.log_metric(name, value)
    tracking.log_params({"baseline": baseline, "labelled_rows": len(rows)})
    verdict = "has become worse" if degraded else "is as good as it was"
    said = f"The model {verdict}: {metric} {reporting.interval(decisive)}, and {baseline:g} before."
    print(said)
    Path(report.path).write_text(
        page.page(
            "Quality of the model",
            said,
            page.section("Metrics", reporting.metrics_table(found)),
            page.section("How this was measured", page.text(f"{len(rows):,} rows had a label.")),
        ),
        encoding="utf-8",
    )
    return Quality(degraded, decisive.value, len(rows), said)


def _labelled(scored: "pd.DataFrame", target: str) -> "pd.DataFrame":
    if lacking := [name for name in (target, PREDICTION) if name not in scored]:
        raise ValueError(f"the scored table lacks {', '.join(lacking)}")
    return scored.dropna(subset=[target])


def _no_verdict(labelled: int, metrics: Metrics, report: HTML, baseline: float) -> Quality:
    said = f"No verdict yet: {labelled} scored rows have a label, which are too few."
    print(said)
    tracking.log_params({"baseline": baseline, "labelled_rows": labelled})
    metrics.log_metric("test_rows", labelled)
    Path(report.path).write_text(page.page("Quality of the model", said), encoding="utf-8")
    return Quality(False, baseline, labelled, said)


def _joined(
    scored: "pd.DataFrame", labels: "pd.DataFrame", key: list[str], target: str
) -> "pd.DataFrame":
    for title, table, names in (
        ("scored", scored, [*key, PREDICTION]),
        ("labels", labels, [*key, target]),
    ):
        if lacking := [name for name in names if name not in table]:
            raise ValueError(f"the {title} table lacks {', '.join(lacking)}")
    known = labels[[*key, target]].dropna(subset=[target])
    if known.duplicated(key).any():
        twice = known[known.duplicated(key)].iloc[0][key].to_dict()
        raise ValueError(f"the labels have two rows for {twice}: key has to tell rows apart")
    rows = scored.drop(columns=target, errors="ignore").merge(known, on=key, how="inner")
    if not len(rows):
        raise ValueError(f"none of {len(scored)} scored rows has a label with the same {key}")
    return rows


def _measured(rows: "pd.DataFrame", target: str, positive: str | None) -> Evaluation:
    import numpy as np

    columns = [name for name in rows if str(name).startswith(PROBABILITY)]
    if not columns:
        numbers = Predictions(rows[PREDICTION].to_numpy())
        return regression.measure(regression.answers(rows[target], numbers), target)
    names = [str(name).removeprefix(PROBABILITY) for name in columns]
    predictions = Predictions(
        rows[PREDICTION].astype(str).to_numpy(object),
        rows[columns].to_numpy(float),
        np.array(names, dtype=object),
    )
    answers = classification.answers(_as_text(rows[target]), predictions, positive)
    return classification.measure(answers, target, sampling=Sampling())


def _as_text(labels: "pd.Series[Any]") -> "pd.Series[str]":
    """Write labels as the names of the probabilities' columns have them."""
    if labels.dtype.kind == "f" and (labels == labels.round()).all():
        labels = labels.astype("int64")  # pandas reads a column of whole numbers with gaps so
    return labels.astype(str)


def _is_worse(metric: Metric, baseline: float, tolerance: float) -> bool:
    """Hold the better end of the interval against the baseline."""
    if metric.better == "neither":
        raise ValueError(f"{metric.name} is neither better nor worse when it is higher")
    ends: list[Any] = [metric.value if end is None else end for end in (metric.low, metric.high)]
    if metric.better == "higher":
        return bool(ends[1] < baseline - tolerance)
    return bool(ends[0] > baseline + tolerance)
