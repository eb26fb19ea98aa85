"""Write the definitions beside this file, with the SageMaker SDK 2.257.7.

    python make.py

needs ``sagemaker==2.257.7`` and no AWS account. What it writes is committed as it comes out.
"""

import json
import os
from pathlib import Path

os.environ |= {
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_SECRET_ACCESS_KEY": "none",
}

import boto3
from sagemaker.estimator import Estimator
from sagemaker.inputs import TrainingInput
from sagemaker.model import Model
from sagemaker.model_metrics import MetricsSource, ModelMetrics
from sagemaker.processing import ProcessingInput, ProcessingOutput, ScriptProcessor
from sagemaker.workflow.condition_step import ConditionStep
from sagemaker.workflow.conditions import ConditionLessThanOrEqualTo
from sagemaker.workflow.execution_variables import ExecutionVariables
from sagemaker.workflow.fail_step import FailStep
from sagemaker.workflow.functions import Join, JsonGet
from sagemaker.workflow.model_step import ModelStep
from sagemaker.workflow.parameters import ParameterFloat, ParameterInteger, ParameterString
from sagemaker.workflow.pipeline import Pipeline
from sagemaker.workflow.pipeline_context import PipelineSession
from sagemaker.workflow.pipeline_experiment_config import PipelineExperimentConfig
from sagemaker.workflow.properties import PropertyFile
from sagemaker.workflow.retry import SageMakerJobExceptionTypeEnum, SageMakerJobStepRetryPolicy
from sagemaker.workflow.steps import CacheConfig, ProcessingStep, TrainingStep

HERE = Path(__file__).parent
PROGRAMS = HERE.parent / "programs"
ROLE = "arn:aws:iam::123456789012:role/pipelines"
IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/train:1"
RETRIES = [
    SageMakerJobStepRetryPolicy(
        exception_types=[SageMakerJobExceptionTypeEnum.CAPACITY_ERROR], max_attempts=3
    )
]

TELEMETRY_OFF = {
    "SchemaVersion": "1.0",
    "SageMaker": {"PythonSDK": {"Modules": {"TelemetryOptOut": True}}},
}

session = PipelineSession(
    boto_session=boto3.Session(region_name="eu-west-1"),
    default_bucket="team-bucket",
    sagemaker_config=TELEMETRY_OFF,
)
# What would be uploaded stays here; where it would be is what the SDK answers.
session._default_bucket = "team-bucket"
session.upload_data = lambda path, bucket=None, key_prefix=None, **_: (
    f"s3://{bucket}/{key_prefix}/{Path(path).name}"
)


def script(name):
    """A processor that runs a script of the user's own."""
    return ScriptProcessor(
        role=ROLE,
        image_uri=IMAGE,
        command=["python3"],
        instance_count=1,
        instance_type="ml.m5.xlarge",
        base_job_name=name,
        sagemaker_session=session,
    )


def estimator(shift):
    """What trains with the image's own program."""
    return Estimator(
        image_uri=IMAGE,
        role=ROLE,
        instance_count=1,
        instance_type="ml.m5.xlarge",
        output_path="s3://team-bucket/models",
        hyperparameters={"shift": shift, "deep": True, "names": ["a", "b"]},
        metric_definitions=[{"Name": "distance", "Regex": "distance=([0-9.]+);"}],
        max_run=600,
        sagemaker_session=session,
    )


def training():
    """Prepare, train, evaluate; register the model, or fail."""
    data = ParameterString(name="Data", default_value="s3://team-bucket/raw")
    share = ParameterFloat(name="Share", default_value=0.5)
    most = ParameterFloat(name="MostError", default_value=6.0)
    approval = ParameterString(name="Approval", default_value="PendingManualApproval")
    prepare = ProcessingStep(
        name="Prepare",
        step_args=script("prepare").run(
            code=str(PROGRAMS / "prepare.py"),
            inputs=[
                ProcessingInput(
                    source=data, destination="/opt/ml/processing/input/raw", input_name="raw"
                )
            ],
            outputs=[
                ProcessingOutput(output_name="train", source="/opt/ml/processing/train"),
                ProcessingOutput(output_name="test", source="/opt/ml/processing/test"),
            ],
            arguments=["--share", share.to_string()],
        ),
        cache_config=CacheConfig(enable_caching=True, expire_after="P30D"),
        retry_policies=RETRIES,
    )
    outputs = prepare.properties.ProcessingOutputConfig.Outputs
    train = TrainingStep(
        name="Train",
        step_args=estimator(0.5).fit(
            {"train": TrainingInput(outputs["train"].S3Output.S3Uri, content_type="text/plain")}
        ),
        retry_policies=RETRIES,
    )
    report = PropertyFile(name="report", output_name="report", path="report.json")
    evaluate = ProcessingStep(
        name="Evaluate",
        step_args=script("evaluate").run(
            code=str(PROGRAMS / "evaluate.py"),
            inputs=[
                ProcessingInput(
                    source=train.properties.ModelArtifacts.S3ModelArtifacts,
                    destination="/opt/ml/processing/model",
                ),
                ProcessingInput(
                    source=outputs["test"].S3Output.S3Uri, destination="/opt/ml/processing/test"
                ),
            ],
            outputs=[
                ProcessingOutput(
                    output_name="report",
                    source="/opt/ml/processing/report",
                    destination=Join(
                        on="/",
                        values=["s3://team-bucket", ExecutionVariables.PIPELINE_EXECUTION_ID],
                    ),
                )
            ],
        ),
        property_files=[report],
    )
    model = Model(
        image_uri=IMAGE,
        model_data=train.properties.ModelArtifacts.S3ModelArtifacts,
        role=ROLE,
        sagemaker_session=session,
    )
    metrics = evaluate.properties.ProcessingOutputConfig.Outputs["report"].S3Output.S3Uri
    register = ModelStep(
        name="Keep",
        step_args=model.register(
            content_types=["text/csv"],
            response_types=["text/csv"],
            inference_instances=["ml.t2.medium"],
            transform_instances=["ml.m5.xlarge"],
            model_package_group_name="numbers",
            approval_status=approval,
            model_metrics=ModelMetrics(
                model_statistics=MetricsSource(
                    s3_uri=Join(on="/", values=[metrics, "report.json"]),
                    content_type="application/json",
                )
            ),
        ),
    )
    error = JsonGet(step_name="Evaluate", property_file=report, json_path="metrics.error.value")
    gate = ConditionStep(
        name="Gate",
        conditions=[ConditionLessThanOrEqualTo(left=error, right=most)],
        if_steps=[register],
        else_steps=[FailStep(name="Stop", error_message=Join(on=" ", values=["error >", most]))],
    )
    return Pipeline(
        name="numbers",
        parameters=[data, share, most, approval],
        steps=[prepare, train, evaluate, gate],
        sagemaker_session=session,
    )


def variables():
    """Two trainings side by side, an experiment of one's own, execution variables everywhere."""
    count = ParameterInteger(name="Count", default_value=1)
    steps = [
        TrainingStep(
            name=f"Train{shift}",
            step_args=estimator(count.to_string()).fit(
                {"train": TrainingInput("s3://team-bucket/raw")}
            ),
        )
        for shift in (1, 2)
    ]
    names = (
        ExecutionVariables.PIPELINE_NAME,
        ExecutionVariables.PIPELINE_ARN,
        ExecutionVariables.PIPELINE_EXECUTION_ID,
        ExecutionVariables.PIPELINE_EXECUTION_ARN,
        ExecutionVariables.START_DATETIME,
        ExecutionVariables.CURRENT_DATETIME,
        steps[0].properties.TrainingJobArn,
        steps[1].properties.FinalMetricDataList["distance"].Value,
    )
    tell = FailStep(name="Tell", error_message=Join(on=" ", values=list(names)))
    return Pipeline(
        name="variables",
        parameters=[count],
        pipeline_experiment_config=PipelineExperimentConfig(
            "experiment", Join(on="-", values=["trial", ExecutionVariables.PIPELINE_EXECUTION_ID])
        ),
        steps=[*steps, tell],
        sagemaker_session=session,
    )


if __name__ == "__main__":
    for build in (training, variables):
        written = json.dumps(json.loads(build().definition()), indent=2)
        (HERE / f"{build.__name__}.json").write_text(written + "\n", encoding="utf-8")
