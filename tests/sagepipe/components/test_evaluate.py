"""The evaluating components, called as plain functions on models that training left."""

import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pytest

from sagepipe.components import tables
from sagepipe.components.evaluate_classifier import evaluate_classifier
from sagepipe.components.evaluate_regressor import evaluate_regressor
from sagepipe.components.evaluation.results import Evaluation
from sagepipe.dsl import HTML, Artifact, ClassificationMetrics, Dataset, Metrics, Model
from sagepipe.serving import ModelError


@pytest.fixture(scope="module")
def table(evaluating: ModuleType) -> pd.DataFrame:
    found: pd.DataFrame = evaluating.make_table(600, seed=1)
    return found


@pytest.fixture(scope="module", params=["age", "old", "stage"])
def target(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def model(evaluating: ModuleType, target: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    train = evaluating.make_table(600, seed=2)
    found: Path = evaluating.fit(
        train, target, tmp_path_factory.mktemp(target), evaluating.FEATURES
    )
    return found


class Evaluated:
    """One evaluation, and what it left."""

    def __init__(self, folder: Path, model: Path, table: pd.DataFrame, name: str, **given: Any):
        tables.write(table, folder / name)
        self.report = HTML(path=folder / "report.html")
        self.metrics = Metrics(directory=folder / "metrics")
        self.curves = ClassificationMetrics(directory=folder / "curves")
        outputs: dict[str, Any] = {"metrics": self.metrics, "report": self.report}
        component = evaluate_regressor
        if given.pop("classes"):
            component, outputs["curves"] = evaluate_classifier, self.curves
        self.logged = component.python_func(
            test=Dataset(path=folder / name),
            model=Model(directory=model, metadata={"mlflow.run_id": "abc"}),
            evaluation=Artifact(directory=folder),
            rounds=20,
            **outputs,
            **given,
        )
        self.found = Evaluation.read(folder)
        self.page = Path(self.report.path).read_text()


@pytest.mark.parametrize("suffix", tables.FORMATS)
def test_each_kind_of_model_is_measured_as_it_is_served(
    suffix: str, table: pd.DataFrame, model: Path, target: str, tmp_path: Path
) -> None:
    done = Evaluated(
        tmp_path,
        model,
        table,
        f"test{suffix}",
        classes=target != "age",
        segments=["colour"],
        groups=["day"],
        importance_rows=200,
    )

    headline = {"age": "mae", "old": "auc", "stage": "accuracy"}[target]
    low, value, high = (done.metrics.metadata[f"{headline}{end}"] for end in ("_low", "", "_high"))
    assert low < value < high
    assert value < 1.2 if target == "age" else value > 0.8
    assert {item.value for item in done.found.segments} == {"red", "green"}
    assert [item.feature for item in done.found.importance] == ["size", "colour"]
    assert done.found.importance[0].worse > 0.1
    assert done.found.target == target and f"Evaluation of {target}" in done.page
    assert done.logged.run_id == "abc"
    if target != "age":
        assert "confusion_matrix" in done.curves.metadata
        assert ("roc_curve" in done.curves.metadata) == (target == "old")
    json.dumps(done.metrics.metadata, allow_nan=False)


@pytest.mark.parametrize("target", ["old"], indirect=True)
class TestRefusals:
    """What can't be measured is named."""

    def refused(self, tmp_path: Path, model: Path, table: pd.DataFrame, **given: Any) -> str:
        with pytest.raises((ValueError, ModelError)) as error:
            Evaluated(tmp_path, model, table, "test.csv", **{"classes": True, **given})
        return str(error.value)

    def test_a_missing_feature(self, tmp_path: Path, model: Path, table: pd.DataFrame) -> None:
        said = self.refused(tmp_path, model, table.drop(columns="colour"))
        assert "takes colour, which the table does not have (it has size, day, age" in said

    def test_a_missing_target(self, tmp_path: Path, model: Path, table: pd.DataFrame) -> None:
        said = self.refused(tmp_path, model, table, target="oldness")
        assert "no target 'oldness'; it has size, colour" in said

    def test_text_in_a_number(self, tmp_path: Path, model: Path, table: pd.DataFrame) -> None:
        said = self.refused(tmp_path, model, table.assign(size="large"))
        assert "column 'size': the model takes numbers" in said

    def test_no_rows(self, tmp_path: Path, model: Path, table: pd.DataFrame) -> None:
        assert "has no rows" in self.refused(tmp_path, model, table[:0])

    def test_another_kind_of_model(self, tmp_path: Path, model: Path, table: pd.DataFrame) -> None:
        said = self.refused(tmp_path, model, table, classes=False, target="age")
        assert "predicts classes, not a number" in said


def test_digits_in_a_column_of_text_stay_text(evaluating: ModuleType, tmp_path: Path) -> None:
    """A CSV file of codes would be read as numbers, and no code be known to the model."""
    codes = {"red": "01", "green": "02x"}
    train = evaluating.make_table(300, seed=2)
    train["colour"] = train["colour"].map(codes)
    model = evaluating.fit(train, "old", tmp_path / "model", evaluating.FEATURES)
    test = train[train["colour"] == "01"]
    done = Evaluated(tmp_path, model, test, "test.csv", classes=True, importance_rows=0)

    assert done.found.rows == len(test)
    assert done.found.importance == () and "Importance" not in done.page
