"""What the SageMaker SDK compiled runs here: the oracle's definitions, to their end."""

import json
import os
import sys
from pathlib import Path

import pytest

pytest.importorskip("sagemaker", reason="the SageMaker SDK is installed in tox's env peers only")

from sdk_pipelines import theirs

from sagepipe import local

HERE = Path(__file__).parent
ENVIRONMENT = {
    "bucket": "local",
    "role_arn": "arn:aws:iam::000000000000:role/local",
    "image_uri": "local",
    "mlflow_tracking_uri": "off",
}
TRAIN = "import sys\nfrom sagepipe import runtime\nsys.exit(runtime.main_training())\n"


@pytest.fixture
def execute(tmp_path):
    """Compiles a pipeline with the SDK, and runs what came out."""

    def run(name):
        definition = json.loads(getattr(theirs, name)().definition())
        (tmp_path / "train.py").write_text(TRAIN)
        for folder in ("data", ".sagepipe/s3/elsewhere/train"):
            (tmp_path / folder).mkdir(parents=True)
            for file in ("a.csv", "b.csv"):  # one for each of two hosts
                (tmp_path / folder / file).write_text("a,b\n1,2\n")
        settings = local.LocalSettings(
            project=tmp_path,
            train=Path("train.py"),
            python=Path(sys.executable),
            environment={
                "PYTHONPATH": os.pathsep.join([str(HERE), str(Path(local.__file__).parents[2])])
            },
        )
        declared = {item["Name"] for item in definition["Parameters"]}
        values = {"data_uri": "data", **ENVIRONMENT}
        values = {key: value for key, value in values.items() if key in declared}
        execution = local.run(definition, values, settings, pipeline=name)
        reasons = [
            f"{step.name}: {step.failure_reason}" for step in execution.steps if step.failure_reason
        ]
        return execution.status, {step.name: step.status for step in execution.steps}, reasons

    return run


STEPS = {
    "processing": "look prepare merge notify",
    "training": "prepare fit score fit-2",
    "conditions": "look fit score condition condition-2 condition-3 condition-4 condition-5 "
    "condition-6 slow notify-2 notify-5",
    "loops": "for-each fit-each-0 fit-each-1 score score-2 look files look-2-each-0 look-2-each-1 "
    "prepare-each-0 prepare-each-1 notify merge notify-2-0 notify-2-1 notify-2-2",
    "exits": "prepare fit notify notify-2 score cleanup",
}


@pytest.mark.parametrize("name", STEPS)
def test_it_runs_to_its_end(execute, name):
    status, found, reasons = execute(name)
    assert status == "Succeeded", reasons
    assert sorted(found) == sorted(STEPS[name].split())
