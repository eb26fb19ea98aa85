import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder
from sklearn.svm import LinearSVC

from sagepipe.serving import BadRequest, ModelError, Schema, engines
from sagepipe.serving.engines import sklearn as engine

ESTIMATORS = [
    ExtraTreesClassifier(5, random_state=7),
    GradientBoostingClassifier(n_estimators=5),
    GradientBoostingRegressor(n_estimators=5),
    HistGradientBoostingClassifier(max_iter=5, early_stopping=True),
    HistGradientBoostingRegressor(max_iter=5),
    LinearSVC(),
    LogisticRegression(),
    RandomForestClassifier(5, n_jobs=-1, random_state=7),
    RandomForestRegressor(5, random_state=7),
    Ridge(),
]


def columns_of(frame: pd.DataFrame) -> dict[str, np.ndarray]:
    """The frame as a request's columns: None for missing text."""
    return {
        name: frame[name].to_numpy()
        if frame[name].dtype.kind in "ifb"
        else np.array([None if value != value else value for value in frame[name]], dtype=object)
        for name in frame.columns
    }


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda estimator: type(estimator).__name__)
def test_estimators_predict_the_same_after_a_round_trip(estimator, model, frame, tmp_path):
    target = (frame["hour"] > 12).astype(int)
    fitted = Pipeline([("prepare", model[0]), ("model", estimator)]).fit(frame, target)
    engine.save(fitted, tmp_path, Schema.from_frame(frame))
    predictions = engines.load(tmp_path).predict(columns_of(frame))
    np.testing.assert_array_equal(predictions.values, fitted.predict(frame))
    if hasattr(fitted, "predict_proba"):
        np.testing.assert_array_equal(predictions.probabilities, fitted.predict_proba(frame))
        np.testing.assert_array_equal(predictions.classes, fitted.classes_)
    else:
        assert (predictions.probabilities, predictions.classes) == (None, None)


def test_an_estimator_need_not_be_a_pipeline(frame, tmp_path):
    numbers = frame[["hour", "holiday"]]
    fitted = LogisticRegression().fit(numbers, frame["hour"] > 12)
    engine.save(fitted, tmp_path, Schema.from_frame(numbers))
    predictions = engine.load(tmp_path).predict(columns_of(numbers))
    np.testing.assert_array_equal(predictions.values, fitted.predict(numbers))


def test_unknown_categories_and_missing_values_are_for_the_model_to_handle(model, model_directory):
    rows = pd.DataFrame(
        {
            "distance": [np.nan, 1.0],
            "hour": [np.nan, 3.0],
            "carrier": ["never seen", None],
            "holiday": [True, False],
        }
    )
    predictions = engine.load(model_directory).predict(columns_of(rows))
    np.testing.assert_array_equal(predictions.probabilities, model.predict_proba(rows))


def test_a_column_of_nothing_but_missing_values_keeps_its_type(model, frame, model_directory):
    rows = frame.head(2).assign(distance=np.nan, carrier=pd.Series([None, None], dtype="str"))
    predictions = engine.load(model_directory).predict(columns_of(rows))
    np.testing.assert_array_equal(predictions.values, model.predict(rows))


def test_loaded_estimators_use_one_thread(frame, tmp_path):
    numbers = frame[["hour"]]
    fitted = make_pipeline(RandomForestClassifier(2, n_jobs=-1)).fit(numbers, frame["hour"] > 12)
    engine.save(fitted, tmp_path, Schema.from_frame(numbers))
    assert engine.load(tmp_path).estimator[-1].n_jobs == 1


class TestSave:
    def test_leaves_the_model_and_its_schema(self, model_directory):
        names = sorted(path.name for path in model_directory.iterdir())
        assert names == ["model.skops", "schema.json"]

    def test_refuses_a_type_that_cannot_be_trusted_and_writes_nothing(self, frame, tmp_path):
        double = FunctionTransformer(_double)
        fitted = make_pipeline(double, LogisticRegression()).fit(
            frame[["hour"]], frame["hour"] > 12
        )
        with pytest.raises(ModelError, match=r"Pipeline can't be kept: it holds .*_double"):
            engine.save(fitted, tmp_path, Schema.from_frame(frame[["hour"]]))
        assert list(tmp_path.iterdir()) == []

    def test_replaces_an_older_model(self, model, frame, schema, tmp_path):
        engine.save(LogisticRegression().fit(frame[["hour"]], frame["hour"] > 12), tmp_path, schema)
        engine.save(model, tmp_path, schema)
        assert isinstance(engine.load(tmp_path).estimator, Pipeline)


class TestLoad:
    def test_names_a_folder_that_is_not_there(self, tmp_path):
        with pytest.raises(
            ModelError, match=r"nowhere: no such folder; the unpacked model\.tar\.gz"
        ):
            engines.load(tmp_path / "nowhere")

    def test_names_what_it_looked_for(self, tmp_path):
        with pytest.raises(
            ModelError, match=r"no model in it \(looked for model.onnx, model.skops\)"
        ):
            engines.load(tmp_path)

    def test_needs_the_schema(self, model_directory, tmp_path):
        (tmp_path / "model.skops").write_bytes((model_directory / "model.skops").read_bytes())
        with pytest.raises(ModelError, match=r"schema.json: no such file"):
            engines.load(tmp_path)

    def test_needs_the_model(self, schema, tmp_path):
        schema.write(tmp_path)
        with pytest.raises(ModelError, match=r"model.skops: no such file"):
            engine.load(tmp_path)

    @pytest.mark.parametrize("kept", [0, 10, 20_000], ids=["empty", "start", "cut off"])
    def test_names_a_broken_file(self, kept, model_directory, schema, tmp_path):
        schema.write(tmp_path)
        content = (model_directory / "model.skops").read_bytes()
        assert len(content) > kept
        (tmp_path / "model.skops").write_bytes(content[:kept])
        with pytest.raises(ModelError, match=r"model.skops: not a readable"):
            engines.load(tmp_path)

    def test_runs_nothing_that_a_pickle_brings(self, schema, tmp_path):
        schema.write(tmp_path)
        (tmp_path / "model.skops").write_bytes(pickle.dumps(_double))
        with pytest.raises(ModelError, match="not a readable skops model"):
            engines.load(tmp_path)

    def test_refuses_a_type_that_is_not_trusted(self, schema, tmp_path):
        from skops import io

        schema.write(tmp_path)
        io.dump(FunctionTransformer(_double), tmp_path / "model.skops")
        with pytest.raises(ModelError, match=r"holds types that are not trusted: .*_double"):
            engines.load(tmp_path)

    def test_refuses_what_cannot_predict(self, schema, tmp_path):
        preparation = ColumnTransformer([("encode", OneHotEncoder(), ["carrier"])])
        engine.save(preparation, tmp_path, schema)
        with pytest.raises(ModelError, match="holds a ColumnTransformer, which can't predict"):
            engines.load(tmp_path)


def _double(values):
    return values * 2


@pytest.mark.parametrize(
    ("estimator", "value", "reason"),
    [
        (RandomForestRegressor(3, random_state=7), 1e300, "too large for dtype"),
        (LogisticRegression(), np.nan, "contains NaN"),
        (make_pipeline(OneHotEncoder(), LogisticRegression()), 7.5, "Found unknown categories"),
    ],
    ids=["too large", "missing", "unknown"],
)
def test_values_that_the_estimator_does_not_take_are_the_requests_fault(
    estimator, value, reason, tmp_path
):
    frame = pd.DataFrame({"x": [1.0, 2.0, 3.0, 4.0]})
    engine.save(estimator.fit(frame, [0, 1, 0, 1]), tmp_path, Schema.from_frame(frame))
    with pytest.raises(BadRequest, match=reason):
        engine.load(tmp_path).predict({"x": np.array([1.0, value])})
