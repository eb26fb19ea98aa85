"""The notebook: runs from a clean kernel, and is kept without outputs."""

import re
import shutil
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from {{ cookiecutter.package }} import schema

NOTEBOOK = Path("notebooks") / "pipeline.ipynb"
NOT_COPIED = shutil.ignore_patterns(".*", "mlflow.db*", "mlartifacts", "build", "__pycache__")


@pytest.fixture
def elsewhere(project: Path, tmp_path: Path) -> Path:
    """A copy of the project, so that the notebook's runs don't mix with one's own."""
    copy = shutil.copytree(project, tmp_path / "project", ignore=NOT_COPIED)
    settings = copy / "sagepipe.toml"
    untracked = re.sub(r'(mlflow_tracking_uri = )".*?"', r'\1"off"', settings.read_text())
    settings.write_text(untracked)
    return copy


def test_runs_from_a_clean_kernel(elsewhere, sample):
    notebook = nbformat.read(elsewhere / NOTEBOOK, as_version=4)
    folder = {"metadata": {"path": str(elsewhere / "notebooks")}}
    NotebookClient(notebook, timeout=300, kernel_name="python3", resources=folder).execute()
    printed = "".join(
        output.get("text", "") for cell in notebook.cells for output in cell.get("outputs", [])
    )
    for place in (
        f"/opt/ml/processing/input/raw/{sample.name}",
        f"/opt/ml/processing/output/train/{schema.TRAIN_FILE}",
        f"/opt/ml/input/data/train/{schema.TRAIN_FILE}",
        "/opt/ml/processing/output/metrics/metrics.json",
    ):
        assert place in printed


def test_is_kept_without_outputs(project):
    cells = nbformat.read(project / NOTEBOOK, as_version=4).cells
    assert [cell.id for cell in cells if cell.get("outputs") or cell.get("execution_count")] == []
