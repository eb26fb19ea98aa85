"""What is exported answers as the trained model does, row for row."""

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from sagepipe import export
from sagepipe.export import parity
from sagepipe.serving import Schema
from sagepipe.serving.engines import onnx

NUMBERS = ["distance (km)", "hour", "holiday"]
TEXTS = ["carrier", "origin"]

TWO_CLASSES = [
    DecisionTreeClassifier(max_depth=6, random_state=7),
    ExtraTreesClassifier(20, min_samples_leaf=3, random_state=7),
    GradientBoostingClassifier(n_estimators=20, random_state=7),
    HistGradientBoostingClassifier(max_iter=20, random_state=7),
    RandomForestClassifier(20, random_state=7),
]
NUMBERS_OF_TREES = [
    DecisionTreeRegressor(max_depth=6, random_state=7),
    GradientBoostingRegressor(n_estimators=20, random_state=7),
    HistGradientBoostingRegressor(max_iter=20, random_state=7),
    HistGradientBoostingRegressor(loss="absolute_error", max_iter=20, random_state=7),
    RandomForestRegressor(20, random_state=7),
]


def preparation(scaled=False, missing_kept=False):
    """Impute and encode; trees may keep missing numbers, linear models want scaled ones."""
    numbers = [] if missing_kept else [SimpleImputer(strategy="median", add_indicator=True)]
    numbers += [StandardScaler()] if scaled else []
    texts = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    return make_column_transformer(
        (make_pipeline(*numbers) if numbers else "passthrough", NUMBERS), (texts, TEXTS)
    )


def exported(model, frame):
    """Export a fitted model, and load it as the server does."""
    schema = Schema.from_frame(frame)
    content, proof = export.export(model, frame, schema)
    return onnx.read(content, schema), proof


def name(estimator):
    return type(estimator).__name__


@pytest.mark.parametrize("scaled", [False, True], ids=["", "scaled"])
@pytest.mark.parametrize("estimator", TWO_CLASSES, ids=name)
def test_labels_of_trees_are_exact(estimator, scaled, frame, late, new_rows):
    model = make_pipeline(preparation(scaled), estimator).fit(frame, late)
    served, _ = exported(model, frame)
    answer = served.predict(parity.columns(new_rows))
    np.testing.assert_array_equal(answer.values, model.predict(new_rows))
    np.testing.assert_allclose(
        answer.probabilities, model.predict_proba(new_rows), rtol=0, atol=1e-15
    )
    assert answer.classes.tolist() == ["late", "on time"]


@pytest.mark.parametrize("estimator", NUMBERS_OF_TREES, ids=name)
def test_numbers_of_trees_are_the_same_to_the_last_bit(estimator, frame, score, new_rows):
    model = make_pipeline(preparation(scaled=True), estimator).fit(frame, score)
    served, proof = exported(model, frame)
    answer = served.predict(parity.columns(new_rows)).values
    np.testing.assert_array_equal(answer, model.predict(new_rows))
    assert proof.worst_difference == 0


def test_a_forest_of_100_trees_votes_alike_on_5000_rows(frame, late, new_rows):
    """Equal votes are equal here too; in single precision some of them flip."""
    forest = RandomForestClassifier(100, random_state=7)
    model = make_pipeline(preparation(), forest).fit(frame, late)
    ties = (model.predict_proba(new_rows) == 0.5).all(axis=1).sum()
    assert ties > 0
    served, _ = exported(model, frame)
    answer = served.predict(parity.columns(new_rows))
    assert (answer.values != model.predict(new_rows)).sum() == 0
    np.testing.assert_array_equal(answer.probabilities, model.predict_proba(new_rows))


@pytest.mark.parametrize("estimator", TWO_CLASSES, ids=name)
def test_three_classes(estimator, frame, grade, new_rows):
    model = make_pipeline(preparation(), estimator).fit(frame, grade)
    served, _ = exported(model, frame)
    answer = served.predict(parity.columns(new_rows))
    np.testing.assert_array_equal(answer.values, model.predict(new_rows))
    np.testing.assert_allclose(answer.probabilities, model.predict_proba(new_rows), atol=1e-15)
    assert answer.classes.tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    "estimator",
    [
        RandomForestClassifier(20, random_state=7),
        DecisionTreeClassifier(max_depth=6, random_state=7),
        HistGradientBoostingClassifier(max_iter=20, random_state=7),
    ],
    ids=name,
)
def test_missing_numbers_go_the_way_that_each_tree_learned(estimator, frame, late, new_rows):
    model = make_pipeline(preparation(missing_kept=True), estimator).fit(frame, late)
    served, proof = exported(model, frame)
    answer = served.predict(parity.columns(new_rows))
    np.testing.assert_array_equal(answer.values, model.predict(new_rows))
    assert "missing" not in proof.refused


def test_a_threshold_that_single_precision_would_round_up():
    """Rounded up, the threshold would equal the greater of the two values it divides."""
    low = np.nextafter(np.float32(1000), np.float32(2000))
    high = np.nextafter(low, np.float32(2000))
    frame = pd.DataFrame({"x": [float(low), float(high)] * 20})
    model = DecisionTreeClassifier().fit(frame, frame["x"] == high)
    assert np.float32(model.tree_.threshold[0]) == high
    served, _ = exported(model, frame)
    np.testing.assert_array_equal(served.predict(parity.columns(frame)).values, frame["x"] == high)


def test_values_are_rounded_as_a_forest_rounds_them(frame, late):
    """Each of these values is on one side of a threshold, and on the other once it is rounded."""
    numbers = frame[["hour"]].astype("float64") + 0.1
    model = RandomForestClassifier(5, random_state=7).fit(numbers, late)
    thresholds = np.concatenate([member.tree_.threshold for member in model.estimators_])
    near = np.unique(thresholds[thresholds > 0])
    rows = pd.DataFrame({"hour": np.concatenate([np.nextafter(near, way) for way in (0, 99)])})
    served, _ = exported(model, numbers)
    np.testing.assert_array_equal(
        served.predict(parity.columns(rows)).probabilities, model.predict_proba(rows)
    )


def test_trees_without_a_split(frame, late):
    model = make_pipeline(preparation(), RandomForestClassifier(3, max_depth=1, random_state=7))
    model.fit(frame.assign(hour=1, holiday=True), late)
    served, _ = exported(model, frame)
    np.testing.assert_array_equal(
        served.predict(parity.columns(frame)).values, model.predict(frame)
    )
    alone = DecisionTreeRegressor(max_depth=1).fit(frame[["hour"]] * 0, late == "late")
    assert alone.tree_.node_count == 1
    served, _ = exported(alone, frame[["hour"]])
    assert served.predict(parity.columns(frame[["hour"]])).values[0] == alone.tree_.value[0, 0, 0]


def test_logistic_regression_is_in_double_precision(frame, late, new_rows):
    model = make_pipeline(preparation(scaled=True), LogisticRegression()).fit(frame, late)
    served, proof = exported(model, frame)
    answer = served.predict(parity.columns(new_rows))
    np.testing.assert_array_equal(answer.values, model.predict(new_rows))
    np.testing.assert_allclose(answer.probabilities, model.predict_proba(new_rows), atol=1e-14)
    assert proof.worst_difference < 1e-14


def test_a_regressor_of_columns_without_preparation(frame, score):
    numbers = frame[["hour", "holiday"]]
    model = LinearRegression().fit(numbers, score)
    served, _ = exported(model, numbers)
    answer = served.predict(parity.columns(numbers)).values
    np.testing.assert_allclose(answer, model.predict(numbers), rtol=1e-14)


@pytest.mark.parametrize("kind", ["bool", "float64", "int32", "str"])
@pytest.mark.parametrize(
    "estimator",
    [RandomForestClassifier(5, random_state=7), LogisticRegression(max_iter=1000)],
    ids=name,
)
def test_labels_keep_their_type(estimator, kind, frame, late, new_rows):
    model = make_pipeline(preparation(), estimator).fit(frame, (late == "late").astype(kind))
    served, _ = exported(model, frame)
    answer = served.predict(parity.columns(new_rows))
    assert answer.values.tolist() == model.predict(new_rows).tolist()
    assert {type(label) for label in answer.values.tolist()} == {
        type(label) for label in model.classes_.tolist()
    }
    assert answer.classes.tolist() == model.classes_.tolist()


@pytest.mark.parametrize(
    "encoder",
    [
        OneHotEncoder(handle_unknown="ignore", sparse_output=False, drop="if_binary"),
        OneHotEncoder(handle_unknown="ignore", sparse_output=False, drop="first"),
        OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1),
        OrdinalEncoder(
            handle_unknown="use_encoded_value", unknown_value=np.nan, encoded_missing_value=-2
        ),
    ],
    ids=["drop if binary", "drop first", "ordinal", "ordinal with missing"],
)
def test_encoders_of_text(encoder, frame, late, new_rows):
    columns = make_column_transformer((encoder, TEXTS), remainder="passthrough")
    model = make_pipeline(columns, HistGradientBoostingClassifier(max_iter=20)).fit(frame, late)
    served, _ = exported(model, frame)
    new_rows = new_rows.assign(origin=["LGA", "JFK"] * 2500)
    np.testing.assert_array_equal(
        served.predict(parity.columns(new_rows)).values, model.predict(new_rows)
    )


def test_one_hot_encoding_of_numbers(frame, late, new_rows):
    encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    table = frame[["hour", "distance (km)"]].round(-2)
    model = make_pipeline(encoder, LogisticRegression()).fit(table, late)
    served, _ = exported(model, table)
    rows = new_rows[["hour", "distance (km)"]].round(-1)
    np.testing.assert_array_equal(served.predict(parity.columns(rows)).values, model.predict(rows))


def test_text_is_imputed(frame, late, new_rows):
    texts = make_pipeline(
        SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore")
    )
    columns = make_column_transformer((texts, TEXTS))
    model = make_pipeline(columns, LogisticRegression()).fit(frame, late)
    served, _ = exported(model, frame)
    np.testing.assert_array_equal(
        served.predict(parity.columns(new_rows)).values, model.predict(new_rows)
    )
