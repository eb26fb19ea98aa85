"""From an author's source to several machines, one of which is taken away."""

import importlib.util
import os
import sys
import tarfile
from pathlib import Path

import pytest

from sagepipe import dsl, local
from sagepipe.compiler import compile_pipeline

HERE = Path(__file__).parent
LIBRARY = Path(dsl.__file__).parents[2]
TRAIN = "import sys\nfrom sagepipe import runtime\nsys.exit(runtime.main_training())\n"
VALUES = {
    "data_uri": "raw",
    "bucket": "b",
    "role_arn": "arn:aws:iam::000000000000:role/local",
    "image_uri": "image",
    "mlflow_tracking_uri": "off",
}


@pytest.fixture(scope="module")
def run(tmp_path_factory, timers_wait_until):
    """The settings, and the execution of the pipeline ``hosts``."""
    folder = tmp_path_factory.mktemp("project")
    spec = importlib.util.spec_from_file_location("authored_hosts", HERE / "authored_hosts.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (folder / "train.py").write_text(TRAIN)
    (folder / "raw").mkdir()
    for name in "abc":
        (folder / "raw" / name).write_text(name)
    settings = local.LocalSettings(
        project=folder,
        train=Path("train.py"),
        python=Path(sys.executable),
        environment={"PYTHONPATH": os.pathsep.join([str(LIBRARY), str(HERE)])},
        interrupt={"fit": 0.1},
    )

    def both_have_begun():
        kept = settings.runs.glob("*/fit/*/opt/ml/checkpoints/algo-*")
        return [file.read_text() for file in kept] == ["1", "1"]

    with timers_wait_until(both_have_begun):
        return settings, local.run(compile_pipeline(module.several), VALUES, settings)


def test_each_machine_works_on_its_share(run):
    settings, execution = run
    assert execution.status == "Succeeded"
    (folder,) = (settings.s3 / "b/pipelines/hosts").glob("*/shout/out/data")
    assert {path.name: path.read_text() for path in folder.iterdir()} == {
        "a": "ALGO-1 OF 2: A",
        "b": "ALGO-2 OF 2: B",
        "c": "ALGO-1 OF 2: C",
    }


def test_what_the_first_machine_returns_counts(run):
    settings, execution = run
    assert execution.step("shout").metrics == {"Output": 2.0}
    log = local.History(settings.root).log(execution.id, "shout")
    assert "returned.json" not in log


def test_the_interrupted_job_went_on_from_its_checkpoints(run):
    settings, execution = run
    step = execution.step("fit")
    assert step.metrics == {"epochs": 2.0}
    statuses = [item["Status"] for item in step.properties["SecondaryStatusTransitions"]]
    assert statuses.count("Interrupted") == 1
    uri = step.properties["ModelArtifacts"]["S3ModelArtifacts"]
    with tarfile.open(settings.s3 / uri.removeprefix("s3://")) as archive:
        assert {"algo-1", "algo-2"} <= set(archive.getnames())
