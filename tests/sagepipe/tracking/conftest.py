"""SQLite stores for MLflow; a new one takes seconds to make, so it is made once and copied."""

import itertools
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # pytest leaves test folders off the path

import servers

from sagepipe.tracking import StepIdentity, store


@pytest.fixture(scope="session")
def new_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty store."""
    file = tmp_path_factory.mktemp("store") / "mlflow.db"
    store.client(f"sqlite:///{file}").search_experiments()
    return file


@pytest.fixture
def uri(new_store: Path, tmp_path: Path) -> str:
    """A store of the test's own."""
    shutil.copy(new_store, tmp_path / "mlflow.db")
    return f"sqlite:///{tmp_path}/mlflow.db"


@pytest.fixture
def identity(uri: str) -> StepIdentity:
    """A step in it."""
    return StepIdentity(uri, "flights", "abcdef012345", "train", "job-1", "image:1")


@pytest.fixture(scope="session")
def http_server(new_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """MLflow's own server over SQLite."""
    folder = tmp_path_factory.mktemp("server")
    shutil.copy(new_store, folder / "mlflow.db")
    with servers.mlflow_server(folder, f"sqlite:///{folder}/mlflow.db") as address:
        yield address


_numbers = itertools.count()


@pytest.fixture
def new_execution() -> str:
    """The id of an execution that no other test has."""
    return f"exec{next(_numbers):08d}"


@pytest.fixture(scope="session")
def fitted() -> tuple[Any, Any]:
    """A model and its input."""
    import pandas
    from sklearn.linear_model import LogisticRegression

    frame = pandas.DataFrame({"a": [0.0, 1.0, 2.0, 3.0]})
    return LogisticRegression().fit(frame, [0, 0, 1, 1]), frame
