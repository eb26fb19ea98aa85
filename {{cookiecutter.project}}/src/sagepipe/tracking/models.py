"""Models in MLflow."""

from importlib import metadata
from typing import TYPE_CHECKING, Any

from sagepipe.tracking import quiet

if TYPE_CHECKING:
    import pandas

_REQUIRED = ("mlflow", "scikit-learn", "skops", "pandas", "numpy", "scipy")


def log_sklearn(model: Any, example: "pandas.DataFrame") -> str:
    """Log a scikit-learn model to MLflow's active run.

    The requirements are named from what is installed here: MLflow would otherwise load the model in
    a new process to find out, which takes seconds. The file is in skops' format, which runs no code
    when it is loaded; a model that it can't hold is pickled.

    Args:
        model: A fitted estimator or pipeline.
        example: A few rows of its input.

    Returns:
        Its URI, ``models:/<model id>``.
    """
    import mlflow.sklearn
    from mlflow.models import infer_signature

    trusted = _types(model)
    with quiet.hints():
        info = mlflow.sklearn.log_model(
            model,
            name="model",
            signature=infer_signature(example, model.predict(example)),
            input_example=example,
            pip_requirements=[f"{name}=={metadata.version(name)}" for name in _REQUIRED],
            serialization_format="cloudpickle" if trusted is None else "skops",
            skops_trusted_types=trusted,
        )
    return str(info.model_uri)


def register(uri: str, name: str) -> str:
    """Make a logged model the next version of a registered model, which comes to be with its first.

    Args:
        uri: The logged model's URI.
        name: The registered model's name.

    Returns:
        ``<name>/<version>``.
    """
    import mlflow

    made = mlflow.register_model(uri, name, await_registration_for=0)
    return f"{made.name}/{made.version}"


def _types(model: Any) -> list[str] | None:
    """List the types that loading the model has to trust: it is made here, so all of its own.

    Args:
        model: The model.

    Returns:
        Their names, or None for a model that skops can't hold.
    """
    import skops.io

    try:
        return list(skops.io.get_untrusted_types(data=skops.io.dumps(model)))
    except Exception:  # whatever a foreign estimator's state brings up
        return None
