"""Models in MLflow."""

from contextlib import suppress
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple

from sagepipe.tracking import quiet, store, tags, uploads, versions
from sagepipe.tracking.errors import is_refusal
from sagepipe.tracking.records import Records
from sagepipe.tracking.run import ActiveRun

if TYPE_CHECKING:
    import pandas
    from mlflow.entities import LoggedModel, Metric
    from mlflow.models import Model

# Packages that the model needs, and the modules that tell their versions: all are imported by now,
# and to find each package's description on disk takes as long as a request.
_REQUIRED = {
    "mlflow": "mlflow",
    "scikit-learn": "sklearn",
    "skops": "skops",
    "pandas": "pandas",
    "numpy": "numpy",
    "scipy": "scipy",
}
_NAME = "model"
# Of the run's tags, those that its model has too.
_ORIGIN = (tags.USER, tags.SOURCE_NAME, tags.SOURCE_COMMIT, tags.GIT_COMMIT)


class Logged(NamedTuple):
    """A model that was logged.

    Attributes:
        model_id: The logged model's id.
        version: ``<registered model>/<version>``; empty where registering it has failed.
    """

    model_id: str
    version: str


def log_sklearn(
    run: ActiveRun, model: Any, example: "pandas.DataFrame", name: str, begun: list[str]
) -> Logged:
    """Log a scikit-learn model to a step's run, and register it.

    That takes one request each for the model, its files, its run, its state and its version, most
    of them beside each other. ``mlflow.sklearn.log_model`` makes several more: it reads the whole
    history of every metric of the run, one request each, and loads the model again to try the
    example.

    Args:
        run: The step's run.
        model: A fitted estimator or pipeline.
        example: A few rows of its input.
        name: The registered model that it becomes the next version of.
        begun: The ids that the model got from attempts that failed, on a server that was lost
            since; gets its id.
    """
    with TemporaryDirectory(prefix="sagepipe-") as place:
        folder = Path(place) / _NAME
        described, made = _save_and_create(run, model, example, folder, begun)
        try:
            name_model(described, made, run.run_id, folder)
            files = list(uploads.below(folder, None))
            uploads.send(made.artifact_location, run.client.tracking_uri, files)
        except Exception as error:
            _give_up(run, made, error)
            raise
    version: list[str] = []

    def try_to_register() -> None:
        with suppress(Exception):  # the model is there all the same; whoever asks tries again
            version.append(versions.make(run.client, run.run_id, made.model_id, name))

    store.at_once(
        run.client,
        lambda: run.client.finalize_logged_model(made.model_id, "READY"),
        try_to_register,
    )
    return Logged(str(made.model_id), "".join(version))


def name_model(described: "Model", made: "LoggedModel", run_id: str, folder: Path) -> None:
    """Write into a model's MLmodel file which logged model it is.

    Args:
        described: What the file says.
        made: The logged model.
        run_id: Its run.
        folder: Where the file is.
    """
    described.model_id = described.model_uuid = made.model_id
    described.run_id = run_id
    described.artifact_path = made.artifact_location
    described.save(str(folder / "MLmodel"))


def _give_up(run: ActiveRun, made: "LoggedModel", error: Exception) -> None:
    """Say of a model that there will be none; one that the server did not take may come later."""
    if is_refusal(error):
        with suppress(Exception):  # why it failed matters more
            run.client.finalize_logged_model(made.model_id, "FAILED")


def _save_and_create(
    run: ActiveRun,
    model: Any,
    example: "pandas.DataFrame",
    folder: Path,
    begun: list[str],
) -> tuple["Model", "LoggedModel"]:
    """Write a model's files, and create the logged model that is to have them."""
    saved: list[Model] = []
    made: list[LoggedModel] = []
    try:
        store.at_once(
            run.client,
            lambda: saved.append(_save(model, example, folder)),
            lambda: _create(run, made, begun),
        )
    except Exception as error:
        if made:
            _give_up(run, made[0], error)
        raise
    return saved[0], made[0]


def _create(run: ActiveRun, made: "list[LoggedModel]", begun: list[str]) -> None:
    """Create a logged model with what its run says so far, and name it as the run's.

    Args:
        run: The step's run.
        made: Is given the model, also where what comes after it fails.
        begun: As for ``log_sklearn``.
    """
    from mlflow.entities import LoggedModelOutput

    params = {param.key: param.value for param in run.own.params}
    origin = {tag.key: tag.value for tag in run.own.tags if tag.key in _ORIGIN}
    if begun:
        origin[tags.CONTINUES] = begun[-1]
    with store.together(run.client):
        model = run.client.create_logged_model(
            run.experiment_id, _NAME, run.run_id, tags=origin, params=params
        )
        made.append(model)
        begun.append(str(model.model_id))
        run.client.log_outputs(run.run_id, [LoggedModelOutput(model.model_id, step=0)])
        metrics = [_of_model(it, model.model_id) for it in run.own.metrics if it.step == 0]
        for batch in Records(metrics).parts():
            run.client.log_batch(run.run_id, batch.metrics)


def _of_model(metric: "Metric", model_id: str) -> "Metric":
    """Return a run's metric as one that is its model's too."""
    from mlflow.entities import Metric

    return Metric(metric.key, metric.value, metric.timestamp, metric.step, model_id=model_id)


def _save(model: Any, example: "pandas.DataFrame", folder: Path) -> "Model":
    """Write a model in MLflow's form.

    The requirements are named from what is installed here: MLflow would otherwise load the model in
    a new process to find out, which takes seconds. The file is in skops' format, which runs no code
    when it is loaded; a model that it can't hold is pickled.
    """
    import mlflow.sklearn
    from mlflow.models import Model, infer_signature

    described = Model()
    trusted = _types(model)
    with quiet.hints(), quiet.known_requirements():
        mlflow.sklearn.save_model(
            model,
            str(folder),
            mlflow_model=described,
            signature=infer_signature(example, model.predict(example)),
            input_example=example,
            pip_requirements=_requirements(),
            serialization_format="cloudpickle" if trusted is None else "skops",
            skops_trusted_types=trusted,
        )
    return described


def _requirements() -> list[str]:
    return [f"{name}=={import_module(it).__version__}" for name, it in _REQUIRED.items()]


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
