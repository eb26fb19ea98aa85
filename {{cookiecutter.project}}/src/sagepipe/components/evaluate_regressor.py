"""Measuring a model of a number."""

from typing import TYPE_CHECKING

from sagepipe import tracking
from sagepipe.components.evaluation import record, regression, served
from sagepipe.components.evaluation.results import Sampling, Score
from sagepipe.dsl import HTML, Artifact, Dataset, Input, Metrics, Model, Output, component
from sagepipe.serving import Predictions

if TYPE_CHECKING:
    from sagepipe.components.evaluation.results import Places


@component
def evaluate_regressor(
    test: Input[Dataset],
    model: Input[Model],
    metrics: Output[Metrics],
    report: Output[HTML],
    evaluation: Output[Artifact],
    target: str | None = None,
    unit: str | None = None,
    segments: list[str] | None = None,
    groups: list[str] | None = None,
    confidence: float = 0.95,
    rounds: int = 500,
    importance_rows: int = 1000,
    seed: int = 7,
) -> tracking.LoggedModel:
    """Measure a model of a number, as it will be served, on rows that it has not seen.

    In the target's unit ``mae``, ``rmse``, ``median_absolute_error`` and ``bias``, which is
    predicted minus true on average; and ``r2``. Of each ``<name>_low`` and ``<name>_high``, its
    bootstrap interval; and ``baseline_mae``, the error of always saying these rows' median, and
    ``test_rows``.

    Args:
        test: The rows, CSV or Parquet: the model's features, the target, and the columns of
            segments and groups.
        model: The trained model.
        metrics: The numbers.
        report: A page with the numbers and the figures.
        evaluation: ``evaluation.json``, all that was measured, for the model card.
        target: The column with the true numbers; the one the model was trained for where not given.
        unit: The target's unit, for the figures.
        segments: Columns by whose values the rows are measured in parts; numbers are cut into
            quarters.
        groups: Columns whose equal values go together when rows are drawn, such as a day.
        confidence: Share of the intervals that hold the true value.
        rounds: Resamples for the intervals; 0 leaves them out.
        importance_rows: The most rows for permutation importance, which asks the model three times
            this many rows for each feature; 0 leaves it out.
        seed: For what is drawn and shuffled.

    Returns:
        The model's version and run in MLflow, for the registration.

    Raises:
        ValueError: The table has no row or not the columns, or a true value is missing.
        ExportError: The exported model answers otherwise than the trained one.
    """
    asked = served.load(model.directory)
    table = served.read(test.path, asked)
    tracking.log_dataset(table, name="test", context="testing")
    name = asked.target(target)
    truth = served.column(table, name).to_numpy()
    features = asked.features(table)

    def headline(predictions: Predictions, rows: "Places") -> Score:
        return regression.scores(regression.answers(truth[rows], predictions))[0]

    whole = regression.answers(truth, asked.predict(features, prove=True))
    sampling = Sampling(confidence, rounds, seed, groups or ())
    found = regression.measure(whole, name, table, segments or (), sampling)
    found = record.with_importance(found, asked, features, headline, importance_rows)
    record.leave(
        found,
        regression.figures(whole, f"{name} ({unit})" if unit else name),
        metrics=metrics,
        report_page=report,
        evaluation=evaluation,
    )
    return tracking.LoggedModel.of(model.metadata)
