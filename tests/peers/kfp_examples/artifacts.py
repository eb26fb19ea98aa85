"""Artifacts: files and folders with metadata."""

from sagepipe import dsl
from sagepipe.dsl import (
    HTML,
    Artifact,
    ClassificationMetrics,
    Dataset,
    Input,
    Markdown,
    Metrics,
    Model,
    Output,
)

RUNS = {"training": {"epochs": 3}, "reports": {}}


@dsl.component
def create_dataset(dataset: Output[Dataset], rows: int = 4):
    with open(dataset.path, "w") as f:
        f.write("\n".join(f"{row},{row * row}" for row in range(rows)))
    dataset.metadata["rows"] = rows


@dsl.component
def train(dataset: Input[Dataset], model: Output[Model], epochs: int) -> int:
    """Train a model, which is a folder."""
    import os

    with open(dataset.path) as f:
        rows = f.read().splitlines()
    os.makedirs(model.path)
    with open(os.path.join(model.path, "weights.txt"), "w") as f:
        f.write(f"{len(rows)} rows, {epochs} epochs")
    model.metadata["framework"] = "text"
    model.metadata["seen"] = dataset.metadata["rows"]
    return len(rows)


@dsl.component
def evaluate(model: Input[Model], dataset: Input[Dataset], metrics: Output[Metrics]) -> str:
    import os

    with open(os.path.join(model.path, "weights.txt")) as f:
        weights = f.read()
    metrics.log_metric("accuracy", 0.92)
    metrics.log_metric("rows", dataset.metadata["rows"])
    return weights + " in " + model.metadata["framework"]


@dsl.component
def report(curves: Output[ClassificationMetrics], page: Output[HTML], text: Output[Markdown]):
    curves.log_roc_curve([0.0, 0.5, 1.0], [0.0, 0.8, 1.0], [1.0, 0.5, 0.0])
    curves.log_confusion_matrix(["late", "on time"], [[9, 1], [2, 8]])
    with open(page.path, "w") as f:
        f.write("<h1>Fine</h1>")
    with open(text.path, "w") as f:
        f.write("# Fine")


@dsl.component
def publish(page: Input[HTML], anything: Input[Artifact]) -> str:
    with open(page.path) as f, open(anything.path) as g:
        return f.read() + g.read()


@dsl.pipeline
def training(epochs: int = 2):
    data = create_dataset()
    fitted = train(dataset=data.output, epochs=epochs)
    evaluate(model=fitted.outputs["model"], dataset=data.outputs["dataset"])


@dsl.pipeline
def reports():
    reported = report()
    publish(page=reported.outputs["page"], anything=reported.outputs["text"])
