"""An evaluation on one page."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from sagepipe.components import page
from sagepipe.components.evaluation import plots
from sagepipe.components.evaluation.results import Evaluation, Metric, Segment

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_MOST_SEGMENTS = 40  # in one figure that can still be read


def render(evaluation: Evaluation, figures: "Mapping[str, Figure]", title: str = "") -> str:
    """Make the page of an evaluation: one HTML file that needs no other.

    Args:
        evaluation: What was measured.
        figures: What was drawn, by name.
        title: Its heading; ``Evaluation of <target>`` where not given.

    Returns:
        The page.
    """
    return page.page(
        title or f"Evaluation of {evaluation.target}",
        lead(evaluation),
        page.section("Metrics", metrics_table(evaluation), *map(page.text, evaluation.notes)),
        page.section("Figures", page.pictures(figures)),
        page.section("Segments", *segment_tables(evaluation.segments)),
        page.section("Importance of the features", importance_table(evaluation)),
        page.section("How this was measured", page.bullets(list(method(evaluation)))),
    )


def all_figures(evaluation: Evaluation, figures: "Mapping[str, Figure]") -> "dict[str, Figure]":
    """Add to a model's figures those of its segments and features, where these were measured."""
    found = dict(figures)
    if evaluation.segments:
        name = evaluation.segments[0].metrics[0].name if evaluation.segments[0].metrics else ""
        having = [item for item in evaluation.segments if _has(item, name)][:_MOST_SEGMENTS]
        if having:
            found["segments"] = plots.segments(having, name, evaluation.metric(name).value)
    if evaluation.importance:
        found["importance"] = plots.importance(evaluation.importance, evaluation.importance_metric)
    return found


def lead(evaluation: Evaluation) -> str:
    """Say the headline metric in a sentence."""
    first = evaluation.metrics[0]
    return f"{first.name} {interval(first)} on {evaluation.rows:,} rows."


def interval(metric: Metric) -> str:
    """Write a metric with its interval."""
    if metric.low is None or metric.high is None:
        return page.number(metric.value)
    ends = f"{page.number(metric.low)} to {page.number(metric.high)}"
    return f"{page.number(metric.value)} ({ends})"


def metrics_table(evaluation: Evaluation) -> str:
    """Make the table of all metrics."""
    rows: list[Sequence[page.Cell]] = [
        (item.name, item.value, item.low, item.high, _ARROWS[item.better])
        for item in evaluation.metrics
    ]
    rows += [(name, value, None, None, "") for name, value in evaluation.facts.items()]
    share = f"{evaluation.sampling.confidence:.0%}"
    return page.table(("metric", "value", f"{share} from", f"{share} to", "better"), rows)


def segment_tables(segments: Sequence[Segment]) -> Iterator[str]:
    """Make a table for each column."""
    for column in dict.fromkeys(item.column for item in segments):
        mine = [item for item in segments if item.column == column]
        names = list(dict.fromkeys(metric.name for item in mine for metric in item.metrics))
        rows = [
            (
                item.value,
                item.rows,
                *(interval(_find(item, name)) if _has(item, name) else None for name in names),
            )
            for item in mine
        ]
        yield page.table((column, "rows", *names), rows)


def importance_table(evaluation: Evaluation) -> str:
    """Make the table of the features."""
    head = ("feature", f"{evaluation.importance_metric} worse by", "spread")
    return page.table(
        head, [(item.feature, item.worse, item.spread) for item in evaluation.importance]
    )


def method(evaluation: Evaluation) -> Iterator[str]:
    """Say how the numbers were found."""
    sampling = evaluation.sampling
    yield "The model was asked as it is served; these rows took no part in training."
    if sampling.rounds:
        yield (
            f"Intervals hold {sampling.confidence:.0%} of what {sampling.rounds} resamples of "
            f"{sampling.units} give (bootstrap, seed {sampling.seed}); they say how sure a number "
            "is with this many rows, not what other data would give."
        )
    if evaluation.segments:
        yield (
            "Segments with few rows are taken together; numbers are cut into quarters. An interval "
            "that is missing had too few rows."
        )
    if evaluation.importance:
        yield (
            f"Importance: how much {evaluation.importance_metric} got worse when one feature's "
            f"values were shuffled among {evaluation.importance_rows:,} rows, three times each. "
            "Features that say the same share their importance."
        )


_ARROWS = {"higher": "higher", "lower": "lower", "neither": ""}


def _has(segment: Segment, name: str) -> bool:
    return any(metric.name == name for metric in segment.metrics)


def _find(segment: Segment, name: str) -> Metric:
    return next(metric for metric in segment.metrics if metric.name == name)
