"""The pipeline of ``project/``, written with the SageMaker Python SDK v3, compiled and printed."""

from quiet import session
from sagemaker.core.processing import Processor
from sagemaker.core.shapes import (
    Channel,
    DataSource,
    OutputDataConfig,
    ProcessingInput,
    ProcessingOutput,
    ProcessingS3Input,
    ProcessingS3Output,
    S3DataSource,
)
from sagemaker.core.workflow.conditions import ConditionGreaterThanOrEqualTo
from sagemaker.core.workflow.execution_variables import ExecutionVariables
from sagemaker.core.workflow.functions import Join, JsonGet
from sagemaker.core.workflow.parameters import ParameterFloat, ParameterString
from sagemaker.core.workflow.properties import PropertyFile
from sagemaker.mlops.workflow.condition_step import ConditionStep
from sagemaker.mlops.workflow.fail_step import FailStep
from sagemaker.mlops.workflow.pipeline import Pipeline
from sagemaker.mlops.workflow.steps import ProcessingStep, TrainingStep
from sagemaker.train import ModelTrainer
from sagemaker.train.configs import Compute

NAME = "bench-training"
SESSION = session()
DATA = ParameterString("data_uri")
RATE = ParameterFloat("learning_rate", default_value=0.1)
BAR = ParameterFloat("min_auc", default_value=0.65)
BUCKET, ROLE, IMAGE, TRACKING = (
    ParameterString(name) for name in ("bucket", "role_arn", "image_uri", "mlflow_tracking_uri")
)


def at(*segments):
    return Join(on="/", values=["s3:/", BUCKET, *segments])


def variables(step):
    return {
        "MLFLOW_TRACKING_URI": TRACKING,
        "MLFLOW_EXPERIMENT_NAME": NAME,
        "SAGEPIPE_STEP": step,
        "SAGEPIPE_IMAGE_URI": IMAGE,
    }


def job(name, inputs, outputs, arguments=(), files=()):
    processor = Processor(
        role=ROLE,
        image_uri=IMAGE,
        instance_count=1,
        instance_type="ml.m5.xlarge",
        entrypoint=["python", "-m", "sagepipe.runtime"],
        env=variables(name),
        sagemaker_session=SESSION,
    )
    run = processor.run(
        inputs=[
            ProcessingInput(
                input_name=key,
                s3_input=ProcessingS3Input(
                    s3_uri=uri,
                    local_path=f"/opt/ml/processing/input/{key}",
                    s3_data_type="S3Prefix",
                    s3_input_mode="File",
                ),
            )
            for key, uri in inputs.items()
        ],
        outputs=[
            ProcessingOutput(
                output_name=key,
                s3_output=ProcessingS3Output(
                    s3_uri=at(
                        "pipelines", NAME, ExecutionVariables.PIPELINE_EXECUTION_ID, name, key
                    ),
                    local_path=f"/opt/ml/processing/output/{key}",
                    s3_upload_mode="EndOfJob",
                ),
            )
            for key in outputs
        ],
        arguments=[f"bench.components:{name}", *arguments],
    )
    return ProcessingStep(name, step_args=run, property_files=list(files))


def output(step, name):
    return step.properties.ProcessingOutputConfig.Outputs[name].S3Output.S3Uri


def training(uri):
    trainer = ModelTrainer(
        base_job_name="train",
        role="arn:aws:iam::000000000000:role/constant",
        training_image=IMAGE,
        sagemaker_session=SESSION,
        compute=Compute(instance_type="ml.m5.xlarge", instance_count=1, volume_size_in_gb=30),
        output_data_config=OutputDataConfig(s3_output_path=at("models", NAME)),
        hyperparameters={"learning_rate": Join(on="", values=[RATE]), "max_iter": "100"},
        environment={"SAGEPIPE_COMPONENT": "bench.components:train", **variables("train")},
    )
    source = DataSource(s3_data_source=S3DataSource(s3_data_type="S3Prefix", s3_uri=uri))
    run = trainer.train(input_data_config=[Channel(channel_name="train", data_source=source)])
    return TrainingStep("train", step_args=run)


def pipeline():
    """Build the pipeline."""
    metrics = PropertyFile(name="metrics", output_name="metrics", path="metrics.json")
    prepared = job(
        "preprocess",
        {"raw": DATA},
        ["train", "test"],
        ["--test_fraction", "0.2", "--seed", "7"],
    )
    fitted = training(output(prepared, "train"))
    model = fitted.properties.ModelArtifacts.S3ModelArtifacts
    inputs = {"test": output(prepared, "test"), "model": model}
    scored = job("evaluate", inputs, ["metrics"], files=[metrics])
    auc = JsonGet(step_name="evaluate", property_file=metrics, json_path="auc")
    gate = ConditionStep(
        "good-enough",
        conditions=[ConditionGreaterThanOrEqualTo(auc, BAR)],
        if_steps=[job("publish", {"model": model}, ["published"])],
        else_steps=[FailStep("fail", error_message="auc below the bar")],
    )
    return Pipeline(
        name=NAME,
        parameters=[DATA, RATE, BAR, BUCKET, ROLE, IMAGE, TRACKING],
        steps=[prepared, fitted, scored, gate],
        sagemaker_session=SESSION,
    )


if __name__ == "__main__":
    print(pipeline().definition())
