"""What authors and the runtime record. Without an active run every call does nothing."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sagepipe.contract import names
from sagepipe.tracking import provenance, records, tags, uploads
from sagepipe.tracking.logged_model import LoggedModel
from sagepipe.tracking.run import active

if TYPE_CHECKING:
    import pandas
    from matplotlib.figure import Figure


def log_params(params: Mapping[str, Any]) -> None:
    """Record parameters on the step's run.

    Args:
        params: Values by name; their text is recorded.
    """
    run = active()
    if run:
        run.record(records.make(params=params))


def log_metrics(metrics: Mapping[str, float], step: int = 0) -> None:
    """Record metrics on the step's run.

    Args:
        metrics: Numbers by name; MLflow gets it with ``_`` for a character that it refuses, such as
            a bracket.
        step: The epoch or iteration that they belong to.
    """
    run = active()
    if run:
        run.record(records.make(metrics=metrics, step=step))


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
    file = Path(path).absolute()
    if file.is_dir():
        folder = f"{folder}/{file.name}" if folder else file.name
    log_artifacts([file], folder)


def log_artifacts(paths: Sequence[Path], folder: str | None = None) -> None:
    """Record several files, sent beside each other where a server takes them.

    Args:
        paths: The files; of folders, what is in them. What was recorded in this step already is
            passed over.
        folder: The artifact folder to put them in.
    """
    run = active()
    if not run:
        return
    new = [path for path in map(Path.absolute, paths) if path not in run.logged]
    files = [file for path in new for file in uploads.below(path, folder)]
    run.logged.update(new, (it.file for it in files))
    run.attempt_all(
        [(f"artifact {it.file}", it) for it in files],
        lambda parts: uploads.send(run.run.info.artifact_uri, run.identity.tracking_uri, parts),
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
        from sagepipe.tracking import datasets

        run.attempt(f"data set {name}", lambda: datasets.log(run, frame, name, context))


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
    from sagepipe.tracking import models, versions

    name = registered_name or run.identity.experiment
    begun: list[str] = []
    made = run.attempt("the model", lambda: models.log_sklearn(run, model, example, name, begun))
    kept = run.kept

    def register(made: models.Logged) -> str:
        if run.kept and not kept:  # the server was lost after it had taken the model
            wanted = {f"{tags.WANTED}.{made.model_id}": name}
            run.record(records.make(tags=wanted))
            return ""
        return versions.find_or_make(run.client, run.run_id, made.model_id, name)

    version = made and (made.version or run.attempt(f"a version of {name}", lambda: register(made)))
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
        run.record(records.make(tags=values))


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
    commit = provenance.git_commit(source.parent)
    common = {tags.GIT_COMMIT: commit, tags.SOURCE_COMMIT: commit.partition("-")[0]}
    common = common if commit else {}
    described = {
        **common,
        tags.SOURCE_NAME: component,
        **{f"{tags.DATA_HASH}.{name}": provenance.data_hash(path) for name, path in data.items()},
    }
    above = {f"{run.identity.step}.{name}": value for name, value in params.items()}
    if run.identity.trial:  # each training job has other values; the run above them is one
        above = {}
    run.record(records.make(params=params, tags=described), records.make(params=above, tags=common))


def log_suite(checked: str, suite: str) -> None:
    """Record which expectation suite data were checked against, at the latest when the step ends.

    Args:
        checked: What was checked, such as ``raw``.
        suite: The suite's hash.
    """
    run = active()
    if run:
        run.later.append((False, records.make(tags={f"{tags.SUITE_HASH}.{checked}": suite})))


def log_result_metrics(metrics: Mapping[str, float]) -> None:
    """Record metrics on the step's run and on its execution's, where runs are compared.

    Made when the component has returned, they are sent when the step ends, all together.

    Args:
        metrics: Numbers by name.
    """
    run = active()
    if run:
        for on_parent in (False,) if run.identity.trial else (False, True):
            run.later.append((on_parent, records.make(metrics=metrics)))
