"""A step's work, and all that a store has of it."""

from pathlib import Path
from typing import Any

from sagepipe import tracking
from sagepipe.tracking import StepIdentity, store, tags


def work(fitted: tuple[Any, Any], folder: Path) -> None:
    """Record some of everything."""
    (folder / "report").mkdir(exist_ok=True)
    (folder / "report/page.html").write_text("<p>")
    (folder / "notes.txt").write_text("notes")
    tracking.log_step({"rate": 0.5}, "team.train:train", Path(__file__), {})
    for epoch in range(3):
        tracking.log_metrics({"loss": 1 / (epoch + 1)}, step=epoch)
    tracking.log_artifact(folder / "report")
    tracking.log_dataset(fitted[1], "train", "training")
    tracking.log_artifact(folder / "notes.txt", folder="texts")
    tracking.log_model(*fitted)
    tracking.set_tags({"owner": "team"})
    tracking.log_result_metrics({"auc": 0.75})


def content(tracking_uri: str, identity: StepIdentity) -> dict[str, Any]:
    """Describe an execution's runs by name, without what differs from one upload to the next."""
    client = store.client(tracking_uri)
    found = client.get_experiment_by_name(identity.experiment)
    runs = client.search_runs([found.experiment_id]) if found else []
    names = {run.info.run_id: run.info.run_name for run in runs}
    return {
        str(run.info.run_name): {
            "status": run.info.status,
            "in": names.get(run.data.tags.get(tags.PARENT_RUN)),
            "params": run.data.params,
            "metrics": {name: _history(client, run, name) for name in sorted(run.data.metrics)},
            "tags": {
                name: text
                for name, text in run.data.tags.items()
                if name in ("owner", tags.STEP, tags.SOURCE_NAME, tags.EXECUTION_ID)
            },
            "files": sorted(_files(client, run)),
            "data": [(item.dataset.name, item.tags[0].value) for item in run.inputs.dataset_inputs],
            "models": [_model(client, output.model_id) for output in run.outputs.model_outputs],
        }
        for run in runs
        if run.data.tags.get(tags.EXECUTION_ID) == identity.execution_id
    }


def _history(client: Any, run: Any, name: str) -> list[tuple[int, float]]:
    return [(item.step, item.value) for item in client.get_metric_history(run.info.run_id, name)]


def _files(client: Any, run: Any, folder: str | None = None) -> list[str]:
    found = client.list_artifacts(run.info.run_id, folder)
    below = [name for item in found if item.is_dir for name in _files(client, run, item.path)]
    return [item.path for item in found if not item.is_dir] + below


def _model(client: Any, model_id: str) -> tuple[Any, ...]:
    import mlflow

    model = client.get_logged_model(model_id)
    info = mlflow.models.get_model_info(f"models:/{model_id}")
    versions = client.search_model_versions("")
    named = sorted(item.name for item in versions if item.source == f"models:/{model_id}")
    assert named == ["flights"]
    loaded = mlflow.sklearn.load_model(f"models:/{model_id}").predict([[0.0], [3.0]]).tolist()
    own = info.run_id == model.source_run_id and info.model_id == model_id
    return model.name, model.status, info.signature.inputs.input_names(), named, loaded, own
