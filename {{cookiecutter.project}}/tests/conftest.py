"""What the tests share: the sample, and each job's outputs, made once by its plain function."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import TypeVar

import pandas as pd
import pytest
from sagepipe.cli import settings
from sagepipe.dsl import HTML, Artifact, ClassificationMetrics, Dataset, Metrics, Model

from {{ cookiecutter.package }} import data, schema
from {{ cookiecutter.package }}.components.evaluate import evaluate
from {{ cookiecutter.package }}.components.preprocess import preprocess
from {{ cookiecutter.package }}.components.train import train

PROJECT = Path(__file__).resolve().parents[1]
PLACES = settings.load(PROJECT).environment("local").parameters
SAMPLE = PROJECT / PLACES["data_uri"]
RECENT = PROJECT / PLACES["recent_uri"]
ROWS = 600

A = TypeVar("A", bound=Artifact)


@pytest.fixture(scope="session")
def project() -> Path:
    """The project's folder."""
    return PROJECT


@pytest.fixture(scope="session")
def sample() -> Path:
    """The sample's file."""
    return SAMPLE


@pytest.fixture(scope="session")
def recent() -> Path:
    """The file of rows that stand for new ones."""
    return RECENT


@pytest.fixture(scope="session")
def table() -> pd.DataFrame:
    """The sample."""
    return data.read(SAMPLE)


@pytest.fixture
def rows(table: pd.DataFrame) -> pd.DataFrame:
    """Some rows of the sample, for a test to spoil."""
    some = table.sample(min(ROWS, len(table)), random_state=1)
    return some.sort_index().reset_index(drop=True)


@pytest.fixture(scope="session")
def new_output(tmp_path_factory: pytest.TempPathFactory) -> Callable[[type[A], str], A]:
    """Make an output as the runtime does: a folder that is there, a path in it that is not."""

    def make(kind: type[A], name: str) -> A:
        folder = tmp_path_factory.mktemp(name)
        return kind(name=name, directory=folder, path=folder / f"{name}{kind.suffix}")

    return make


@pytest.fixture(scope="session")
def preprocessed(new_output: Callable[..., Artifact]) -> SimpleNamespace:
    """The outputs of preprocessing the sample."""
    outputs = {
        "train": new_output(Dataset, "train"),
        "test": new_output(Dataset, "test"),
        "report": new_output(HTML, "report"),
    }
    preprocess.python_func(raw=Dataset(path=SAMPLE), **outputs)
    return SimpleNamespace(**outputs)


@pytest.fixture(scope="session")
def learned_from(preprocessed: SimpleNamespace) -> pd.DataFrame:
    """The rows to train on."""
    return data.read(Path(preprocessed.train.directory) / schema.TRAIN_FILE)


@pytest.fixture(scope="session")
def held_out(preprocessed: SimpleNamespace) -> pd.DataFrame:
    """The rows to test on."""
    return data.read(Path(preprocessed.test.directory) / schema.TEST_FILE)


@pytest.fixture(scope="session")
def model(preprocessed: SimpleNamespace, new_output: Callable[..., Artifact]) -> Model:
    """A model trained on the sample."""
    model = new_output(Model, "model")
    train.python_func(train=preprocessed.train, test=preprocessed.test, model=model)
    return model


@pytest.fixture(scope="session")
def evaluated(
    preprocessed: SimpleNamespace, model: Model, new_output: Callable[..., Artifact]
) -> SimpleNamespace:
    """The outputs of evaluating the model."""
    outputs = {
        "metrics": new_output(Metrics, "metrics"),
        "curves": new_output(ClassificationMetrics, "curves"),
        "report": new_output(HTML, "report"),
        "evaluation": new_output(Artifact, "evaluation"),
    }
    which = evaluate.python_func(
        test=Dataset(directory=preprocessed.test.directory), model=model, **outputs
    )
    return SimpleNamespace(**outputs, which=which)
