"""Training, called as a plain function."""

import json
from pathlib import Path

import pytest
from sagepipe import export
from sagepipe.dsl import Dataset, Model
from sagepipe.serving.engines import sklearn as engine

from {{ cookiecutter.package }} import data, schema
from {{ cookiecutter.package }}.components import train as module
from {{ cookiecutter.package }}.components.train import train


def test_the_saved_model_takes_the_schemas_features(model):
    assert engine.load(model.directory).schema.names == tuple(schema.FEATURES)


def test_the_server_is_told_what_the_suites_say_of_the_features(model):
    told = engine.load(model.directory).schema.expectations
    assert told and {expectation.column for expectation in told} <= set(schema.FEATURES)


def test_the_exported_model_is_proven_to_answer_as_the_trained_one(model, learned_from, held_out):
    proof = json.loads((Path(model.directory) / export.PARITY_FILE).read_text())
    assert proof["rows"] == len(learned_from) + len(held_out)
    assert proof["test_rows"] == len(held_out)
    assert proof["edge_rows"] >= 3 * len(schema.FEATURES)
    assert proof["label_differences"] == 0
    assert proof["worst_difference"] < 1e-9


def test_a_model_that_cannot_be_exported_is_trained_for_the_other_engine(preprocessed, tmp_path):
    train.python_func(
        train=preprocessed.train,
        test=preprocessed.test,
        model=Model(directory=tmp_path),
        max_iter=2,
        engine="sklearn",
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model.skops", "schema.json"]


def test_the_model_says_that_mlflow_does_not_know_it(model):
    assert model.metadata == {"mlflow.model_version": "none", "mlflow.run_id": "none"}


def test_the_same_seed_gives_the_same_model(learned_from):
    features, target = data.features(learned_from), learned_from[schema.TARGET]
    options = {"max_iter": 5, "random_state": 3}
    first, second = (module.build(**options).fit(features, target) for _ in range(2))
    assert (first.predict(features) == second.predict(features)).all()


@pytest.mark.skipif(not schema.CATEGORICAL, reason="the schema has no categories")
def test_a_category_that_training_never_saw_is_no_obstacle(model, rows):
    estimator = engine.load(model.directory).estimator
    unknown = data.features(rows.head(3).assign(**{schema.CATEGORICAL[-1]: "never seen"}))
    assert len(estimator.predict(unknown)) == 3


def test_a_row_without_any_number_is_no_obstacle(model, rows):
    estimator = engine.load(model.directory).estimator
    without = rows.head(3).assign(**dict.fromkeys(schema.NUMERIC))
    assert len(estimator.predict(data.features(without))) == 3


def test_a_channel_without_the_train_table_is_named(preprocessed, tmp_path):
    (tmp_path / "model").mkdir()
    with pytest.raises(ValueError, match=r"train_data\..* has no table"):
        train.python_func(
            train=Dataset(directory=tmp_path),
            test=preprocessed.test,
            model=Model(directory=tmp_path / "model"),
        )
    assert list(Path(tmp_path / "model").iterdir()) == []


def test_a_channel_without_the_test_table_is_named(preprocessed, tmp_path):
    (tmp_path / "model").mkdir()
    with pytest.raises(ValueError, match=r"test_data\..* has no table"):
        train.python_func(
            train=preprocessed.train,
            test=Dataset(directory=tmp_path),
            model=Model(directory=tmp_path / "model"),
        )
    assert list(Path(tmp_path / "model").iterdir()) == []
