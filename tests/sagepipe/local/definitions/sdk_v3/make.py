"""Write the definitions beside this file, with the SageMaker SDK 3.27.0.

    python make.py

needs ``sagemaker==3.27.0`` and no AWS account. What it writes is committed as it comes out.
"""

import json
import os
from pathlib import Path

os.environ |= {
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_SECRET_ACCESS_KEY": "none",
    "SAGEMAKER_VALIDATE_ROLE": "false",  # otherwise a trainer asks IAM what the role may do
}

import boto3
from sagemaker.core.processing import ScriptProcessor
from sagemaker.core.shapes import (
    MetricDefinition,
    ProcessingInput,
    ProcessingOutput,
    ProcessingS3Input,
    ProcessingS3Output,
)
from sagemaker.core.workflow.conditions import ConditionLessThanOrEqualTo
from sagemaker.core.workflow.execution_variables import ExecutionVariables
from sagemaker.core.workflow.functions import Join, JsonGet
from sagemaker.core.workflow.parameters import ParameterFloat, ParameterString
from sagemaker.core.workflow.pipeline_context import PipelineSession
from sagemaker.core.workflow.properties import Properties, PropertyFile
from sagemaker.mlops.workflow.cleanup_step import CleanupStep, S3CleanupSource
from sagemaker.mlops.workflow.condition_step import ConditionStep
from sagemaker.mlops.workflow.fail_step import FailStep
from sagemaker.mlops.workflow.for_each_step import (
    CurrentItem,
    ForEachSelector,
    ForEachStep,
    IterationOutput,
)
from sagemaker.mlops.workflow.model_step import ModelStep
from sagemaker.mlops.workflow.pipeline import Pipeline
from sagemaker.mlops.workflow.step_dependency import StepDependency, TriggerCondition
from sagemaker.mlops.workflow.steps import CacheConfig, ProcessingStep, TrainingStep
from sagemaker.serve.model_builder import ModelBuilder
from sagemaker.train import ModelTrainer
from sagemaker.train.configs import Compute, InputData, OutputDataConfig, StoppingCondition

HERE = Path(__file__).parent
PROGRAMS = HERE.parent / "programs"
ROLE = "arn:aws:iam::123456789012:role/pipelines"
IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/train:1"
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


def processing(name, program, inputs, outputs, arguments=None, round_=(), files=(), **options):
    """A processing step that runs a script of the user's own."""
    processor = ScriptProcessor(
        role=ROLE,
        image_uri=IMAGE,
        command=["python3"],
        instance_count=1,
        instance_type="ml.m5.xlarge",
        max_runtime_in_seconds=600,
        sagemaker_session=session,
    )
    place = ["s3:/", "team-bucket", ExecutionVariables.PIPELINE_EXECUTION_ID, name, *round_]
    request = processor.run(
        code=str(PROGRAMS / program),
        inputs=[
            ProcessingInput(
                input_name=key.replace("/", "-"),
                s3_input=ProcessingS3Input(
                    s3_uri=uri,
                    local_path=f"/opt/ml/processing/{key}",
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
                    s3_uri=Join(on="/", values=[*place, key]),
                    local_path=f"/opt/ml/processing/{key}",
                    s3_upload_mode="EndOfJob",
                ),
            )
            for key in outputs
        ],
        arguments=arguments,
    )
    return ProcessingStep(name=name, step_args=request, property_files=list(files), **options)


def prepare(data, share, **options):
    """Split the data."""
    inputs, arguments = {"input/raw": data}, ["--share", share]
    return processing("Prepare", "prepare.py", inputs, ["train", "test"], arguments, **options)


def output(step, name):
    """Where a processing step's output lies."""
    return step.properties.ProcessingOutputConfig.Outputs[name].S3Output.S3Uri


def train(name, channel, shift, **options):
    """A training step that runs the image's own program."""
    made = ModelTrainer(
        sagemaker_session=session,
        role=ROLE,
        training_image=IMAGE,
        base_job_name=name,
        compute=Compute(instance_type="ml.m5.xlarge", instance_count=1, volume_size_in_gb=30),
        stopping_condition=StoppingCondition(max_runtime_in_seconds=600),
        output_data_config=OutputDataConfig(s3_output_path="s3://team-bucket/models"),
        input_data_config=[InputData(channel_name="train", data_source=channel)],
        hyperparameters={"shift": shift},
    ).with_metric_definitions([MetricDefinition(name="distance", regex="distance=([0-9.]+);")])
    return TrainingStep(name=name, step_args=made.train(), **options)


def evaluate(model, test, report):
    """Measure a model's error."""
    inputs = {"model": model, "test": test}
    return processing("Evaluate", "evaluate.py", inputs, ["report"], files=[report])


def training():
    """Prepare, train, evaluate; register the model, or fail."""
    data = ParameterString(name="Data", default_value="s3://team-bucket/raw")
    share = ParameterFloat(name="Share", default_value=0.5)
    most = ParameterFloat(name="MostError", default_value=6.0)
    prepared = prepare(
        data,
        share.to_string(),
        cache_config=CacheConfig(enable_caching=True, expire_after="P30D"),
    )
    fitted = train("Train", output(prepared, "train"), 0.5)
    report = PropertyFile(name="report", output_name="report", path="report.json")
    archive = fitted.properties.ModelArtifacts.S3ModelArtifacts
    evaluated = evaluate(archive, output(prepared, "test"), report)
    model = ModelBuilder(
        image_uri=IMAGE, s3_model_data_url=archive, role_arn=ROLE, sagemaker_session=session
    )
    register = ModelStep(
        name="Keep",
        step_args=model.register(
            model_package_group_name="numbers",
            content_types=["text/csv"],
            response_types=["text/csv"],
            inference_instances=["ml.m5.large"],
            transform_instances=["ml.m5.xlarge"],
            approval_status="PendingManualApproval",
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
        parameters=[data, share, most],
        steps=[prepared, fitted, evaluated, gate],
        sagemaker_session=session,
    )


def loops():
    """Try several models, measure the best; tell of a failure; clean up."""
    data = ParameterString(name="Data", default_value="s3://team-bucket/raw")
    shifts = ParameterString(name="Shifts", default_value='[{"by": 0.5}, {"by": 3}, {"by": 0}]')
    prepared = prepare(data, "0.5")
    fitted = train("Fit", output(prepared, "train"), CurrentItem().by)
    tried = ForEachStep(
        "Try",
        iterable_items=shifts,
        max_concurrency=2,
        for_each_body=[fitted],
        selector=ForEachSelector(
            "MinBy", IterationOutput(fitted).FinalMetricDataList["distance"].Value
        ),
    )
    # What the step hands out holds the session, which a processor fails to copy.
    best = Properties(step_name="Try", path="Selected.ModelArtifacts.S3ModelArtifacts")
    report = PropertyFile(name="report", output_name="report", path="report.json")
    evaluated = evaluate(best, output(prepared, "test"), report)
    whenever = processing(
        "Whenever",
        "prepare.py",
        {"input/raw": data},
        ["train", "test"],
        depends_on=[StepDependency(tried, TriggerCondition.ANY)],
    )
    after_failure = processing(
        "AfterFailure",
        "prepare.py",
        {"input/raw": data},
        ["train", "test"],
        depends_on=[StepDependency(tried, TriggerCondition.FAILED)],
    )
    cleaned = CleanupStep(
        "Clean",
        s3_sources=[
            S3CleanupSource(
                prepared, [Join(on="/", values=[output(prepared, "test"), "test.txt"])]
            ),
        ],
        depends_on=[evaluated],
    )
    return Pipeline(
        name="loops",
        parameters=[data, shifts],
        steps=[prepared, tried, evaluated, whenever, after_failure, cleaned],
        sagemaker_session=session,
    )


if __name__ == "__main__":
    for build in (training, loops):
        written = json.dumps(json.loads(build().definition()), indent=2)
        (HERE / f"{build.__name__}.json").write_text(written + "\n", encoding="utf-8")
