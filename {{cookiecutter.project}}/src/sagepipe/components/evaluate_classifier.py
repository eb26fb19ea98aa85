"""Measuring a classifier."""

from typing import TYPE_CHECKING

from sagepipe import tracking
from sagepipe.components.evaluation import classification, record, served
from sagepipe.components.evaluation.results import Sampling, Score
from sagepipe.dsl import (
    HTML,
    Artifact,
    ClassificationMetrics,
    Dataset,
    Input,
    Metrics,
    Model,
    Output,
    component,
)
from sagepipe.serving import Predictions

if TYPE_CHECKING:
    from sagepipe.components.evaluation.results import Places


@component
def evaluate_classifier(
    test: Input[Dataset],
    model: Input[Model],
    metrics: Output[Metrics],
    curves: Output[ClassificationMetrics],
    report: Output[HTML],
    evaluation: Output[Artifact],
    target: str | None = None,
    positive: str | None = None,
    threshold: float = 0.5,
    class_names: dict[str, str] | None = None,
    segments: list[str] | None = None,
    groups: list[str] | None = None,
    confidence: float = 0.95,
    rounds: int = 500,
    importance_rows: int = 1000,
    seed: int = 7,
) -> tracking.LoggedModel:
    """Measure a classifier, as it will be served, on rows that it has not seen.

    Of two classes: ``auc``, ``average_precision``, ``log_loss``, ``brier``, ``accuracy``,
    ``precision``, ``recall``, ``f1``, ``positive_share``. Of more: ``accuracy``,
    ``balanced_accuracy``, ``f1_macro``, ``auc_ovr`` (the mean of each class against the rest) and
    ``log_loss``. Of each ``<name>_low`` and ``<name>_high``, its bootstrap interval; and
    ``calibration_error``, ``test_rows`` and, of more than two classes, ``largest_share``, the
    accuracy of always saying the most frequent one.

    Args:
        test: The rows, CSV or Parquet: the model's features, the target, and the columns of
            segments and groups.
        model: The trained model, with probabilities.
        metrics: The numbers.
        curves: The ROC curve, of two classes, and the confusion matrix.
        report: A page with the numbers and the figures.
        evaluation: ``evaluation.json``, all that was measured, for the model card.
        target: The column with the true classes; the one the model was trained for where not given.
        positive: Of two classes the one that is looked for; the second one where not given.
        threshold: The probability from which on a row counts as positive.
        class_names: What figures call the classes, such as ``{"1": "late"}``; the labels themselves
            where not given.
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
        ValueError: The table has no row or not the columns, a label is missing, or all rows are of
            one class.
        ExportError: The exported model answers otherwise than the trained one.
    """
    asked = served.load(model.directory)
    table = served.read(test.path, asked)
    tracking.log_dataset(table, name="test", context="testing")
    name = asked.target(target)
    truth = served.column(table, name).to_numpy()
    features = asked.features(table)

    def answers(predictions: Predictions, rows: "Places | slice") -> classification.Answers:
        return classification.answers(truth[rows], predictions, positive, threshold, class_names)

    def headline(predictions: Predictions, rows: "Places") -> Score:
        return classification.scores(answers(predictions, rows))[0]

    whole = answers(asked.predict(features, prove=True), slice(None))
    sampling = Sampling(confidence, rounds, seed, groups or ())
    found = classification.measure(whole, name, table, segments or (), sampling)
    found = record.with_importance(found, asked, features, headline, importance_rows)
    classification.log_curves(curves, whole)
    record.leave(
        found,
        classification.figures(whole),
        metrics=metrics,
        report_page=report,
        evaluation=evaluation,
    )
    return tracking.LoggedModel.of(model.metadata)
