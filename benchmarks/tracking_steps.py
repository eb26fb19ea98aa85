"""Who records a step in MLflow, and the records: the same for all."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

PARAMS = {"learning_rate": 0.1, "max_iter": 200, "depth": 4, "seed": 7, "min_rows": 100}
METRICS = {f"loss_{number}": 1 / (number + 1) for number in range(20)}
RESULTS = {"auc": 0.81, "log_loss": 0.42}
REQUIRED = ("mlflow", "scikit-learn", "skops", "pandas", "numpy", "scipy")
EXPERIMENT = "flights"


class Work(NamedTuple):
    """What a step has to record.

    Attributes:
        frame: Its data.
        model: A fitted model.
        pages: Files for a person to look at.
    """

    frame: Any
    model: Any
    pages: list[Path]


def make_work() -> Work:
    """Fit a small model and write three pages."""
    import pandas
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    frame = pandas.DataFrame({name: [0.0, 1.0, 2.0, 3.0] * 250 for name in "abcdefgh"})
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(frame, [0, 0, 1, 1] * 250)
    folder = Path(tempfile.mkdtemp(prefix="pages-"))
    pages = [folder / name for name in ("page.html", "roc.json", "raw.json")]
    for page in pages:
        page.write_text("<p>" * 5000)
    return Work(frame, model, pages)


def ours(uri: str, execution: str, work: Work) -> None:
    """Record it with sagepipe.tracking, as the runtime and a component do."""
    from sagepipe import tracking

    identity = tracking.StepIdentity(
        uri, EXPERIMENT, execution, "train", "job-1", "image:1", policy="required"
    )
    with tracking.step_run(identity):
        data = {"train": work.pages[0].parent}
        tracking.log_step(PARAMS, "team.train:train", Path(__file__), data)
        tracking.log_dataset(work.frame, "train", "training")
        tracking.log_metrics(METRICS)
        tracking.log_model(work.model, work.frame.head())
        tracking.log_artifacts(work.pages, "report")
        tracking.log_suite("raw", "sha256:0")
        tracking.log_result_metrics(RESULTS)


def plain(uri: str, execution: str, work: Work) -> None:
    """Record it with MLflow's own functions, one by one, the requirements given."""
    from importlib.metadata import version

    _plain(uri, execution, work, [f"{name}=={version(name)}" for name in REQUIRED])


def plain_inferring(uri: str, execution: str, work: Work) -> None:
    """Record it likewise, and let MLflow find out what the model requires."""
    _plain(uri, execution, work, None)


def _plain(uri: str, execution: str, work: Work, requirements: list[str] | None) -> None:
    import mlflow

    from sagepipe.tracking import provenance

    mlflow.set_tracking_uri(uri)
    mlflow.set_experiment(EXPERIMENT)
    with (
        mlflow.start_run(run_name=execution) as parent,
        mlflow.start_run(run_name="train", nested=True),
    ):
        commit = provenance.git_commit(Path(__file__).parent)
        tags = {"execution_id": execution, "step": "train", "job_name": "job-1", "commit": commit}
        tags["data_hash"] = provenance.data_hash(work.pages[0].parent)
        client = mlflow.MlflowClient()
        for name, text in tags.items():
            mlflow.set_tag(name, text)
        for name, value in PARAMS.items():
            mlflow.log_param(name, value)
            client.log_param(parent.info.run_id, f"train.{name}", value)
        mlflow.log_input(mlflow.data.from_pandas(work.frame, name="train"), context="training")
        for name, number in METRICS.items():
            mlflow.log_metric(name, number)
        _plain_model(work, requirements)
        for page in work.pages:
            mlflow.log_artifact(str(page), "report")
        mlflow.set_tag("suite_hash.raw", "sha256:0")
        for name, number in RESULTS.items():
            mlflow.log_metric(name, number)
            client.log_metric(parent.info.run_id, name, number)


def _plain_model(work: Work, requirements: list[str] | None) -> None:
    import mlflow.sklearn

    example = work.frame.head()
    mlflow.sklearn.log_model(
        work.model,
        name="model",
        signature=mlflow.models.infer_signature(example, work.model.predict(example)),
        input_example=example,
        pip_requirements=requirements,
        registered_model_name=EXPERIMENT,
    )


STEPS: dict[str, Callable[[str, str, Work], None]] = {
    "sagepipe": ours,
    "MLflow, call by call, requirements given": plain,
    "MLflow, call by call": plain_inferring,
}
