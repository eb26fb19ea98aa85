"""SQLite stores for MLflow; a new one takes seconds to make, so it is made once and copied."""

import shutil
from pathlib import Path

import pytest

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
