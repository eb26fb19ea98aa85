"""The candidate wins where it is really better than the champion, in either direction."""

import tarfile
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pytest
from mlflow import MlflowClient

from sagepipe import tracking
from sagepipe.components import tables
from sagepipe.components.compare_to_champion import Verdict, compare_to_champion
from sagepipe.components.current_model import current_model
from sagepipe.dsl import HTML, Artifact, Dataset, Model

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def table(evaluating: ModuleType) -> pd.DataFrame:
    found: pd.DataFrame = evaluating.make_table(500, seed=1)
    return found


@pytest.fixture(scope="module")
def models(evaluating: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """For each target a model that sees the size, and one that sees the colour only."""
    train, folder = evaluating.make_table(500, seed=2), tmp_path_factory.mktemp("models")
    return {
        f"{kind}-{target}": evaluating.fit(train, target, folder / f"{kind}-{target}", features)
        for target in ("old", "age", "stage")
        for kind, features in (("good", ["size", "colour"]), ("poor", ["colour"]))
    }


class Compared:
    """One comparison, and what it left."""

    def __init__(
        self,
        folder: Path,
        table: pd.DataFrame,
        candidate: Path,
        champion: Path | None,
        **given: Any,
    ) -> None:
        folder.mkdir(exist_ok=True)
        tables.write(table, folder / "test.csv")
        place = folder / "current"
        place.mkdir()
        current_model.python_func(place=Artifact(directory=place))
        if champion:
            with tarfile.open(place / "model.tar.gz", "w:gz") as archive:
                archive.add(champion, ".")
        report = HTML(path=folder / "report.html")
        self.verdict: Verdict = compare_to_champion.python_func(
            test=Dataset(path=folder / "test.csv"),
            candidate=Model(directory=candidate),
            champion=Artifact(directory=place),
            report=report,
            **{"rounds": 100, **given},
        )
        self.page = Path(report.path).read_text()


@pytest.mark.parametrize(
    ("target", "metric", "least"),
    [
        ("old", None, 0.1),
        ("old", "log_loss", 0.1),
        ("age", None, 1.0),
        ("age", "r2", 0.3),
        ("stage", None, 0.1),
    ],
)
def test_the_better_model_wins_and_the_worse_one_loses(
    target: str,
    metric: str | None,
    least: float,
    models: dict[str, Path],
    table: pd.DataFrame,
    tmp_path: Path,
) -> None:
    """Whether higher or lower is better; the two take other columns."""
    good, poor = models[f"good-{target}"], models[f"poor-{target}"]
    up = Compared(tmp_path / "up", table, good, poor, metric=metric).verdict
    down = Compared(tmp_path / "down", table, poor, good, metric=metric).verdict

    assert up.better is True and down.better is False
    assert up.has_champion and down.has_champion
    assert least < up.gain_low < up.gain < up.gain_high
    assert (down.gain, down.gain_low) == (-up.gain, pytest.approx(-up.gain_high))
    assert "The candidate wins" in up.why and "The candidate loses" in down.why


def test_the_same_model_is_not_better_but_may_be_allowed(
    models: dict[str, Path], table: pd.DataFrame, tmp_path: Path
) -> None:
    good = models["good-old"]
    strict = Compared(tmp_path / "strict", table, good, good).verdict
    lenient = Compared(tmp_path / "lenient", table, good, good, margin=-0.01)

    assert strict[:4] == (False, 0.0, 0.0, 0.0)
    assert lenient.verdict.better is True
    assert "above -0.01" in lenient.page


def test_a_gain_below_the_margin_does_not_win(
    models: dict[str, Path], table: pd.DataFrame, tmp_path: Path
) -> None:
    found = Compared(tmp_path, table, models["good-old"], models["poor-old"], margin=0.9).verdict
    assert found.gain > 0.1 and not found.better


def test_a_gain_that_may_be_luck_does_not_win(
    models: dict[str, Path], table: pd.DataFrame, tmp_path: Path
) -> None:
    """On few rows the same gain shows nothing."""
    few = table.sample(14, random_state=5)
    found = Compared(tmp_path, few, models["good-age"], models["poor-age"], confidence=0.9999)
    assert found.verdict.gain > 0
    assert found.verdict.better == (found.verdict.gain_low > 0)


def test_two_models_are_compared_on_the_same_resamples(
    models: dict[str, Path], table: pd.DataFrame, tmp_path: Path
) -> None:
    one, again, other = (
        Compared(tmp_path / name, table, models["good-old"], models["poor-old"], seed=seed).verdict
        for name, seed in (("a", 1), ("b", 1), ("c", 2))
    )
    assert one == again != other


def test_with_no_champion_yet_the_candidate_wins_and_says_so(
    models: dict[str, Path], table: pd.DataFrame, tmp_path: Path
) -> None:
    found = Compared(tmp_path, table, models["poor-old"], None)

    assert found.verdict == Verdict(
        True, 0.0, 0.0, 0.0, False, "There is no champion yet: the candidate wins."
    )
    assert "There is no champion yet" in found.page and "nothing to compare" in found.page


def test_without_a_champion_input_the_candidate_wins(
    models: dict[str, Path], table: pd.DataFrame, tmp_path: Path
) -> None:
    tables.write(table, tmp_path / "test.parquet")
    verdict = compare_to_champion.python_func(
        test=Dataset(path=tmp_path / "test.parquet"),
        candidate=Model(directory=models["good-age"]),
        report=HTML(path=tmp_path / "report.html"),
    )
    assert verdict.better and not verdict.has_champion


def test_mlflow_has_the_verdict_and_both_models_metrics(
    models: dict[str, Path], table: pd.DataFrame, tmp_path: Path
) -> None:
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    with tracking.step_run(tracking.StepIdentity(uri, "trees", "one", "compare")) as run:
        assert run
        made = Compared(tmp_path / "run", table, models["good-old"], models["poor-old"]).verdict
    client = MlflowClient(uri)
    recorded = client.get_run(run.run_id).data

    assert recorded.tags["sagepipe.verdict"] == made.why
    assert recorded.metrics["gain"] == made.gain
    assert recorded.metrics["candidate_auc"] > recorded.metrics["champion_auc"]
    assert "comparison.png" in {item.path for item in client.list_artifacts(run.run_id)}


class TestRefusals:
    """No gate is passed by mistake."""

    def refused(self, folder: Path, table: pd.DataFrame, *models: Path, **given: Any) -> str:
        with pytest.raises(ValueError) as error:
            Compared(folder, table, *models, **given)  # type: ignore[arg-type]
        return str(error.value)

    def test_a_champion_of_another_target(
        self, models: dict[str, Path], table: pd.DataFrame, tmp_path: Path
    ) -> None:
        said = self.refused(tmp_path, table, models["good-old"], models["good-stage"])
        assert said.startswith("the champion can't be measured on these rows: ")

    def test_a_champion_whose_columns_are_gone(
        self, models: dict[str, Path], table: pd.DataFrame, tmp_path: Path
    ) -> None:
        rows = table.drop(columns="size")
        said = self.refused(tmp_path, rows, models["poor-old"], models["good-old"])
        assert said.startswith("the champion can't be measured on these rows: the model in ")
        assert "takes size, which the table does not have" in said

    @pytest.mark.parametrize("champion", ["good-old", None])
    def test_an_unknown_metric(
        self, champion: str, models: dict[str, Path], table: pd.DataFrame, tmp_path: Path
    ) -> None:
        """Also where there is nothing to compare with yet."""
        old = models[champion] if champion else None
        said = self.refused(tmp_path, table, models["good-old"], old, metric="mae")  # type: ignore[arg-type]
        assert "no metric 'mae' to compare by; there are auc, average_precision" in said

    def test_no_rounds(self, models: dict[str, Path], table: pd.DataFrame, tmp_path: Path) -> None:
        said = self.refused(tmp_path, table, models["good-old"], models["poor-old"], rounds=0)
        assert "rounds 0 gives no interval" in said

    def test_a_folder_that_is_not_the_published_models(
        self, models: dict[str, Path], table: pd.DataFrame, tmp_path: Path
    ) -> None:
        """A wrong place must not pass for having no champion."""
        place = tmp_path / "elsewhere"
        place.mkdir()
        (place / "other.txt").touch()
        tables.write(table, tmp_path / "test.csv")
        with pytest.raises(ValueError, match=r"no model\.tar\.gz, and .* \(it has other\.txt\)"):
            compare_to_champion.python_func(
                test=Dataset(path=tmp_path / "test.csv"),
                candidate=Model(directory=models["good-old"]),
                champion=Artifact(directory=place),
                report=HTML(path=tmp_path / "report.html"),
            )
