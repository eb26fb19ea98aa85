"""A pipeline of the evaluating components, compiled and run."""

import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from mlflow import MlflowClient

from sagepipe import dsl, local
from sagepipe.compiler import compile_pipeline
from sagepipe.components import tables

pytestmark = pytest.mark.once

LIBRARY = Path(dsl.__file__).parents[2]
TRAIN = "import sys\nfrom sagepipe import runtime\nsys.exit(runtime.main_training())\n"


class Project:
    """A folder in which the pipeline runs."""

    def __init__(
        self, folder: Path, pipeline: dsl.Pipeline, suffix: str, evaluating: ModuleType
    ) -> None:
        (folder / "train.py").write_text(TRAIN)
        for name, seed in (("train", 1), ("test", 2)):
            tables.write(evaluating.make_table(300, seed), folder / f"{name}{suffix}")
        self.definition = compile_pipeline(pipeline)
        self.given = {f"{name}_uri": f"{name}{suffix}" for name in ("train", "test")}
        self.settings = local.LocalSettings(
            project=folder,
            train=Path("train.py"),
            python=Path(sys.executable),
            environment={"PYTHONPATH": os.pathsep.join([str(LIBRARY), str(Path(__file__).parent)])},
        )

    @property
    def archive(self) -> Path:
        return self.settings.s3 / "b/models/trees/output/model.tar.gz"

    def run(self, **given: str) -> Any:
        parameters = {
            **self.given,
            "bucket": "b",
            "role_arn": "arn:aws:iam::000000000000:role/local",
            "image_uri": "image",
            "mlflow_tracking_uri": "off",
            **given,
        }
        return local.run(self.definition, parameters, self.settings)


@pytest.mark.parametrize("suffix", tables.FORMATS)
def test_the_first_model_is_published_and_a_worse_one_is_not(
    suffix: str, evaluating: ModuleType, tmp_path: Path
) -> None:
    project = Project(tmp_path, evaluating.trees, suffix, evaluating)

    first = project.run()
    assert first.status == "Succeeded", [step.failure_reason for step in first.steps]
    published = project.archive.read_bytes()
    (card,) = project.settings.s3.rglob("model_card.json")
    assert "s3://" in card.read_text() and '"By colour"' in card.read_text()

    second = project.run(features='["colour"]')
    assert second.status == "Failed"
    said = next(step.failure_reason for step in second.steps if step.name == "fail")
    assert said.endswith("The candidate loses.")
    assert project.archive.read_bytes() == published


@pytest.mark.parametrize("suffix", tables.FORMATS)
def test_a_number_is_measured_and_mlflow_has_the_evidence(
    suffix: str, evaluating: ModuleType, tmp_path: Path
) -> None:
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    project = Project(tmp_path, evaluating.ages, suffix, evaluating)
    done = project.run(mlflow_tracking_uri=uri)

    assert done.status == "Succeeded", [step.failure_reason for step in done.steps]
    assert "fail" not in {step.name for step in done.steps}
    evaluated = Recorded(uri, "evaluate-regressor")
    assert evaluated.metrics["mae_low"] < evaluated.metrics["mae"] < evaluated.metrics["mae_high"]
    figures = {"residuals.png", "predicted_vs_actual.png", "calibration.png", "importance.png"}
    assert evaluated.artifacts >= figures | {"evaluation.json", "report/report.html"}
    assert Recorded(uri, "model-card").artifacts >= {"model_card.json", "card/card.html"}


class Recorded:
    """What MLflow has of a step."""

    def __init__(self, uri: str, step: str) -> None:
        client = MlflowClient(uri)
        experiments = [item.experiment_id for item in client.search_experiments()]
        (run,) = client.search_runs(experiments, f"attributes.run_name = '{step}'")
        self.metrics = run.data.metrics
        self.artifacts = {
            inner.path
            for item in client.list_artifacts(run.info.run_id)
            for inner in (client.list_artifacts(run.info.run_id, item.path) or [item])
        }
