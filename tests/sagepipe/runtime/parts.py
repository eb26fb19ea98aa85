"""Components that the tests' jobs run."""

import os
import sys
import time
from pathlib import Path

from sagepipe import dsl, tracking
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


@dsl.component
def prepare(
    raw: Input[Dataset],
    train: Output[Dataset],
    metrics: Output[Metrics],
    curves: Output[ClassificationMetrics],
    report: Output[HTML],
    notes: Output[Markdown],
    seed: int,
    fraction: float = 0.5,
    shuffle: bool = True,
    columns: list = ["a"],  # noqa: B006
) -> None:
    """Use each kind of input, output and parameter."""
    print(f"reading {Path(raw.path).name} of {raw.uri}")
    Path(train.path).write_text(f"{Path(raw.path).read_text()}|{seed + 1}|{columns[0]}|{shuffle}")
    train.metadata["rows"] = 3
    metrics.log_metric("auc", fraction + 0.25)
    metrics.metadata["late"] = {"recall": 0.5}
    curves.log_confusion_matrix(["on time", "late"], [[3, 1], [0, 2]])
    Path(report.path).write_text("<p>page</p>")
    Path(notes.path).write_text("# notes")


@dsl.component
def read_back(train: Input[Dataset], metrics: Input[Metrics], seen: Output[Artifact]) -> None:
    """Read what an earlier step left."""
    Path(seen.path).write_text(f"{train.metadata['rows']} {metrics.metadata['auc']}")


@dsl.component(kind="training")
def fit(train: Input[Dataset], model: Output[Model], log: Output[Artifact], rate: float) -> None:
    """Train as little as can be."""
    Path(model.directory, "weights.txt").write_text(f"{Path(train.path).read_text()} {rate / 2}")
    Path(log.path).write_text("fitted")


@dsl.component
def score(model: Input[Model], archive: Input[Artifact], seen: Output[Artifact]) -> None:
    """Read a model twice: unpacked, and as the archive that it came in."""
    text = Path(model.directory, "weights.txt").read_text()
    Path(seen.path).write_text(f"{text} {Path(archive.path).name}")


@dsl.component
def go_wrong(report: Output[HTML], how: str) -> None:
    """End in every way but the right one."""
    Path(report.path).write_text("<p>what was seen so far</p>")
    if how == "raise":
        raise ValueError("no such airport:\n'XXX'")
    if how == "exit":
        sys.exit(3)
    if how == "leave":
        os._exit(5)
    if how == "kill":
        os.kill(os.getpid(), 9)
    if how == "hang":
        print("hanging", flush=True)
        try:
            time.sleep(60)
        except Exception:
            print("swallowed")
    if how == "return":
        sys.exit()


@dsl.component
def idle() -> None:
    """Do nothing."""


@dsl.component
def forgetful(train: Output[Dataset]) -> None:
    """Write nothing."""


@dsl.component
def loaded(seen: Output[Artifact]) -> None:
    """Write down which heavy modules are there before anything needs them."""
    heavy = {"mlflow", "pandas", "numpy", "great_expectations", "sklearn", "boto3", "matplotlib"}
    tracking.log_params({"a": 1})
    Path(seen.path).write_text(" ".join(sorted(heavy & set(sys.modules))))


def plain() -> None:
    """A function, no component."""
