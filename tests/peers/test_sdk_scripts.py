"""Scripts that the SageMaker SDK ships with a job run here, without the image that they are for.

The SDK starts them with commands of its own: ``ScriptProcessor`` names the script under
``/opt/ml/processing``, ``ModelTrainer`` a shell script that it has written and that spells out
paths under ``/opt/ml/input/data``.
"""

import json
import logging
import shutil
import tarfile
from pathlib import Path

import pytest

pytest.importorskip("sagemaker", reason="the SageMaker SDK is installed in tox's env peers only")

import sdk_pipelines  # noqa: F401 - before the SDK, which asks for a region when it is imported
from sagemaker.core.processing import ScriptProcessor
from sagemaker.core.shapes import ProcessingOutput, ProcessingS3Output
from sagemaker.mlops.workflow.pipeline import Pipeline
from sagemaker.mlops.workflow.steps import ProcessingStep, TrainingStep
from sagemaker.train import ModelTrainer
from sagemaker.train.configs import Compute, SourceCode
from sdk_pipelines.offline import session

from sagepipe import local
from sagepipe.local.launch.choose import ChosenLauncher

logging.getLogger("sagemaker").setLevel(logging.ERROR)
FOREIGN = "683313688378.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-scikit-learn:1.4-2-cpu-py3"
ROLE = "arn:aws:iam::000000000000:role/constant"
SCRIPT = """
import sys
with open("/opt/ml/processing/output/told/told.txt", "w") as file:
    file.write(" ".join(sys.argv[1:]))
"""
TRAIN = """
import json, os
with open(os.path.join(os.environ["SM_MODEL_DIR"], "model.json"), "w") as file:
    json.dump({"depth": json.loads(os.environ["SM_HPS"])["depth"]}, file)
"""


@pytest.fixture
def sdk(tmp_path, monkeypatch):
    """A session whose uploads go to the folder that stands for S3."""
    made = session()

    def upload(path, bucket, key_prefix, **_):
        place = tmp_path / ".sagepipe/s3" / bucket / key_prefix
        source = Path(path)
        if source.is_dir():
            shutil.copytree(source, place, dirs_exist_ok=True)
        else:
            place.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, place / source.name)
        return f"s3://{bucket}/{key_prefix}"

    monkeypatch.setattr(made, "upload_data", upload)
    monkeypatch.setattr(made, "default_bucket", lambda: "none")
    return made


def run(folder, sdk, *steps, runner):
    settings = local.LocalSettings(project=folder, runner=runner)
    try:
        ChosenLauncher(settings)
    except local.LocalError as error:
        pytest.skip(str(error))
    pipeline = Pipeline(name="scripts", steps=list(steps), sagemaker_session=sdk)
    execution = local.run(json.loads(pipeline.definition()), {}, settings)
    history = local.History(settings.root)
    log = "".join(history.log(execution.id, step.name) for step in execution.steps)
    assert execution.status == "Succeeded", log
    return execution, settings


def processing(folder, sdk):
    (folder / "tell.py").write_text(SCRIPT)
    processor = ScriptProcessor(
        role=ROLE,
        image_uri=FOREIGN,
        command=["python3"],
        instance_count=1,
        instance_type="ml.m5.large",
        sagemaker_session=sdk,
    )
    output = ProcessingOutput(
        output_name="told",
        s3_output=ProcessingS3Output(
            s3_uri="s3://b/told",
            local_path="/opt/ml/processing/output/told",
            s3_upload_mode="EndOfJob",
        ),
    )
    arguments = processor.run(
        code=str(folder / "tell.py"), arguments=["two", "words"], outputs=[output]
    )
    return ProcessingStep(name="tell", step_args=arguments)


def training(folder, sdk):
    source = folder / "source"
    source.mkdir()
    (source / "train.py").write_text(TRAIN)
    trainer = ModelTrainer(
        training_image=FOREIGN,
        source_code=SourceCode(source_dir=str(source), entry_script="train.py"),
        compute=Compute(instance_type="ml.m5.large", instance_count=1),
        hyperparameters={"depth": 5},
        role=ROLE,
        sagemaker_session=sdk,
        base_job_name="fit",
    )
    return TrainingStep(name="fit", step_args=trainer.train())


def test_a_script_processor(tmp_path, sdk):
    _, settings = run(tmp_path, sdk, processing(tmp_path, sdk), runner="sandbox")
    assert (settings.s3 / "b/told/told.txt").read_text() == "two words"


def test_a_model_trainer(tmp_path, sdk):
    execution, settings = run(tmp_path, sdk, training(tmp_path, sdk), runner="sandbox")
    model = execution.step("fit").properties["ModelArtifacts"]["S3ModelArtifacts"]
    with tarfile.open(settings.s3 / model.removeprefix("s3://")) as archive:
        assert json.load(archive.extractfile("model.json")) == {"depth": 5}


def test_a_model_trainer_is_refused_where_its_paths_are_not_true(tmp_path, sdk):
    with pytest.raises(local.DefinitionError, match=r"names a path under /opt/ml.*sandbox"):
        run(tmp_path, sdk, training(tmp_path, sdk), runner="process")
