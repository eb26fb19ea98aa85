"""scikit-learn models, kept as skops files: loading one runs no code that it brings along."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from sagepipe.serving.columns import Columns
from sagepipe.serving.engines import preparation, trusted, without_pandas
from sagepipe.serving.engines.preparation import Preparation
from sagepipe.serving.errors import BadRequest, ModelError
from sagepipe.serving.predictions import Predictions
from sagepipe.serving.schema import Schema

MODEL_FILE = "model.skops"

# How scikit-learn's complaints begin about what is in a table (utils.validation, OneHotEncoder).
_REFUSALS = ("Input ", "Found unknown categories")

# Whose predict is the first of the classes that predict_proba gives most to.
_MOST_PROBABLE = ("ExtraTreesClassifier", "RandomForestClassifier")


@dataclass(frozen=True)
class SklearnModel:
    """A fitted scikit-learn estimator and the columns it takes."""

    # Requests of up to so many rows are predicted together: of one row nearly all the time goes
    # into preparing a table, and of more it does not.
    batch_rows: ClassVar[int] = 256

    estimator: Any
    schema: Schema

    def predict(self, columns: Columns) -> Predictions:
        """Predict every row, with the probability of each class where there are classes.

        Args:
            columns: Column name → values, as ``parse`` makes them; a data frame will do.

        Returns:
            What the estimator's ``predict`` and ``predict_proba`` give.

        Raises:
            BadRequest: The estimator takes no missing, infinite, too large or unknown values.
        """
        try:
            return self._predict(columns)
        except ValueError as error:
            if str(error).startswith(_REFUSALS):
                reason = str(error).splitlines()[0]
                raise BadRequest(f"the model does not take these values: {reason}") from error
            raise

    def _predict(self, columns: Columns) -> Predictions:
        import numpy as np

        estimator, features = self._prepared(columns)
        if not hasattr(estimator, "predict_proba"):
            return Predictions(estimator.predict(features))
        probabilities = estimator.predict_proba(features)
        if type(estimator).__name__ in _MOST_PROBABLE and isinstance(probabilities, np.ndarray):
            labels = estimator.classes_.take(probabilities.argmax(axis=1))
        else:
            labels = estimator.predict(features)
        return Predictions(labels, probabilities, estimator.classes_)

    @property
    def needs_frames(self) -> bool:
        """Whether data frames are made of a request's columns."""
        return self._preparation is None or self._preparation.needs_frames

    @cached_property
    def _preparation(self) -> Preparation | None:
        return preparation.find(self.estimator, self.schema)

    def _prepared(self, columns: Columns) -> tuple[Any, Any]:
        """Prepare rows once, for both ``predict`` and ``predict_proba``."""
        import numpy as np
        from sklearn.pipeline import Pipeline

        plain = isinstance(columns, dict) and all(
            isinstance(values, np.ndarray) for values in columns.values()
        )
        if self._preparation is not None and plain:
            return self.estimator[-1], self._preparation.transform(columns)
        table = preparation.frame(self.schema, columns)
        if isinstance(self.estimator, Pipeline) and len(self.estimator) > 1:
            return self.estimator[-1], self.estimator[:-1].transform(table)
        return self.estimator, table


def save(model: Any, directory: str | Path, schema: Schema) -> Path:
    """Write a fitted estimator and its schema into a model folder.

    Args:
        model: A fitted scikit-learn estimator, most often a pipeline.
        directory: The model folder (``Output[Model].directory``).
        schema: The columns it was fitted on.

    Returns:
        The file with the estimator.

    Raises:
        ModelError: The estimator holds a type that can't be loaded again safely.
    """
    from skops import io

    path = Path(directory) / MODEL_FILE
    beside = path.with_name(f"{MODEL_FILE}.tmp")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        io.dump(model, beside)
        strangers = trusted.strangers(beside)
        if strangers:
            raise ModelError(
                f"{type(model).__name__} can't be kept: it holds {', '.join(strangers)}; "
                "use scikit-learn's own estimators and transformers"
            )
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    schema.write(path.parent)
    return path


def load(directory: str | Path) -> SklearnModel:
    """Load what ``save`` wrote.

    Args:
        directory: The unpacked model (``Input[Model].directory``, ``/opt/ml/model``).

    Returns:
        The model, its estimators set to one thread: a request is too small to share out.

    Raises:
        ModelError: A file is missing, broken or holds a type that is not trusted.
    """
    path = Path(directory) / MODEL_FILE
    schema = Schema.read(path.parent)
    without_pandas.keep_out()
    try:
        estimator = _read(path)
    except FileNotFoundError:
        raise ModelError(f"{path}: no such file; training writes it") from None
    except ModelError:
        raise
    except Exception as error:  # a broken archive fails in any of zipfile, json, numpy, skops
        raise ModelError(
            f"{path}: not a readable skops model ({type(error).__name__}: {error}); "
            "train the model again"
        ) from error
    if not hasattr(estimator, "predict"):
        raise ModelError(f"{path}: holds a {type(estimator).__name__}, which can't predict")
    _one_thread(estimator)
    model = SklearnModel(estimator, schema)
    if model.needs_frames:
        import pandas  # noqa: F401  # here, so that the server's workers share it
    return model


def _read(path: Path) -> Any:
    try:
        return trusted.read(path)
    except TypeError:
        strangers = trusted.strangers(path)
        if not strangers:
            raise
        raise ModelError(
            f"{path}: holds types that are not trusted: {', '.join(strangers)}"
        ) from None


def _one_thread(estimator: Any) -> None:
    if hasattr(estimator, "get_params"):
        names = [name for name in estimator.get_params() if name.split("__")[-1] == "n_jobs"]
        estimator.set_params(**dict.fromkeys(names, 1))
