"""Components that the tests' jobs run."""

import os
import signal
import sys
import time
from pathlib import Path
from typing import Literal, NamedTuple

from sagepipe import dsl, tracking
from sagepipe.contract.errors import SagepipeError
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


class Stopping:
    """Its end is the moment at which the job is asked to stop."""

    def __del__(self) -> None:
        os.kill(os.getpid(), signal.SIGTERM)


@dsl.component
def go_wrong(report: Output[HTML], how: str) -> None:
    """End in every way but the right one."""
    Path(report.path).write_text("<p>what was seen so far</p>")
    if how == "raise":
        raise ValueError("no such airport:\n'XXX'")
    if how == "raise-line":
        raise ValueError("no such airport: 'XXX'") from KeyError("XXX")
    if how == "raise-group":
        raise ExceptionGroup("both failed", [ValueError("one"), ValueError("two")])
    if how == "raise-ours":
        raise SagepipeError("two columns are missing:\n- month\n- day")
    if how == "exit":
        sys.exit(3)
    if how == "exit-text":
        sys.exit("no flights")
    if how == "exit-256":
        sys.exit(256)
    if how == "leave":
        os._exit(5)
    if how == "leave-well":
        os._exit(0)
    if how == "kill":
        os.kill(os.getpid(), 9)
    if how == "hang":
        print("hanging", flush=True)
        try:
            time.sleep(600)
        except Exception:
            print("swallowed")
    if how == "stopped in a destructor":
        Stopping()
        time.sleep(60)
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


class Stats(NamedTuple):
    """What ``look`` returns."""

    rows: int
    names: list
    share: float


@dsl.component
def look(
    raw: Input[Dataset],
    how: str = "right",
    more: Input[Dataset] | None = None,
    mode: Literal["fast", "full"] = "fast",
    depth: int | None = None,
) -> Stats:
    """Return values, the right ones or others."""
    print(f"more is {more}, mode {mode}, depth {depth}")
    if how == "numpy":
        import numpy

        return Stats(numpy.int64(3), ["a"], numpy.float32(0.5))
    wrong = {
        "few": (1, 2),
        "nothing": None,
        "type": Stats("3", [], 0.5),
        "nan": Stats(3, [], float("nan")),
        "set": Stats(3, [{1}], 0.5),
    }
    return wrong.get(how, Stats(3, ["a", 'b"c'], 1))


@dsl.component
def count(flag: bool = True) -> bool:
    """Return one value."""
    return not flag


@dsl.component
def merge(parts: Input[list[Dataset]], seen: Output[Artifact]) -> None:
    """Read many inputs, in their order."""
    texts = [f"{part.name}={Path(part.path).read_text()}" for part in parts]
    Path(seen.path).write_text(" ".join(texts))


@dsl.component
def spread(seen: Output[Artifact], hosts: dsl.Hosts) -> None:
    """Write down which machine this is."""
    text = f"{hosts.current} {hosts.rank} of {len(hosts.all)}, first: {hosts.is_first}"
    Path(seen.path).write_text(text)


@dsl.component(kind="training", metrics=("auc", "by_class.late", "r(2)|x"))
def measured(
    train: Input[Dataset],
    model: Output[Model],
    metrics: Output[Metrics],
    hosts: dsl.Hosts,
    auc: float = 0.75,
    mode: Literal["fast", "full"] = "fast",
) -> None:
    """Log metrics, one of them with a name full of signs."""
    Path(model.directory, "host").write_text(f"{hosts.current} {hosts.network_interface}")
    metrics.log_metric("auc", auc)
    metrics.metadata["by_class"] = {"late": -1.5e-7}
    if mode == "full":
        metrics.log_metric("r(2)|x", 1e300)


@dsl.component
def about_columns(metrics: Output[Metrics]) -> None:
    """Log metrics that are named after columns."""
    metrics.metadata["psi"] = {
        "# (a)": 1.0,
        "# [a]": 2.0,
        "__ _a_": 3.0,
        "Größe, m/s": 4.0,
        "b": 5.0,
    }
