"""Evaluation: a model and a test table in, metrics and plots out."""

from typing import NamedTuple

from sagepipe import dsl
from sagepipe.components.evaluate_classifier import evaluate_classifier
from sagepipe.components.evaluate_regressor import evaluate_regressor
from sagepipe.dsl import (
    HTML,
    Artifact,
    ClassificationMetrics,
    Dataset,
    Input,
    Metrics,
    Model,
    Output,
)
from sagepipe.serving import checksum

from {{ cookiecutter.package }} import schema


class Evaluated(NamedTuple):
    """Which model it was.

    Attributes:
        model_version: Its version in MLflow.
        run_id: The run in MLflow that trained it.
        sha256: The checksum of its files, which the server holds it against.
    """

    model_version: str
    run_id: str
    sha256: str


@dsl.component
def evaluate(
    test: Input[Dataset],
    model: Input[Model],
    metrics: Output[Metrics],
    curves: Output[ClassificationMetrics],
    report: Output[HTML],
    evaluation: Output[Artifact],
) -> Evaluated:
    """Measure the model, as it will be served, on rows that it has not seen.

    The catalogue's evaluators do the work: this is the place for numbers of your own, such as what
    a mistake costs, each with ``metrics.log_metric``.

    Args:
        test: The folder with ``schema.TEST_FILE``.
        model: The trained model.
        metrics: Numbers with their confidence intervals; the pipeline's bar is held against one.
        curves: The confusion matrix, and the ROC curve of two classes; empty for a regression.
        report: A page with the numbers and the plots.
        evaluation: The same for machines, such as for a model card.

    Returns:
        What the registration says of the model.

    Raises:
        ValueError: The folder holds no such file, or its rows can't be measured.
    """
    # Rows that were split together are no independent evidence, so they are drawn together.
    together = schema.SPLIT_BY if schema.SPLIT == "grouped" else None
    if schema.TASK == "regression":
        logged = evaluate_regressor.python_func(
            test, model, metrics, report, evaluation, target=schema.TARGET, groups=together
        )
    else:
        logged = evaluate_classifier.python_func(
            test,
            model,
            metrics,
            curves,
            report,
            evaluation,
            target=schema.TARGET,
            positive=str(schema.CLASSES[1]) if len(schema.CLASSES) == 2 else None,
            class_names=dict(zip(map(str, schema.CLASSES), schema.CLASS_NAMES, strict=True)),
            groups=together,
        )
    return Evaluated(logged.model_version, logged.run_id, checksum.of(model.directory))
