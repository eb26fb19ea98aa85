"""What authors and the runtime record. Without an active run every call does nothing."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sagepipe.contract import names
from sagepipe.tracking import quiet, tags
from sagepipe.tracking.logged_model import LoggedModel
from sagepipe.tracking.run import ActiveRun, active

if TYPE_CHECKING:
    import pandas
    from matplotlib.figure import Figure
    from mlflow.entities import Metric, Param, RunTag

_PER_BATCH = 100  # MLflow: params and tags in one log_batch request
_NAMED = 5  # of what could not be recorded, in the warning


def log_params(params: Mapping[str, Any]) -> None:
    """Record parameters on the step's run.

    Args:
        params: Values by name; their text is recorded.
    """
    run = active()
    if run:
        _batch(run, params=params)


def log_metrics(metrics: Mapping[str, float], step: int = 0) -> None:
    """Record metrics on the step's run.

    Args:
        metrics: Numbers by name.
        step: The epoch or iteration that they belong to.
    """
    run = active()
    if run:
        _batch(run, metrics=metrics, step=step)


def log_figure(figure: "Figure", file: str) -> None:
    """Record a plot.

    Args:
        figure: A matplotlib figure.
        file: The artifact's name, such as ``roc.png``.
    """
    run = active()
    if run:
        run.attempt(f"figure {file}", lambda: run.client.log_figure(run.run_id, figure, file))


def log_artifact(path: str | Path, folder: str | None = None) -> None:
    """Record a file or folder.

    Args:
        path: The file or folder; one that was recorded in this step already is passed over.
        folder: The artifact folder to put it in.
    """
    run = active()
    file = Path(path).absolute()
    if not run or file in run.logged:
        return
    run.logged.add(file)
    if file.is_dir():
        run.logged.update(file.rglob("*"))
        name = f"{folder}/{file.name}" if folder else file.name
        run.attempt(
            f"artifact {file}", lambda: run.client.log_artifacts(run.run_id, str(file), name)
        )
    else:
        run.attempt(
            f"artifact {file}", lambda: run.client.log_artifact(run.run_id, str(file), folder)
        )


def log_dataset(frame: "pandas.DataFrame", name: str, context: str) -> None:
    """Record which data were used: schema, size, digest.

    Args:
        frame: The data.
        name: Their name, such as ``train``.
        context: What they were used for, such as ``training``.
    """
    run = active()
    if run:
        run.attempt(f"data set {name}", lambda: _log_dataset(run, frame, name, context))


def log_model(
    model: Any, example: "pandas.DataFrame", registered_name: str | None = None
) -> LoggedModel:
    """Record a scikit-learn model with its signature and an input example, and register it.

    Args:
        model: A fitted estimator or pipeline.
        example: A few rows of its input.
        registered_name: The registered model that it becomes a new version of, in MLflow's model
            registry; the experiment's name, which is the pipeline's, where not given.

    Returns:
        Its version and its run, for the model's metadata; none of both while they are kept in the
        job's output.
    """
    run = active()
    if not run:
        return LoggedModel()
    from sagepipe.tracking import models

    name = registered_name or run.identity.experiment
    uri = run.attempt("the model", lambda: models.log_sklearn(model, example))
    version = uri and run.attempt(f"a version of {name}", lambda: models.register(uri, name))
    if run.kept:  # MLflow numbers versions and runs when they are uploaded
        return LoggedModel()
    return LoggedModel(version or names.NOT_TRACKED, run.run_id)


def set_tags(values: Mapping[str, str]) -> None:
    """Set tags on the step's run.

    Args:
        values: Texts by name.
    """
    run = active()
    if run:
        _batch(run, tags=values)


def log_step(
    params: Mapping[str, Any], component: str, source: Path, data: Mapping[str, Path]
) -> None:
    """Record what a step starts from, on its run and its execution's.

    Args:
        params: The component's parameters; on the execution's run they are ``<step>.<name>``.
        component: The component, ``module:function``.
        source: Its file; the file's git commit is recorded.
        data: Folders of input artifacts by name; their hashes are recorded.
    """
    run = active()
    if not run:
        return
    from sagepipe.tracking import provenance

    commit = provenance.git_commit(source.parent)
    common = {tags.GIT_COMMIT: commit, tags.SOURCE_COMMIT: commit.partition("-")[0]}
    common = common if commit else {}
    described = {
        **common,
        tags.SOURCE_NAME: component,
        **{f"{tags.DATA_HASH}.{name}": provenance.data_hash(path) for name, path in data.items()},
    }
    _batch(run, params=params, tags=described)
    if run.identity.trial:
        _batch(run, tags=common, on_parent=True)
        return  # each training job has other values; the run above them is one
    above = {f"{run.identity.step}.{name}": value for name, value in params.items()}
    _batch(run, params=above, tags=common, on_parent=True)


def log_suite(checked: str, suite: str) -> None:
    """Record which expectation suite data were checked against.

    Args:
        checked: What was checked, such as ``raw``.
        suite: The suite's hash.
    """
    set_tags({f"{tags.SUITE_HASH}.{checked}": suite})


def log_result_metrics(metrics: Mapping[str, float]) -> None:
    """Record metrics on the step's run and on its execution's, where runs are compared.

    Args:
        metrics: Numbers by name.
    """
    run = active()
    if run:
        _batch(run, metrics=metrics)
        if not run.identity.trial:
            _batch(run, metrics=metrics, on_parent=True)


def _batch(
    run: ActiveRun,
    params: Mapping[str, Any] | None = None,
    metrics: Mapping[str, float] | None = None,
    tags: Mapping[str, str] | None = None,
    step: int = 0,
    on_parent: bool = False,
) -> None:
    """Log in as few requests as MLflow allows."""
    import time

    from mlflow.entities import Metric, Param, RunTag

    now = int(time.time() * 1000)
    texts = [Param(name, str(value)) for name, value in (params or {}).items()]
    numbers = [Metric(name, float(value), now, step) for name, value in (metrics or {}).items()]
    labels = [RunTag(name, str(value)) for name, value in (tags or {}).items()]
    for start in range(0, max(len(texts), len(numbers), len(labels)), _PER_BATCH):
        part = slice(start, start + _PER_BATCH)
        keys = [*(params or {}), *(metrics or {}), *(tags or {})]
        what = ", ".join(keys[:_NAMED]) + (" …" if len(keys) > _NAMED else "")
        run.attempt(what, partial(_send, run, on_parent, numbers[part], texts[part], labels[part]))


def _send(
    run: ActiveRun,
    on_parent: bool,
    metrics: "list[Metric]",
    params: "list[Param]",
    tags: "list[RunTag]",
) -> None:
    run.client.log_batch(run.parent_id if on_parent else run.run_id, metrics, params, tags)


def _log_dataset(run: ActiveRun, frame: "pandas.DataFrame", name: str, context: str) -> None:
    import mlflow
    from mlflow.data.code_dataset_source import CodeDatasetSource
    from mlflow.data.pandas_dataset import from_pandas

    source = CodeDatasetSource(tags={tags.SOURCE_NAME: run.identity.step})
    with quiet.hints():
        data = from_pandas(frame, source=source, name=name)
        mlflow.log_input(data, context=context)
