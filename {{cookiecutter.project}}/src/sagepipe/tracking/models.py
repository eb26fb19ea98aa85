"""Models in MLflow."""

from importlib import metadata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas

_REQUIRED = ("mlflow", "scikit-learn", "pandas", "numpy", "scipy", "cloudpickle")


def log_sklearn(model: Any, example: "pandas.DataFrame") -> None:
    """Log a scikit-learn model to MLflow's active run.

    The requirements are named from what is installed here: MLflow would otherwise load the model in
    a new process to find out, which takes seconds.

    Args:
        model: A fitted estimator or pipeline.
        example: A few rows of its input.
    """
    import mlflow.sklearn
    from mlflow.models import infer_signature

    mlflow.sklearn.log_model(
        model,
        name="model",
        signature=infer_signature(example, model.predict(example)),
        input_example=example,
        pip_requirements=[f"{name}=={metadata.version(name)}" for name in _REQUIRED],
        serialization_format="cloudpickle",
    )
