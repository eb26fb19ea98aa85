"""Definitions that the SageMaker SDK compiled, v2 and v3, run as they came out of it.

``definitions/sdk_v2`` and ``definitions/sdk_v3`` hold them beside the scripts that wrote them; the
programs of their jobs are in ``definitions/programs`` and know nothing of this library.
"""

import json
import shutil
import tarfile
from pathlib import Path

import pytest

HERE = Path(__file__).parent / "definitions"
PROGRAMS = HERE / "programs"


def steps(definition):
    """Every step, wherever it stands."""
    waiting = list(definition["Steps"])
    for step in waiting:
        for inside in ("IfSteps", "ElseSteps", "ForEachBody"):
            waiting += step["Arguments"].get(inside, [])
    return waiting


@pytest.fixture
def execute(project):
    """Runs a definition, with its scripts and its data where the SDK would have put them."""

    def run(name, **given):
        from sagepipe import local

        definition = json.loads((HERE / f"{name}.json").read_text())
        for step in steps(definition):
            for item in step["Arguments"].get("ProcessingInputs", ()):
                if item["InputName"] == "code":
                    place = project.s3(item["S3Input"]["S3Uri"])
                    place.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy(PROGRAMS / place.name, place)
        project.put("s3://team-bucket/raw/numbers.txt", "1 2 3 4")
        project.settings_with(train=PROGRAMS / "train.py")
        return local.run(definition, given, project.settings, pipeline=Path(name).name)

    return run


def statuses(execution):
    return {step.name: step.status for step in execution.steps}


@pytest.mark.parametrize("sdk", ["sdk_v2", "sdk_v3"])
class TestTraining:
    def registered(self, sdk):
        return {"sdk_v2": "Keep-RegisterModel", "sdk_v3": "Keep"}[sdk]

    def test_a_good_model_is_registered(self, project, execute, sdk):
        execution = execute(f"{sdk}/training")
        assert execution.status == "Succeeded", execution.steps
        assert list(statuses(execution)) == [
            "Prepare",
            "Train",
            "Evaluate",
            "Gate",
            self.registered(sdk),
        ]
        assert project.log(execution, "Prepare") == "2 of 4 lines to train with\n"
        assert execution.step("Train").metrics == {"distance": 2.0}
        assert execution.step("Evaluate").metrics == {"metrics.error.value": 1.5}
        (package,) = project.history.model_packages("numbers")
        with tarfile.open(package.model_data) as archive:
            assert archive.extractfile("mean.txt").read() == b"2.0"

    def test_a_bad_one_is_not(self, project, execute, sdk):
        execution = execute(f"{sdk}/training", MostError="1", Share="0.75")
        assert execution.status == "Failed"
        assert execution.step("Stop").failure_reason == "error > 1.0"
        assert project.history.model_packages("numbers") == []


def test_execution_variables_and_an_experiment_of_ones_own(execute):
    execution = execute("sdk_v2/variables")
    said = execution.step("Tell").failure_reason.split()
    arn = "arn:aws:sagemaker:local:000000000000"
    assert said[:4] == [
        "variables",
        f"{arn}:pipeline/variables",
        execution.id,
        f"{arn}:pipeline/variables/execution/{execution.id}",
    ]
    assert said[4] == execution.started.isoformat() <= said[5]
    assert said[6] == f"{arn}:training-job/{execution.step('Train1').job_name}"
    assert said[7] == "3.5"


class TestLoops:
    def test_the_best_of_several_models_is_measured(self, project, execute):
        execution = execute("sdk_v3/loops")
        assert execution.status == "Succeeded", execution.steps
        assert set(statuses(execution)) == {
            "Prepare",
            "Try",
            *("Fit-0", "Fit-1", "Fit-2"),
            "Evaluate",
            "Whenever",
            "Clean",
        }
        assert execution.step("Evaluate").metrics == {"metrics.error.value": 2.0}  # of shift 0
        cleaned = project.s3(f"s3://team-bucket/{execution.id}/Prepare")
        assert not (cleaned / "test/test.txt").exists()
        assert (cleaned / "train/train.txt").exists()

    def test_a_failure_in_it_is_handled(self, execute):
        execution = execute("sdk_v3/loops", Shifts='[{"by": "far"}]')
        assert execution.status == "CompletedWithFailures"
        assert statuses(execution) == {
            "Prepare": "Succeeded",
            "Try": "Failed",
            "Fit-0": "Failed",
            "Whenever": "Succeeded",
            "AfterFailure": "Succeeded",
        }
