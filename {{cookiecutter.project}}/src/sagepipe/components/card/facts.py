"""What a run knows about its model: read from what its steps left."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sagepipe import export, tracking
from sagepipe.components import tables
from sagepipe.components.evaluation.results import Evaluation, Metric
from sagepipe.contract import names
from sagepipe.dsl import Artifact, Dataset, Model
from sagepipe.serving import ModelError, Schema
from sagepipe.serving.engines import sklearn
from sagepipe.tracking import provenance

_REFUSED = {
    "missing": "The model gives no answer where {} is missing.",
    "unknown": "The model gives no answer where {} has a value that training did not.",
    "huge": "The model gives no answer where {} is too large for a number of single precision.",
}


@dataclass(frozen=True)
class Data:
    """A table that the model was trained or tested on.

    Attributes:
        name: ``training`` or ``test``.
        uri: Where it was read.
        rows: Its rows.
        columns: Its columns.
        digest: The hash of its files.
    """

    name: str
    uri: str
    rows: int
    columns: int
    digest: str

    def __str__(self) -> str:
        """Say it in one line."""
        return f"{self.rows:,} rows, {self.columns} columns, {self.digest}"


@dataclass(frozen=True)
class Validated:
    """A validation of data.

    Attributes:
        name: What was validated.
        expectations: How many were checked.
        failed: How many do not hold.
        suite: The suite's hash; empty where it is not known.
    """

    name: str
    expectations: int
    failed: int
    suite: str


@dataclass(frozen=True)
class Facts:
    """Everything that a model card says of itself.

    Attributes:
        schema: The model's columns.
        logged: Its version and run in MLflow.
        artifact: Where it lies.
        estimator: The class that predicts; empty where the folder has no native model.
        hyperparameters: Of the estimator, as text.
        proof: ``parity.json``; empty with the engine sklearn.
        evaluation: What was measured.
        data: What it was trained and tested on.
        validations: What is known of these data.
        commit: The code's git commit; empty where there is none.
    """

    schema: Schema
    logged: tracking.LoggedModel
    artifact: str
    estimator: str
    hyperparameters: Mapping[str, str]
    proof: Mapping[str, Any]
    evaluation: Evaluation
    data: tuple[Data, ...]
    validations: tuple[Validated, ...]
    commit: str

    @property
    def limits(self) -> list[str]:
        """What the facts themselves warn of."""
        return [*self.evaluation.notes, *_refused(self.proof), *weak(self.evaluation)]


def gather(
    model: Model,
    evaluation: Artifact,
    train: Dataset | None = None,
    test: Dataset | None = None,
    validations: Artifact | None = None,
) -> Facts:
    """Read what the steps of a run left.

    Args:
        model: The trained model.
        evaluation: The folder with ``evaluation.json``.
        train: The table it was trained on.
        test: The table it was tested on.
        validations: The folder of a validation's report.

    Raises:
        ValueError: The evaluation is missing, or of another target than the model's.
        ModelError: The folder has no model.
    """
    folder = Path(model.directory)
    schema = Schema.read(folder)
    found = Evaluation.read(Path(evaluation.directory))
    if schema.target and found.target != schema.target:
        raise ValueError(
            f"the evaluation is of {found.target!r} and the model predicts {schema.target!r}: hand "
            "over the evaluation of this model"
        )
    estimator, parameters = _estimator(folder)
    proof = folder / export.PARITY_FILE
    return Facts(
        schema,
        tracking.LoggedModel.of(model.metadata),
        model.uri,
        estimator,
        parameters,
        json.loads(proof.read_text("utf-8")) if proof.is_file() else {},
        found,
        tuple(_data(name, place) for name, place in (("training", train), ("test", test)) if place),
        tuple(_validations(Path(validations.directory))) if validations else (),
        provenance.git_commit(Path(__file__).parent),
    )


def weak(evaluation: Evaluation) -> Iterator[str]:
    """Name the segments whose headline metric is surely worse than that of all rows."""
    first = evaluation.metrics[0]
    for segment in evaluation.segments:
        for metric in segment.metrics:
            if metric.name == first.name and _surely_worse(metric, first):
                yield (
                    f"{metric.name} is {metric.value:.3g} where {segment.column} is "
                    f"{segment.value} ({segment.rows:,} rows), and {first.value:.3g} overall."
                )


def _surely_worse(part: Metric, whole: Metric) -> bool:
    """Whether the part's interval lies on the worse side of the whole's value."""
    if part.low is None or part.high is None or whole.better == "neither":
        return False
    return part.high < whole.value if whole.better == "higher" else part.low > whole.value


def _refused(proof: Mapping[str, Any]) -> Iterator[str]:
    for kind, features in proof.get("refused", {}).items():
        if kind in _REFUSED:
            yield _REFUSED[kind].format(" or ".join(features))


def _estimator(folder: Path) -> tuple[str, dict[str, str]]:
    """Look into the native model, where there is one."""
    if not (folder / sklearn.MODEL_FILE).is_file():
        return "", {}
    try:
        estimator = sklearn.load(folder).estimator
    except ModelError:
        return "", {}
    last = estimator[-1] if hasattr(estimator, "steps") else estimator
    plain = {
        name: str(value)
        for name, value in last.get_params(deep=False).items()
        if isinstance(value, str | int | float | bool)
    }
    return type(last).__name__, plain


def _data(name: str, place: Dataset) -> Data:
    table = tables.read(place.path)
    return Data(name, place.uri, *table.shape, provenance.data_hash(Path(place.path)))


def _validations(folder: Path) -> Iterator[Validated]:
    """Read Great Expectations' results; other files beside them are no concern of the card's."""
    for file in sorted(folder.glob("*.json")):
        content = json.loads(file.read_text("utf-8"))
        counted = content.get("statistics") if isinstance(content, dict) else None
        if isinstance(counted, dict) and "evaluated_expectations" in counted:
            yield Validated(
                file.stem,
                int(counted["evaluated_expectations"]),
                int(counted["unsuccessful_expectations"]),
                str(content.get("meta", {}).get(names.SUITE_HASH, "")),
            )
