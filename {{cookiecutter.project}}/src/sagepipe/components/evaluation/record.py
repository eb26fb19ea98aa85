"""Leaving an evaluation where people and conditions look: metrics, MLflow, a page, a file."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from sagepipe import tracking
from sagepipe.components.evaluation import importance, report
from sagepipe.components.evaluation.results import Evaluation, Score
from sagepipe.components.evaluation.served import Served
from sagepipe.dsl import HTML, Artifact, Metrics
from sagepipe.serving import Predictions

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from sagepipe.components.evaluation.results import Places


def with_importance(
    evaluation: Evaluation,
    served: Served,
    features: "pd.DataFrame",
    score: "Callable[[Predictions, Places], Score]",
    rows: int,
) -> Evaluation:
    """Add the features' importance for the headline metric, by the model as it is served.

    Args:
        evaluation: What was measured.
        served: The model.
        features: Its input.
        score: From predictions and the places of their rows to the metric.
        rows: The most rows; 0 leaves it out.
    """
    import numpy as np

    def value(shuffled: "pd.DataFrame", places: "Places") -> float:
        return score(served.predict(shuffled), places).of(np.ones(len(places)))

    first = evaluation.metrics[0]
    found = importance.permute(features, value, first.better, rows, evaluation.sampling.seed)
    return replace(
        evaluation,
        importance=found,
        importance_metric=first.name if found else "",
        importance_rows=min(rows, len(features)) if found else 0,
    )


def leave(
    found: Evaluation,
    figures: "dict[str, Figure]",
    *,
    metrics: Metrics,
    report_page: HTML,
    evaluation: Artifact,
) -> None:
    """Write an evaluation to a component's outputs and to MLflow.

    Args:
        found: What was measured.
        figures: The model's figures; those of segments and features are added.
        metrics: Gets every number; the runtime logs them.
        report_page: Gets the page.
        evaluation: Gets ``evaluation.json``.
    """
    for name, value in found.numbers.items():
        metrics.log_metric(name, value)
    drawn = report.all_figures(found, figures)
    for name, figure in drawn.items():
        tracking.log_figure(figure, f"{name}.png")
    Path(report_page.path).write_text(report.render(found, drawn), encoding="utf-8")
    tracking.log_artifact(found.write(Path(evaluation.directory)))
    print(report.lead(found))
