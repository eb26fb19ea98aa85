"""Training: a train table in, a model out."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sagepipe import dsl, export, tracking
from sagepipe.dsl import Dataset, Input, Model, Output

from {{ cookiecutter.package }} import data, expectations, schema

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline


@dsl.component(kind="training")
def train(
    train: Input[Dataset],
    test: Input[Dataset],
    model: Output[Model],
    learning_rate: float = 0.1,
    max_iter: int = 100,
    max_leaf_nodes: int = 8,
    l2_regularization: float = 1.0,
    seed: int = 7,
    engine: str = "onnx",
) -> None:
    """Fit the model and save it for serving.

    Args:
        train: The channel with ``schema.TRAIN_FILE``.
        test: The channel with ``schema.TEST_FILE``. Nothing is learned from it: it is what the
            exported model is proven on before it is written.
        model: The folder that becomes ``model.tar.gz``.
        learning_rate: How much each tree adds.
        max_iter: Number of trees.
        max_leaf_nodes: Size of each tree.
        l2_regularization: How strongly leaves with few rows are held back.
        seed: For what is random in the fit.
        engine: What serves the model: ``onnx``, or ``sklearn`` for one that can't be exported.

    Raises:
        ValueError: A channel holds no such file.
        ExportError: The model can't be exported, or answers otherwise once it is.
    """
    table = data.read(Path(train.directory) / schema.TRAIN_FILE)
    held_out = data.read(Path(test.directory) / schema.TEST_FILE)
    tracking.log_dataset(table, name="train", context="training")
    features = data.features(table)

    pipeline = build(
        learning_rate=learning_rate,
        max_iter=max_iter,
        max_leaf_nodes=max_leaf_nodes,
        l2_regularization=l2_regularization,
        random_state=seed,
    )
    pipeline.fit(features, table[schema.TARGET])

    proof = export.save(
        pipeline,
        model.directory,
        features,
        target=schema.TARGET,
        engine=engine,
        # The features are columns of the raw table as they came: what was expected of these, the
        # server expects of a request.
        suites=[expectations.RAW, expectations.PREPARED],
        test=data.features(held_out),
    )
    if proof:
        tracking.log_metrics(proof.metrics)
        tracking.log_artifact(Path(model.directory) / export.PARITY_FILE)
        print(proof)
    model.metadata |= tracking.log_model(pipeline, features.head()).metadata
    tracking.log_params({"estimator": type(pipeline[-1]).__name__, "train_rows": len(table)})
    print(f"trained on {len(table)} rows, {len(schema.FEATURES)} features")


def build(**options: float) -> "Pipeline":
    """Put the model together: imputing, one-hot encoding, gradient boosting.

    Numbers are not scaled: trees look at their order alone.

    Args:
        options: Hyperparameters of the gradient boosting.

    Returns:
        The pipeline, not fitted.
    """
    from sklearn.compose import ColumnTransformer
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OneHotEncoder

    one_hot = partial(OneHotEncoder, handle_unknown="ignore", sparse_output=False)
    columns = ColumnTransformer(
        [
            ("numeric", SimpleImputer(strategy="median"), schema.NUMERIC),
            ("categorical", one_hot(), schema.CATEGORICAL),
            ("boolean", one_hot(), schema.BOOLEAN),
        ]
    )
    if schema.TASK == "classification":
        estimator = HistGradientBoostingClassifier(**options)
    else:
        estimator = HistGradientBoostingRegressor(loss="absolute_error", **options)
    return Pipeline([("columns", columns), ("estimator", estimator)])
