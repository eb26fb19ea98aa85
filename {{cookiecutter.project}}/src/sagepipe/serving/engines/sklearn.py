"""scikit-learn models, kept as skops files: loading one runs no code that it brings along."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from sagepipe.serving.columns import Columns
from sagepipe.serving.errors import BadRequest, ModelError
from sagepipe.serving.predictions import Predictions
from sagepipe.serving.schema import FeatureType, Schema

if TYPE_CHECKING:
    from pandas import DataFrame

MODEL_FILE = "model.skops"

# What fitted estimators of scikit-learn hold beside the types that skops trusts by itself. The list
# is closed: a file with any other type is neither written nor loaded.
TRUSTED_TYPES = (
    "numpy.dtype",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.tree._tree.Tree",
)

# How scikit-learn's complaints begin about what is in a table (utils.validation, OneHotEncoder).
_REFUSALS = ("Input ", "Found unknown categories")

_DTYPES: dict[FeatureType, str] = {"string": "str"}


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
        estimator, features = _without_preparation(self.estimator, self.frame(columns))
        if not hasattr(estimator, "predict_proba"):
            return Predictions(estimator.predict(features))
        return Predictions(
            estimator.predict(features), estimator.predict_proba(features), estimator.classes_
        )

    def frame(self, columns: Columns) -> "DataFrame":
        """Make the table that the estimator was fitted on, with the types it had."""
        import pandas as pd

        return pd.DataFrame(
            {
                feature.name: pd.Series(columns[feature.name], dtype=_DTYPES.get(feature.type))
                for feature in self.schema.features
            }
        )


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
        strangers = _strangers(beside)
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
    from skops import io

    path = Path(directory) / MODEL_FILE
    schema = Schema.read(path.parent)
    try:
        strangers = _strangers(path)
        if strangers:
            raise ModelError(f"{path}: holds types that are not trusted: {', '.join(strangers)}")
        estimator = io.load(path, trusted=TRUSTED_TYPES)
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
    return SklearnModel(estimator, schema)


def _strangers(path: Path) -> list[str]:
    from skops import io

    return sorted(set(io.get_untrusted_types(file=path)) - set(TRUSTED_TYPES))


def _one_thread(estimator: Any) -> None:
    if hasattr(estimator, "get_params"):
        names = [name for name in estimator.get_params() if name.split("__")[-1] == "n_jobs"]
        estimator.set_params(**dict.fromkeys(names, 1))


def _without_preparation(estimator: Any, frame: "DataFrame") -> tuple[Any, Any]:
    """Run a pipeline's preparation once, for both ``predict`` and ``predict_proba``."""
    from sklearn.pipeline import Pipeline

    if isinstance(estimator, Pipeline) and len(estimator) > 1:
        return estimator[-1], estimator[:-1].transform(frame)
    return estimator, frame
