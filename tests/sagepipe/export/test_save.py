"""What lies in the model folder, and what keeps a model out of it."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.ensemble import AdaBoostClassifier, HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder
from sklearn.tree import DecisionTreeClassifier

from sagepipe import export
from sagepipe.export import ExportError, parity
from sagepipe.serving import BadRequest, Schema, engines
from sagepipe.serving.engines import onnx, sklearn

NUMBERS = ["distance (km)", "hour", "holiday"]


@pytest.fixture(scope="module")
def model(frame, late):
    """A model that takes rows of any kind."""
    columns = make_column_transformer(
        (SimpleImputer(), NUMBERS),
        (OneHotEncoder(handle_unknown="ignore", sparse_output=False), ["carrier", "origin"]),
    )
    boosting = HistGradientBoostingClassifier(max_iter=10, random_state=7)
    return make_pipeline(columns, boosting).fit(frame, late)


@pytest.fixture
def strict(frame, late):
    """A model that refuses what its training data did not hold."""
    whole = frame.dropna()
    columns = make_column_transformer(
        ("passthrough", NUMBERS), (OneHotEncoder(sparse_output=False), ["carrier"])
    )
    return make_pipeline(columns, LogisticRegression(max_iter=1000)).fit(whole, late[whole.index])


class TestFolder:
    def test_has_both_models_the_proof_and_the_schema(self, model, frame, tmp_path):
        export.save(model, tmp_path / "model", frame, target="late")
        names = sorted(path.name for path in (tmp_path / "model").iterdir())
        assert names == ["model.onnx", "model.skops", "parity.json", "schema.json"]
        assert Schema.read(tmp_path / "model") == Schema.from_frame(frame, target="late")

    def test_the_proof_counts_rows_and_the_worst_difference(self, model, frame, tmp_path):
        proof = export.save(model, tmp_path, frame)
        assert json.loads((tmp_path / export.PARITY_FILE).read_text()) == {
            "version": 1,
            "rows": 2000,
            "test_rows": 0,
            "edge_rows": proof.edge_rows,
            "label_differences": 0,
            "worst_difference": proof.worst_difference,
            "tolerance": 1e-6,
            "refused": {},
            "row_by_row": True,
        }
        assert proof.edge_rows == 48
        assert proof.worst_difference < 1e-15
        assert proof.metrics["parity_rows"] == 2000

    def test_the_sklearn_engine_gets_the_native_model_alone(self, model, frame, tmp_path):
        assert export.save(model, tmp_path, frame, engine="sklearn") is None
        assert sorted(path.name for path in tmp_path.iterdir()) == ["model.skops", "schema.json"]
        assert isinstance(engines.load(tmp_path), sklearn.SklearnModel)

    def test_a_model_that_skops_cannot_hold_is_served_all_the_same(self, frame, late, tmp_path):
        same = FunctionTransformer(_same, check_inverse=False)
        fitted = make_pipeline(same, LogisticRegression()).fit(frame[["hour"]], late)
        fitted = Pipeline([("estimator", fitted[-1])])
        fitted.note = _Stranger()
        with pytest.warns(UserWarning, match=r"gets no model\.skops: .*_Stranger"):
            export.save(fitted, tmp_path, frame[["hour"]])
        assert sorted(path.name for path in tmp_path.iterdir()) == [
            "model.onnx",
            "parity.json",
            "schema.json",
        ]
        assert isinstance(engines.load(tmp_path), onnx.OnnxModel)

    def test_an_unknown_engine_is_named(self, model, frame, tmp_path):
        with pytest.raises(ExportError, match="engine 'tensorrt' is unknown; there are onnx, skl"):
            export.save(model, tmp_path, frame, engine="tensorrt")


class TestRefusal:
    @pytest.mark.parametrize(
        ("step", "said"),
        [
            (FunctionTransformer(np.log1p), r"LogisticRegression can't be exported to ONNX: .*"),
            (SimpleImputer(missing_values=-1), r"SimpleImputer\(missing_values=-1\) can't be expo"),
            (
                OneHotEncoder(min_frequency=50, handle_unknown="ignore"),
                r"OneHotEncoder with infrequent categories can't be exported: say",
            ),
        ],
        ids=["a function", "imputer", "infrequent categories"],
    )
    def test_names_the_step_and_the_remedy_and_writes_nothing(
        self, step, said, frame, late, tmp_path
    ):
        fitted = make_pipeline(step, LogisticRegression()).fit(frame[["hour"]], late)
        with pytest.raises(ExportError, match=said) as refused:
            export.save(fitted, tmp_path, frame[["hour"]])
        assert str(refused.value).endswith('say engine = "sklearn" in sagepipe.toml')
        assert list(tmp_path.iterdir()) == []

    def test_categories_that_trees_split_by_themselves(self, frame, late, tmp_path):
        fitted = HistGradientBoostingClassifier(max_iter=2, categorical_features=["hour"])
        fitted.fit(frame[["hour"]], late)
        with pytest.raises(ExportError, match="with categorical_features can't be exported: enc"):
            export.save(fitted, tmp_path, frame[["hour"]])

    def test_several_targets(self, frame, score, tmp_path):
        fitted = LinearRegression().fit(frame[["hour"]], np.column_stack([score, score]))
        with pytest.raises(ExportError, match="of several targets can't be exported: train one"):
            export.save(fitted, tmp_path, frame[["hour"]])

    def test_a_graph_that_the_runtime_cannot_run(self, frame, late, tmp_path):
        fitted = AdaBoostClassifier(n_estimators=2).fit(frame[["hour"]], late)
        with pytest.raises(ExportError, match="ONNX Runtime"):
            export.save(fitted, tmp_path, frame[["hour"]])

    def test_names_rows_with_other_labels(self, tmp_path):
        frame = pd.DataFrame({"x": [0.0, 2.0, 4.0] * 5})
        fitted = DecisionTreeClassifier().fit(frame, ["a", "b", "a"] * 5)
        wrong = ["b", "a", "b"] * 5
        schema = Schema.from_frame(frame)
        content, _ = export.export(fitted, frame, schema)
        other = DecisionTreeClassifier().fit(frame, wrong)
        with pytest.raises(
            ExportError, match=r"in 15 of 15 rows, labels differ \(row 1: scikit-learn b, ONNX a;"
        ):
            parity.prove(other, onnx.read(content, schema), frame)

    def test_names_rows_with_other_scores(self, model, frame, late):
        schema = Schema.from_frame(frame)
        content, _ = export.export(model, frame, schema)
        served = onnx.read(content, schema)
        with pytest.raises(ExportError, match=r"rows, scores differ by more than -1 \(row 1: "):
            parity.prove(model, served, frame, tolerance=-1)


class TestWhatTheNativeModelRefuses:
    """A graph has an answer to everything; callers get 400 where the trained model has none."""

    @pytest.fixture
    def served(self, strict, frame, tmp_path):
        export.save(strict, tmp_path, frame.dropna())
        return engines.load(tmp_path)

    def test_is_in_the_proof(self, strict, frame, tmp_path):
        proof = export.save(strict, tmp_path, frame.dropna())
        assert proof.refused["missing"] == ["distance (km)", "hour", "carrier", "holiday"]
        assert proof.refused["unknown"] == ["carrier"]

    def test_what_it_takes_is_answered(self, served, strict, frame):
        rows = frame.dropna().head(20)
        answer = served.predict(parity.columns(rows)).values
        np.testing.assert_array_equal(answer, strict.predict(rows))

    @pytest.mark.parametrize(
        ("column", "value", "said"),
        [
            ("hour", np.nan, "row 2, column 'hour': a value is missing"),
            ("carrier", None, "row 2, column 'carrier': a value is missing"),
            ("carrier", "XX", "row 2, column 'carrier': training's data had no such value"),
        ],
    )
    def test_names_row_and_column(self, column, value, said, served, frame):
        columns = parity.columns(frame.dropna().head(3))
        columns[column] = columns[column].astype(object)
        columns[column][1] = value
        with pytest.raises(BadRequest, match=said) as refused:
            served.predict(columns)
        assert (refused.value.row, refused.value.column) == (2, column)

    def test_numbers_beyond_single_precision(self, frame, late, tmp_path):
        from sklearn.ensemble import RandomForestClassifier

        numbers = frame[["distance (km)"]].fillna(0)
        export.save(RandomForestClassifier(3).fit(numbers, late), tmp_path, numbers)
        served = engines.load(tmp_path)
        with pytest.raises(BadRequest, match=r"row 1, .*: a number is larger than 3\.4e\+38"):
            served.predict({"distance (km)": np.array([-1e39])})


class TestTestSet:
    def test_is_proven_on_whole(self, model, frame, tmp_path):
        proof = export.save(model, tmp_path, frame.head(1500), test=frame.tail(500))
        assert (proof.rows, proof.test_rows, proof.edge_rows) == (2000, 500, 48)
        assert proof.metrics["parity_test_rows"] == 500

    @pytest.mark.filterwarnings("ignore:the model folder gets no")
    def test_with_one_row_of_another_label_keeps_the_model_from_being_written(self, tmp_path):
        frame = pd.DataFrame({"x": [0.0, 2.0, 4.0] * 5})
        fitted = DecisionTreeClassifier().fit(frame, ["a", "b", "a"] * 5)
        native = fitted.predict
        # It answers as its trees do, but for a value that training did not have.
        fitted.predict = lambda rows: np.where(rows["x"] == 3.5, "b", native(rows))
        assert export.save(fitted, tmp_path / "trained on", frame)
        test = pd.DataFrame({"x": [0.0, 3.5, 4.0]})
        with pytest.raises(
            ExportError, match=r"in 1 of 3 test rows, labels differ \(row 2: scikit-learn b, ONNX a"
        ):
            export.save(fitted, tmp_path / "tested on", frame, test=test)
        assert not (tmp_path / "tested on").exists()

    def test_that_the_trained_model_refuses_is_named(self, strict, frame, tmp_path):
        whole = frame.dropna()
        unknown = whole.head(3).assign(carrier="XX")
        with pytest.raises(ExportError, match="refuses rows it is proven on: Found unknown cat"):
            export.save(strict, tmp_path, whole, test=unknown)
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(
        ("spoil", "said"),
        [
            (lambda test: test[["hour"]], "the test set has the columns hour, the model takes"),
            (lambda test: test.head(0), "the test set has no rows"),
        ],
        ids=["other columns", "no rows"],
    )
    def test_that_proves_nothing_is_refused(self, spoil, said, model, frame, tmp_path):
        with pytest.raises(ExportError, match=said):
            export.save(model, tmp_path, frame, test=spoil(frame))
        assert list(tmp_path.iterdir()) == []


class TestPredictAsServed:
    def test_gives_the_served_models_answers(self, model, frame, tmp_path):
        export.save(model, tmp_path, frame)
        answer = export.predict_as_served(tmp_path, frame)
        np.testing.assert_array_equal(answer.values, model.predict(frame))

    def test_refuses_a_model_that_answers_otherwise_than_the_native_one(
        self, model, frame, late, tmp_path
    ):
        export.save(model, tmp_path, frame)
        other = make_pipeline(model[0], LogisticRegression()).fit(frame, late[::-1].to_numpy())
        sklearn.save(other, tmp_path, Schema.from_frame(frame))
        with pytest.raises(ExportError, match="labels differ"):
            export.predict_as_served(tmp_path, frame)

    def test_serves_the_sklearn_engine_too(self, model, frame, tmp_path):
        export.save(model, tmp_path, frame, engine="sklearn")
        answer = export.predict_as_served(tmp_path, frame)
        np.testing.assert_array_equal(answer.probabilities, model.predict_proba(frame))


class _Stranger:
    """A type that skops does not know."""


def _same(values):
    return values
