"""A model that gets arrays says bit by bit what scikit-learn says of a data frame."""

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    RobustScaler,
    StandardScaler,
)

from sagepipe.serving import BadRequest, Schema
from sagepipe.serving.engines.preparation import find
from sagepipe.serving.engines.sklearn import SklearnModel

NUMBERS = ["a", "b", "c"]
LOGISTIC = LogisticRegression(tol=10.0)
ONE_HOT = OneHotEncoder(handle_unknown="ignore")
ORDINAL = OrdinalEncoder(
    handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-2
)


def make_frame(rows: int, seed: int) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "a": random.normal(0, 1e3, rows),
            "b": random.normal(5, 1e-3, rows),
            "c": random.normal(0, 1, rows),
            "hour": random.integers(-3, 24, rows),
            "holiday": random.choice([True, False], rows),
            "carrier": random.choice(["AA", "B6", "UA"], rows),
            "origin": random.choice(["x", "y"], rows),
        }
    )
    frame.loc[1::5, "a"] = np.nan
    frame.loc[2::7, "carrier"] = None
    return frame


FRAME = make_frame(300, 1)
OTHER = make_frame(150, 2)
OTHER.loc[3::7, "carrier"] = "never seen"
SCHEMA = Schema.from_frame(FRAME)
LABEL = np.where(FRAME["hour"] > 12, "late", "on time")

# What a branch is, and whether it is given an array.
BRANCHES = {
    "imputed": (SimpleImputer(), NUMBERS, True),
    "imputed, with what was missing": (SimpleImputer(add_indicator=True), NUMBERS, True),
    "imputed with a constant": (
        SimpleImputer(strategy="constant", fill_value=-1.0),
        NUMBERS,
        True,
    ),
    "imputed numbers, integers, booleans": (
        SimpleImputer(strategy="median"),
        ["hour", "a", "holiday"],
        True,
    ),
    "integers imputed with the most frequent": (
        SimpleImputer(strategy="most_frequent"),
        ["hour"],
        False,
    ),
    "scaled": (make_pipeline(SimpleImputer(), StandardScaler()), NUMBERS, True),
    "scaled integers and booleans": (StandardScaler(), ["hour", "holiday"], True),
    "scaled by the range": (MinMaxScaler(), ["b", "c", "hour"], True),
    "scaled by the largest": (MaxAbsScaler(), ["b", "c"], True),
    "scaled by quartiles": (RobustScaler(), ["hour", "b"], True),
    "passed on": ("passthrough", ["b", "hour"], True),
    "passed on, with booleans": ("passthrough", ["b", "holiday"], False),
    "computed": (FunctionTransformer(np.tanh), ["b", "c"], False),
    "one-hot": (ONE_HOT, ["carrier", "origin"], True),
    "one-hot booleans": (ONE_HOT, ["holiday"], True),
    "one-hot text and booleans": (ONE_HOT, ["carrier", "holiday"], False),
    "one-hot integers": (ONE_HOT, ["hour"], False),
    "imputed and one-hot": (
        make_pipeline(SimpleImputer(strategy="most_frequent"), ONE_HOT),
        ["carrier"],
        True,
    ),
    "ordinal": (ORDINAL, ["carrier", "origin"], True),
    "as a data frame": (StandardScaler().set_output(transform="pandas"), ["b", "c"], False),
}


def prepare(*branches, **options):
    """Put a preparation of columns together."""
    named = [(f"{number}", step, names) for number, (step, names) in enumerate(branches)]
    return ColumnTransformer(named, **options)


def fit(*branches, estimator=LOGISTIC, **options):
    """Fit a pipeline that prepares columns."""
    pipeline = Pipeline([("prepare", prepare(*branches, **options)), ("model", estimator)])
    return clone(pipeline).fit(FRAME, LABEL)


def columns_of(frame):
    """The frame as a request's columns: None for missing text, objects for missing booleans."""
    return {
        name: np.array([None if value != value else value for value in values], dtype=object)
        if values.dtype.kind not in "ifb"
        else values.to_numpy()
        for name, values in frame.items()
    }


def assert_says_the_same(fitted, frame):
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        said = SklearnModel(fitted, SCHEMA).predict(columns_of(frame))
    np.testing.assert_array_equal(said.values, fitted.predict(frame))
    np.testing.assert_array_equal(said.probabilities, fitted.predict_proba(frame))


@pytest.mark.parametrize("name", BRANCHES)
def test_of_one_branch(name):
    step, names, array = BRANCHES[name]
    fitted = fit((step, names), ("passthrough", ["c"]))
    assert [branch.array for branch in find(fitted, SCHEMA).branches] == [array, True]
    for frame in (FRAME, OTHER, OTHER.head(1), OTHER.iloc[[3]]):
        assert_says_the_same(fitted, frame)


def test_of_all_branches_together():
    branches = [(step, names) for step, names, _ in BRANCHES.values()]
    for density in (0.0, 1.0):  # a dense table, and a sparse one
        assert_says_the_same(fit(*branches, sparse_threshold=density), OTHER)


def test_of_the_remainder_and_of_what_is_dropped():
    fitted = fit(("drop", ["a", "carrier", "origin"]), (ONE_HOT, []), remainder=MaxAbsScaler())
    assert [branch.array for branch in find(fitted, SCHEMA).branches] == [True]
    assert_says_the_same(fitted, OTHER)


@pytest.mark.parametrize(
    "selected",
    [slice("b", "c"), [1, 2], make_column_selector(pattern="^[bc]$")],
    ids=["slice", "numbers", "selector"],
)
def test_of_columns_that_are_selected_otherwise(selected):
    fitted = fit((StandardScaler(), selected))
    assert not SklearnModel(fitted, SCHEMA).needs_frames
    assert_says_the_same(fitted, OTHER)


def test_of_steps_after_the_columns():
    columns = prepare((SimpleImputer(), NUMBERS), (ORDINAL, ["origin"]))
    fitted = make_pipeline(columns, "passthrough", StandardScaler(), LOGISTIC).fit(FRAME, LABEL)
    assert not SklearnModel(fitted, SCHEMA).needs_frames
    assert_says_the_same(fitted, OTHER)


def test_of_missing_booleans():
    frame = OTHER.astype({"holiday": object})
    frame.loc[::3, "holiday"] = None
    assert_says_the_same(fit((ONE_HOT, ["holiday"]), (SimpleImputer(), ["b", "holiday"])), frame)


@pytest.mark.parametrize("kind", [RandomForestClassifier, ExtraTreesClassifier])
def test_of_forests_whose_labels_follow_from_probabilities(kind):
    fitted = fit((SimpleImputer(), NUMBERS), estimator=kind(4, max_depth=2, random_state=7))
    assert_says_the_same(fitted, OTHER)


def test_of_preparations_that_arrays_do_not_do_for():
    frames = prepare((StandardScaler(), ["b", "c"])).set_output(transform="pandas")
    framed = make_pipeline(frames, LOGISTIC).fit(FRAME, LABEL)
    words = fit((CountVectorizer(analyzer="char"), "origin"))
    whole = make_pipeline(StandardScaler(), LOGISTIC)
    numbers = FRAME[["b", "c"]]
    for fitted in (framed, words):
        assert SklearnModel(fitted, SCHEMA).needs_frames
        assert_says_the_same(fitted, OTHER)
    said = SklearnModel(whole.fit(numbers, LABEL), Schema.from_frame(numbers))
    assert said.needs_frames
    np.testing.assert_array_equal(said.predict(columns_of(numbers)).values, whole.predict(numbers))


def test_columns_of_ones_own_may_be_anything_that_a_data_frame_is_made_of():
    fitted = fit((ONE_HOT, ["carrier"]), (SimpleImputer(), NUMBERS))
    model = SklearnModel(fitted, SCHEMA)
    for table in (OTHER, {name: list(values) for name, values in columns_of(OTHER).items()}):
        np.testing.assert_array_equal(model.predict(table).values, fitted.predict(OTHER))


def test_unknown_categories_are_refused_in_the_same_words():
    model = SklearnModel(fit((OneHotEncoder(), ["carrier"])), SCHEMA)
    words = r"Found unknown categories \['never seen'\] in column 0 during transform"
    with pytest.raises(BadRequest, match=words):
        model.predict(columns_of(OTHER))
