"""The monitoring pipeline: whether the data, and the model in use, are as they were in training."""

from sagepipe import dsl
from sagepipe.components.batch_score import batch_score
from sagepipe.components.monitor_data import monitor_data
from sagepipe.components.monitor_quality import monitor_quality
from sagepipe.dsl import Dataset, Model

from {{ cookiecutter.package }} import schema
from {{ cookiecutter.package }}.components.label import label
from {{ cookiecutter.package }}.pipelines.training import PUBLISHED_MODEL

NAME = "{{ cookiecutter.project }}-monitoring"

# What rows are divided by, such as the date, is another in recent rows by nature.
WATCHED = [name for name in schema.FEATURES if name not in schema.SPLIT_BY]


@dsl.pipeline(name=NAME)
def monitoring(
    data_uri: str,
    recent_uri: str,
    baseline: float = schema.BAR,
    tolerance: float = 0.0,
    least_labels: int = 50,
) -> None:
    """Compare recent data with the training data, and the model with what it was; fail if worse.

    Drift needs no answers. The quality is measured on those recent rows whose answer is known.

    Args:
        data_uri: Where the raw table is that the model was trained on.
        recent_uri: Where the recent table is; its column of answers may have gaps, or be missing.
        baseline: What ``schema.METRIC`` was when the model was evaluated.
        tolerance: By how much it may be worse.
        least_labels: With fewer answers the quality is not judged yet.
    """
    recent = dsl.importer(recent_uri, Dataset)
    drift = monitor_data(
        reference=dsl.importer(data_uri, Dataset), recent=recent, columns=WATCHED, text=schema.TEXT
    )
    known = label(recent=recent)
    scored = batch_score(data=known.outputs["labelled"], model=dsl.importer(PUBLISHED_MODEL, Model))
    quality = monitor_quality(
        scored=scored.outputs["scored"],
        target=schema.TARGET,
        metric=schema.METRIC,
        baseline=baseline,
        tolerance=tolerance,
        least_rows=least_labels,
    )

    with dsl.If(drift.outputs["drifted"] | quality.outputs["degraded"], name="changed"):
        dsl.fail(dsl.join(drift.outputs["why"], quality.outputs["why"], separator=" "))
