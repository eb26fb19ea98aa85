"""The training pipeline: its definition, and a whole run on this machine."""

from pathlib import Path

import pytest
from mlflow import MlflowClient
from sagepipe import compiler, local, tracking

from {{ cookiecutter.package }}.pipelines.training import NAME, training

GOLDEN = Path(__file__).parents[1] / "golden" / "training.json"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where this run keeps its things."""
    return tmp_path_factory.mktemp("run")


@pytest.fixture(scope="module")
def settings(project: Path, root: Path) -> local.LocalSettings:
    """This machine, as `sagepipe run` describes it."""
    return local.LocalSettings(
        root=root,
        project=project,
        train=project / "docker" / "train.py",
        environment={"PYTHONPATH": str(project / "src")},
    )


@pytest.fixture(scope="module")
def tracking_uri(root: Path) -> str:
    """An MLflow store of its own."""
    return f"sqlite:///{root}/mlflow.db"


@pytest.fixture(scope="module")
def execution(settings: local.LocalSettings, tracking_uri: str, sample: Path) -> local.Execution:
    """A run of the whole pipeline on the sample."""
    return local.run(
        compiler.compile_pipeline(training),
        {
            "data_uri": str(sample),
            "max_iter": "40",
            "bucket": "local",
            "role_arn": "arn:aws:iam::000000000000:role/local",
            "image_uri": "train:local",
            "serving_image_uri": "serve:local",
            "mlflow_tracking_uri": tracking_uri,
        },
        settings,
        pipeline=NAME,
    )


def test_the_definition_is_the_golden_one():
    """Where a change is meant: make compile ARGS="-o tests/golden/training.json"."""
    assert compiler.to_json(compiler.compile_pipeline(training)) == GOLDEN.read_text()


class TestRun:
    def test_succeeds_step_by_step(self, execution):
        assert {step.name: step.failure_reason for step in execution.steps} == dict.fromkeys(
            ["preprocess", "train", "evaluate", "good-enough", "register-model", "publish"]
        )
        assert execution.status == "Succeeded"

    def test_registers_the_model_that_was_trained(self, execution, settings):
        package = local.History(settings.root).latest_model()
        assert package.group == NAME
        assert package.execution_id == execution.id
        trained = execution.step("train").properties["ModelArtifacts"]["S3ModelArtifacts"]
        assert package.model_data_url == trained
        assert trained.startswith(f"s3://local/models/{NAME}/pipelines-{execution.id}-train-")

    @pytest.mark.filterwarnings("ignore:The ``noload`` loader:DeprecationWarning")  # MLflow's own
    def test_names_the_models_run_and_version_in_mlflow(self, execution, settings, tracking_uri):
        metadata = local.History(settings.root).latest_model().metadata
        assert metadata["mlflow.experiment_name"] == NAME
        assert metadata["mlflow.model_version"] == f"{NAME}/1"
        client = MlflowClient(tracking_uri)
        run = client.get_run(metadata["mlflow.run_id"])
        assert run.data.tags["sagepipe.execution_id"] == execution.id
        assert run.info.run_name == "train"
        assert client.get_model_version(NAME, "1").run_id == run.info.run_id

    def test_publishes_it_where_readers_of_the_current_model_look(self, execution, settings):
        trained = execution.step("train").properties["ModelArtifacts"]["S3ModelArtifacts"]
        published = settings.s3 / "local" / "models" / NAME / "output" / "model.tar.gz"
        assert published.read_bytes() == local.History(settings.root).path(trained).read_bytes()

    @pytest.mark.filterwarnings("ignore:The ``noload`` loader:DeprecationWarning")  # MLflow's own
    def test_is_tracked_with_parameters_and_metrics_side_by_side(self, execution, tracking_uri):
        parent = tracking.find_execution(tracking_uri, NAME, execution.id)
        assert parent.status == "FINISHED"
        recorded = MlflowClient(tracking_uri).get_run(parent.run_id).data
        assert recorded.params["train.max_iter"] == "40"
        assert recorded.metrics == pytest.approx(dict(execution.step("evaluate").metrics))
