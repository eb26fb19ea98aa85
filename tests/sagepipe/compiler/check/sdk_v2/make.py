"""Write the definition beside this file, with the SageMaker SDK 2.257.6.

    python make.py

needs ``sagemaker==2.257.6`` and no AWS account. What it writes is committed as it comes out.
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
from sagemaker.drift_check_baselines import DriftCheckBaselines
from sagemaker.estimator import Estimator
from sagemaker.inputs import TrainingInput
from sagemaker.model import Model
from sagemaker.model_metrics import MetricsSource, ModelMetrics
from sagemaker.model_monitor import DatasetFormat
from sagemaker.network import NetworkConfig
from sagemaker.processing import ProcessingInput, ProcessingOutput, Processor
from sagemaker.transformer import Transformer
from sagemaker.tuner import ContinuousParameter, HyperparameterTuner
from sagemaker.workflow.check_job_config import CheckJobConfig
from sagemaker.workflow.condition_step import ConditionStep
from sagemaker.workflow.conditions import ConditionLessThanOrEqualTo
from sagemaker.workflow.execution_variables import ExecutionVariables
from sagemaker.workflow.fail_step import FailStep
from sagemaker.workflow.functions import Join, JsonGet
from sagemaker.workflow.model_step import ModelStep
from sagemaker.workflow.parameters import ParameterFloat, ParameterInteger, ParameterString
from sagemaker.workflow.pipeline import Pipeline
from sagemaker.workflow.pipeline_context import PipelineSession
from sagemaker.workflow.properties import PropertyFile
from sagemaker.workflow.quality_check_step import DataQualityCheckConfig, QualityCheckStep
from sagemaker.workflow.steps import (
    CacheConfig,
    ProcessingStep,
    TrainingStep,
    TransformStep,
    TuningStep,
)

HERE = Path(__file__).parent
ROLE = "arn:aws:iam::123456789012:role/pipelines"
IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/train:1"

session = PipelineSession(
    boto_session=boto3.Session(region_name="eu-west-1"), default_bucket="team-bucket"
)
# What would be uploaded stays here.
session._default_bucket = "team-bucket"
session.upload_data = lambda path, bucket=None, key_prefix=None, **_: f"s3://{bucket}/{key_prefix}"
session.upload_string_as_file_body = lambda body, desired_s3_uri=None, kms_key=None: desired_s3_uri


def build():
    """Every step that teams use."""
    data = ParameterString(name="Data", default_value="s3://team-bucket/raw")
    count = ParameterInteger(name="Count", default_value=1)
    machine = ParameterString(name="Machine", default_value="ml.m5.xlarge")
    most = ParameterFloat(name="MostError", default_value=6.0)
    cache = CacheConfig(enable_caching=True, expire_after="30d")

    processor = Processor(
        role=ROLE,
        image_uri=IMAGE,
        instance_count=count,
        instance_type=machine,
        entrypoint=["python3", "/opt/ml/processing/input/code/main.py"],
        env={"A": "b"},
        network_config=NetworkConfig(
            enable_network_isolation=False, security_group_ids=["sg-1"], subnets=["subnet-1"]
        ),
        sagemaker_session=session,
    )
    prepare = ProcessingStep(
        name="Prepare",
        step_args=processor.run(
            inputs=[ProcessingInput(source=data, destination="/opt/ml/processing/input/raw")],
            outputs=[
                ProcessingOutput(output_name="train", source="/opt/ml/processing/train"),
                ProcessingOutput(output_name="test", source="/opt/ml/processing/test"),
            ],
            arguments=["--count", count.to_string()],
        ),
        cache_config=cache,
    )
    outputs = prepare.properties.ProcessingOutputConfig.Outputs
    check = QualityCheckStep(
        name="Quality",
        check_job_config=CheckJobConfig(role=ROLE, sagemaker_session=session),
        quality_check_config=DataQualityCheckConfig(
            baseline_dataset=outputs["train"].S3Output.S3Uri,
            dataset_format=DatasetFormat.csv(header=False),
            output_s3_uri="s3://team-bucket/quality",
        ),
        skip_check=True,
        register_new_baseline=True,
        model_package_group_name="flights",
    )
    estimator = Estimator(
        image_uri=IMAGE,
        role=ROLE,
        instance_count=1,
        instance_type=machine,
        output_path="s3://team-bucket/models",
        hyperparameters={"rate": 0.1, "name": "x", "count": count},
        metric_definitions=[{"Name": "error", "Regex": "error=([0-9.]+)"}],
        use_spot_instances=True,
        max_run=3600,
        max_wait=7200,
        checkpoint_s3_uri="s3://team-bucket/checkpoints",
        sagemaker_session=session,
    )
    channels = {"train": TrainingInput(outputs["train"].S3Output.S3Uri, content_type="text/csv")}
    train = TrainingStep(name="Train", step_args=estimator.fit(channels), cache_config=cache)
    tuner = HyperparameterTuner(
        estimator,
        objective_metric_name="error",
        objective_type="Minimize",
        hyperparameter_ranges={"alpha": ContinuousParameter(0.1, 1)},
        metric_definitions=[{"Name": "error", "Regex": "error=([0-9.]+)"}],
        max_jobs=4,
        max_parallel_jobs=2,
    )
    tune = TuningStep(name="Tune", step_args=tuner.fit(channels))
    report = PropertyFile(name="report", output_name="report", path="report.json")
    evaluate = ProcessingStep(
        name="Evaluate",
        step_args=processor.run(
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
    create = ModelStep(name="Create", step_args=model.create(instance_type="ml.m5.xlarge"))
    transformer = Transformer(
        model_name=create.properties.ModelName,
        instance_count=count,
        instance_type=machine,
        output_path="s3://team-bucket/scored",
        sagemaker_session=session,
    )
    score = TransformStep(name="Score", step_args=transformer.transform(data=data))
    best = Model(
        image_uri=IMAGE,
        model_data=tune.get_top_model_s3_uri(0, "team-bucket", "models"),
        role=ROLE,
        sagemaker_session=session,
    )
    quality = check.properties
    register = ModelStep(
        name="Best",
        step_args=best.register(
            content_types=["text/csv"],
            response_types=["text/csv"],
            inference_instances=["ml.t2.medium"],
            transform_instances=["ml.m5.xlarge"],
            model_package_group_name="flights",
            approval_status="PendingManualApproval",
            model_metrics=ModelMetrics(
                model_data_statistics=MetricsSource(
                    s3_uri=quality.CalculatedBaselineStatistics, content_type="application/json"
                ),
            ),
            drift_check_baselines=DriftCheckBaselines(
                model_data_statistics=MetricsSource(
                    s3_uri=quality.BaselineUsedForDriftCheckStatistics,
                    content_type="application/json",
                ),
            ),
        ),
    )
    gate = ConditionStep(
        name="Gate",
        conditions=[
            ConditionLessThanOrEqualTo(
                left=JsonGet(
                    step_name="Evaluate", property_file=report, json_path="metrics.mse.value"
                ),
                right=most,
            )
        ],
        if_steps=[register, create, score],
        else_steps=[FailStep(name="Stop", error_message=Join(on=" ", values=["error >", most]))],
    )
    return Pipeline(
        name="flights",
        parameters=[data, count, machine, most],
        steps=[prepare, check, train, tune, evaluate, gate],
        sagemaker_session=session,
    )


if __name__ == "__main__":
    definition = json.loads(build().definition())
    (HERE / "pipeline.json").write_text(json.dumps(definition, indent=2) + "\n", encoding="utf-8")
