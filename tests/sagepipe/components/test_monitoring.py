"""Scoring a table, and watching the data and the model afterwards."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sagepipe import export
from sagepipe.components import tables
from sagepipe.components.batch_score import batch_score
from sagepipe.components.monitor_data import monitor_data
from sagepipe.components.monitor_quality import monitor_quality
from sagepipe.dsl import HTML, Dataset, Metrics, Model
from sagepipe.serving import Schema
from sagepipe.serving.expectations import Expectation


def customers(rows: int, seed: int) -> pd.DataFrame:
    chance = np.random.default_rng(seed)
    age = chance.normal(40, 10, rows)
    city = chance.choice(["Rome", "Oslo"], rows)
    stays = np.where(age + chance.normal(0, 8, rows) > 40, "yes", "no")
    return pd.DataFrame({"id": range(rows), "age": age, "city": city, "stays": stays})


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A model that predicts ``stays`` and one that predicts ``age``."""
    from sklearn.compose import make_column_transformer
    from sklearn.linear_model import LinearRegression, LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder

    table = customers(400, seed=1)
    made = {}
    for target, estimator, features in (
        ("stays", LogisticRegression(), ["age", "city"]),
        ("age", LinearRegression(), ["income"]),
    ):
        table["income"] = table["age"] * 100.0
        columns = make_column_transformer(
            (OneHotEncoder(handle_unknown="ignore", sparse_output=False), ["city"]),
            remainder="passthrough",
        )
        steps = [columns] if "city" in features else []
        fitted = make_pipeline(*steps, estimator).fit(table[features], table[target])
        made[target] = tmp_path_factory.mktemp(target)
        export.save(fitted, made[target], table[features], target=target)
    return made


def folder(place: Path, **files: pd.DataFrame) -> Dataset:
    place.mkdir()
    for name, table in files.items():
        tables.write(table, place / name.replace("_", "."))
    return Dataset(directory=place, name=place.name)


def score(data: Dataset, model: Path, into: Path, **options: Any) -> int:
    into.mkdir()
    scored = Dataset(directory=into, name="scored")
    given = {"keep": None, "probabilities": True, **options}
    found = batch_score.python_func(data=data, model=Model(directory=model), scored=scored, **given)
    return int(found.rows)


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_each_file_is_scored_in_its_own_order(
    suffix: str, models: dict[str, Path], tmp_path: Path
) -> None:
    parts = {f"{name}_{suffix}": customers(30, seed) for seed, name in enumerate("ba")}
    data = folder(tmp_path / "data", **parts)
    assert score(data, models["stays"], tmp_path / "scored") == 60
    for name, part in parts.items():
        found = tables.read(tmp_path / "scored" / name.replace("_", "."))
        pd.testing.assert_frame_equal(found[list(part)], part)
        served = export.predict_as_served(models["stays"], part[["age", "city"]])
        assert found["prediction"].tolist() == served.values.tolist()
        np.testing.assert_allclose(found["probability_yes"], served.probability_of("yes"))
        np.testing.assert_allclose(found["probability_no"], 1 - found["probability_yes"])


def test_only_what_is_asked_for_is_kept(models: dict[str, Path], tmp_path: Path) -> None:
    data = folder(tmp_path / "data", a_csv=customers(5, 1))
    score(data, models["stays"], tmp_path / "scored", keep=["id"], probabilities=False)
    assert list(tables.read(tmp_path / "scored")) == ["id", "prediction"]


def test_a_table_without_the_models_columns_is_refused(
    models: dict[str, Path], tmp_path: Path
) -> None:
    data = folder(tmp_path / "data", a_csv=customers(5, 1).drop(columns="age"))
    with pytest.raises(ValueError, match=r"a\.csv lacks age; the model takes age, city"):
        score(data, models["stays"], tmp_path / "scored")


def test_a_column_of_the_predictions_is_not_overwritten(
    models: dict[str, Path], tmp_path: Path
) -> None:
    data = folder(tmp_path / "data", a_csv=customers(5, 1).assign(prediction="mine"))
    with pytest.raises(ValueError, match=r"has a column prediction already: leave it out of keep"):
        score(data, models["stays"], tmp_path / "scored")


def test_a_column_of_text_stays_text_though_a_file_holds_digits_alone(tmp_path: Path) -> None:
    from sklearn.linear_model import LinearRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder

    houses = pd.DataFrame({"zone": ["01", "02", "A"] * 20, "price": [1.0, 2.0, 3.0] * 20})
    fitted = make_pipeline(OneHotEncoder(sparse_output=False), LinearRegression())
    fitted.fit(houses[["zone"]], houses["price"])
    export.save(fitted, tmp_path / "model", houses[["zone"]], target="price")
    data = folder(tmp_path / "data", a_csv=houses[["zone"]][:2])
    score(data, tmp_path / "model", tmp_path / "scored")
    assert tables.read(tmp_path / "scored", ["zone"])["zone"].tolist() == ["01", "02"]
    assert tables.read(tmp_path / "scored")["prediction"].tolist() == pytest.approx([1, 2])


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_values_that_a_server_refuses_are_scored_and_named(
    suffix: str, models: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = shutil.copytree(models["stays"], tmp_path / "model")
    expected = (
        Expectation("age", low=0.0, high=120.0),
        Expectation("city", missing=False),
        Expectation("city", among=("Rome", "Oslo"), critical=False),
    )
    replace(Schema.read(model), expectations=expected).write(model)
    table = customers(20, 1)
    table.loc[3, "age"] = 200.0
    table.loc[5, "city"], table.loc[6, "city"] = None, "Paris"
    data = folder(tmp_path / "data", **{f"a_{suffix}": table})
    assert score(data, model, tmp_path / "scored") == 20
    said = capsys.readouterr().out
    assert "scored all the same: age 1, city 2" in said
    assert "a server refuses row 4, column 'age': 200.0 is not at least 0.0 and at most 120" in said


def test_an_empty_table_gets_an_empty_answer(models: dict[str, Path], tmp_path: Path) -> None:
    data = folder(tmp_path / "data", a_csv=customers(5, 1)[:0])
    assert score(data, models["stays"], tmp_path / "scored", keep=["id"]) == 0
    assert "prediction" in tables.read(tmp_path / "scored")


def outputs(place: Path) -> dict[str, Any]:
    place.mkdir()
    return {
        "metrics": Metrics(path=place / "metrics"),
        "report": HTML(path=place / "report.html"),
    }


def test_drift_is_found_measured_and_shown(tmp_path: Path) -> None:
    recent = customers(400, 2)
    recent["age"] += 10
    made = outputs(tmp_path / "out")
    found = monitor_data.python_func(
        reference=folder(tmp_path / "old", a_csv=customers(400, 1)),
        recent=folder(tmp_path / "new", a_csv=recent),
        columns=["age", "city"],
        **made,
    )
    assert found == (True, ["age"], "1 of 2 columns have drifted: age.")
    values = made["metrics"].metadata
    assert values["drifted_columns"] == 1
    assert values["max_psi"] == values["psi"]["age"] > 0.5 > values["psi"]["city"]
    page = Path(made["report"].path).read_text()
    assert "1 of 2 columns have drifted: age. 400 rows of reference, 400 recent ones." in page
    assert "age: population stability index" in page


def quality(
    tmp_path: Path, scored: pd.DataFrame, labels: pd.DataFrame | None, **options: Any
) -> Any:
    given = {"tolerance": 0.0, "least_rows": 1, "positive": None, "key": ["id"], **options}
    return monitor_quality.python_func(
        scored=folder(tmp_path / "scored_rows", a_csv=scored),
        labels=None if labels is None else folder(tmp_path / "labels", a_csv=labels),
        **outputs(tmp_path / "out"),
        **given,
    )


def scored_customers(model: Path, target: str, tmp_path: Path) -> pd.DataFrame:
    table = customers(300, 3).assign(income=lambda frame: frame["age"] * 100)
    data = folder(tmp_path / "data", a_csv=table)
    score(data, model, tmp_path / "scored", keep=["id"])
    return tables.read(tmp_path / "scored").assign(truth=table[target])


@pytest.mark.parametrize(("baseline", "degraded"), [(0.8, False), (0.9999, True)])
def test_a_classifier_is_held_against_its_baseline(
    baseline: float, degraded: bool, models: dict[str, Path], tmp_path: Path
) -> None:
    scored = scored_customers(models["stays"], "stays", tmp_path)
    labels = scored[["id"]].assign(stays=scored["truth"])[::-1]  # in another order
    found = quality(
        tmp_path, scored, labels, target="stays", metric="auc", baseline=baseline, positive="yes"
    )
    assert found.degraded is degraded
    assert found.labelled == 300
    assert 0.8 < found.value < 0.99
    verdict = "has become worse" if degraded else "is as good as it was"
    assert verdict in (tmp_path / "out" / "report.html").read_text()


@pytest.mark.parametrize(("shift", "degraded"), [(0.0, False), (5.0, True)])
def test_a_regressor_is_held_against_its_baseline(
    shift: float, degraded: bool, models: dict[str, Path], tmp_path: Path
) -> None:
    scored = scored_customers(models["age"], "age", tmp_path)
    labels = scored[["id"]].assign(age=scored["truth"] + shift)
    found = quality(
        tmp_path, scored, labels, target="age", metric="mae", baseline=0.1, tolerance=0.5
    )
    assert found.degraded is degraded
    assert found.value == pytest.approx(shift, abs=0.1)


def test_rows_whose_label_is_not_known_yet_are_left_out(
    models: dict[str, Path], tmp_path: Path
) -> None:
    scored = scored_customers(models["stays"], "stays", tmp_path)
    labels = scored[["id"]].assign(stays=scored["truth"].where(scored["id"] < 200))[:250]
    found = quality(tmp_path, scored, labels, target="stays", metric="auc", baseline=0.5)
    assert found.labelled == 200


@pytest.mark.parametrize(("known", "measured"), [(200, True), (99, False), (0, False)])
def test_labels_may_stand_in_the_scored_table_and_few_give_no_verdict(
    known: int, measured: bool, models: dict[str, Path], tmp_path: Path
) -> None:
    scored = scored_customers(models["stays"], "stays", tmp_path)
    scored["stays"] = scored.pop("truth").where(scored["id"] < known)
    given = {"target": "stays", "metric": "auc", "baseline": 0.9999, "least_rows": 100}
    found = quality(tmp_path, scored, None, key=None, **given)
    assert (found.labelled, found.degraded) == (known, measured)
    assert (found.value != 0.9999) == measured
    page = (tmp_path / "out" / "report.html").read_text()
    assert ("No verdict yet" in page) != measured


def test_whole_numbers_as_labels_are_known_though_some_are_missing(tmp_path: Path) -> None:
    sure = np.tile([0.1, 0.9], 50)
    scored = pd.DataFrame(
        {
            "late": np.where(np.arange(100) < 80, sure > 0.5, np.nan),
            "prediction": (sure > 0.5).astype(int),
            "probability_0": 1 - sure,
            "probability_1": sure,
        }
    )
    found = quality(tmp_path, scored, None, key=None, target="late", metric="auc", baseline=0.9)
    assert (found.labelled, found.value, found.degraded) == (80, 1.0, False)


def test_labels_without_a_key_are_refused(models: dict[str, Path], tmp_path: Path) -> None:
    scored = scored_customers(models["stays"], "stays", tmp_path)
    with pytest.raises(ValueError, match="a table of labels and a key go together"):
        quality(tmp_path, scored, scored, key=None, target="stays", metric="auc", baseline=0.5)


@pytest.mark.parametrize(
    ("labels", "metric", "message"),
    [
        ({"id": [1, 1], "stays": ["yes", "no"]}, "auc", r"two rows for \{'id': 1\}"),
        ({"id": [-1], "stays": ["yes"]}, "auc", "none of 300 scored rows has a label"),
        ({"id": [1]}, "auc", "the labels table lacks stays"),
        ({"id": [1, 2, 3, 4], "stays": ["yes", "no"] * 2}, "fame", "fame"),
    ],
)
def test_labels_that_do_not_fit_are_refused(
    labels: dict[str, Any], metric: str, message: str, models: dict[str, Path], tmp_path: Path
) -> None:
    scored = scored_customers(models["stays"], "stays", tmp_path)
    with pytest.raises(ValueError, match=message):
        quality(tmp_path, scored, pd.DataFrame(labels), target="stays", metric=metric, baseline=0.5)
