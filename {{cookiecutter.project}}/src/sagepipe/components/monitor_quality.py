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
    """

    degraded: bool
    value: float
    labelled: int


@component
def monitor_quality(
    scored: Input[Dataset],
    labels: Input[Dataset],
    metrics: Output[Metrics],
    report: Output[HTML],
    target: str,
    key: list[str],
    metric: str,
    baseline: float,
    tolerance: float = 0.0,
    positive: str | None = None,
) -> Quality:
    """Measure predictions against what happened, and hold them against an earlier measure.

    The model has become worse if the whole confidence interval of the metric is worse than the
    baseline by more than the tolerance: a few unlucky rows are no alarm.

    Args:
        scored: What ``batch_score`` wrote, with the columns of ``key``.
        labels: A CSV or Parquet table of the columns of ``key`` and the target, one row a key; rows
            whose label is missing are left out.
        metrics: Every metric of the task, as in an evaluation.
        report: A page with the verdict and the metrics.
        target: The column that was predicted.
        key: Columns that tell which row of the labels belongs to which scored row.
        metric: The metric that decides, such as ``auc`` or ``mae``.
        baseline: Its value when the model was evaluated, in the metric's unit.
        tolerance: By how much it may get worse, in the metric's unit.
        positive: Of two classes the one that is looked for; the second where not given.

    Returns:
        The verdict, the metric, and how many rows it is of.

    Raises:
        ValueError: A table lacks a column, keys are not unique, no scored row has a label, or there
            is no such metric.
    """
    rows = _joined(tables.read(scored.path), tables.read(labels.path), key, target)
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
    return Quality(degraded, decisive.value, len(rows))


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
    truth = rows[target].astype(str)
    answers = classification.answers(truth, predictions, positive)
    return classification.measure(answers, target, sampling=Sampling())


def _is_worse(metric: Metric, baseline: float, tolerance: float) -> bool:
    """Hold the better end of the interval against the baseline."""
    if metric.better == "neither":
        raise ValueError(f"{metric.name} is neither better nor worse when it is higher")
    ends: list[Any] = [metric.value if end is None else end for end in (metric.low, metric.high)]
    if metric.better == "higher":
        return bool(ends[1] < baseline - tolerance)
    return bool(ends[0] > baseline + tolerance)
