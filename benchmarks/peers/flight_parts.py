"""The flight pipeline's own components, called on plain paths, for the peers' pipelines."""

from pathlib import Path

from flight_delay.components import evaluate as evaluation
from flight_delay.components import preprocess as preprocessing
from flight_delay.components import train as training

from sagepipe.dsl import HTML, Artifact, ClassificationMetrics, Dataset, Metrics, Model


def preprocess(raw, train, test):
    """Validate, clean and split the raw table."""
    preprocessing.preprocess.python_func(
        raw=Dataset(path=raw),
        train=Dataset(directory=made(train)),
        test=Dataset(directory=made(test)),
        report=HTML(directory=made(f"{train}-report")),
    )


def train(train, test, model):
    """Fit the model."""
    training.train.python_func(
        train=Dataset(directory=train),
        test=Dataset(directory=test),
        model=Model(directory=made(model)),
    )


def evaluate(test, model, report):
    """Measure the model and return its AUC."""
    folder = made(report)
    metrics = Metrics(path=f"{folder}/metrics.json")
    evaluation.evaluate.python_func(
        test=Dataset(directory=test),
        model=Model(directory=model),
        metrics=metrics,
        curves=ClassificationMetrics(path=f"{folder}/curves.json"),
        report=HTML(path=f"{folder}/report.html"),
        evaluation=Artifact(directory=made(f"{folder}/evaluation")),
    )
    return metrics.metadata["auc"]


def made(folder):
    """Make a folder."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    return str(folder)
