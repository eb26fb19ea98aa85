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
from sagemaker.core.lambda_helper import Lambda
from sagemaker.core.model_metrics import MetricsSource, ModelMetrics
from sagemaker.core.parameter import CategoricalParameter, ContinuousParameter, IntegerParameter
from sagemaker.core.processing import Processor
from sagemaker.core.shapes import (
    MetricDefinition,
    ProcessingInput,
    ProcessingOutput,
    ProcessingS3Input,
    ProcessingS3Output,
)
from sagemaker.core.transformer import Transformer
from sagemaker.core.workflow.conditions import (
    ConditionEquals,
    ConditionGreaterThanOrEqualTo,
    ConditionIn,
    ConditionNot,
    ConditionOr,
)
from sagemaker.core.workflow.execution_variables import ExecutionVariables
from sagemaker.core.workflow.functions import Join, JsonGet
from sagemaker.core.workflow.parameters import (
    ParameterBoolean,
    ParameterFloat,
    ParameterInteger,
    ParameterString,
)
from sagemaker.core.workflow.pipeline_context import PipelineSession
from sagemaker.core.workflow.properties import PropertyFile
from sagemaker.mlops.workflow.callback_step import (
    CallbackOutput,
    CallbackOutputTypeEnum,
    CallbackStep,
)
from sagemaker.mlops.workflow.cleanup_step import CleanupStep, S3CleanupSource
from sagemaker.mlops.workflow.condition_step import ConditionStep
from sagemaker.mlops.workflow.emr_serverless_step import EMRServerlessJobConfig, EMRServerlessStep
from sagemaker.mlops.workflow.emr_step import EMRStep, EMRStepConfig
from sagemaker.mlops.workflow.fail_step import FailStep
from sagemaker.mlops.workflow.for_each_step import (
    CurrentItem,
    ForEachSelector,
    ForEachStep,
    IterationOutput,
)
from sagemaker.mlops.workflow.lambda_step import LambdaOutput, LambdaOutputTypeEnum, LambdaStep
from sagemaker.mlops.workflow.model_step import ModelStep
from sagemaker.mlops.workflow.pipeline import Pipeline
from sagemaker.mlops.workflow.retry import (
    SageMakerJobExceptionTypeEnum,
    SageMakerJobStepRetryPolicy,
    StepExceptionTypeEnum,
    StepRetryPolicy,
)
from sagemaker.mlops.workflow.step_dependency import StepDependency, TriggerCondition
from sagemaker.mlops.workflow.steps import (
    CacheConfig,
    ProcessingStep,
    TrainingStep,
    TransformStep,
    TuningStep,
)
from sagemaker.serve.model_builder import ModelBuilder
from sagemaker.train import ModelTrainer
from sagemaker.train.configs import Compute, InputData, OutputDataConfig, StoppingCondition
from sagemaker.train.tuner import HyperparameterTuner

HERE = Path(__file__).parent
ROLE = "arn:aws:iam::123456789012:role/pipelines"
IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/train:1"
CACHE = CacheConfig(enable_caching=True, expire_after="P30D")
METRICS = [MetricDefinition(name="auc", regex="auc=([0-9.]+)")]
RETRIES = [
    StepRetryPolicy(exception_types=[StepExceptionTypeEnum.THROTTLING], max_attempts=3),
    SageMakerJobStepRetryPolicy(
        exception_types=[SageMakerJobExceptionTypeEnum.CAPACITY_ERROR], expire_after_mins=60
    ),
]

session = PipelineSession(
    boto_session=boto3.Session(region_name="eu-west-1"), default_bucket="team-bucket"
)
session._default_bucket = "team-bucket"


def processing(name, inputs, outputs, arguments=None, files=(), **options):
    """A processing step that reads and writes S3 prefixes."""
    processor = Processor(
        role=ROLE,
        image_uri=IMAGE,
        instance_count=options.pop("instance_count", 1),
        instance_type=options.pop("instance_type", "ml.m5.xlarge"),
        env={"EXPERIMENT": ExecutionVariables.PIPELINE_NAME},
        max_runtime_in_seconds=3600,
        sagemaker_session=session,
    )
    request = processor.run(
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
                    s3_uri=Join(
                        on="/",
                        values=[
                            "s3:/",
                            "team-bucket",
                            ExecutionVariables.PIPELINE_EXECUTION_ID,
                            name,
                            key,
                        ],
                    ),
                    local_path=f"/opt/ml/processing/output/{key}",
                    s3_upload_mode="EndOfJob",
                ),
            )
            for key in outputs
        ],
        arguments=arguments,
    )
    return ProcessingStep(name=name, step_args=request, property_files=list(files), **options)


def output(step, name):
    """Where a processing step's output lies."""
    return step.properties.ProcessingOutputConfig.Outputs[name].S3Output.S3Uri


def trainer(channels, name="fit", **options):
    """What trains on S3 prefixes."""
    return ModelTrainer(
        sagemaker_session=session,
        role=ROLE,
        training_image=IMAGE,
        base_job_name=name,
        compute=Compute(instance_type="ml.m5.xlarge", instance_count=1, volume_size_in_gb=30),
        stopping_condition=StoppingCondition(max_runtime_in_seconds=3600),
        output_data_config=OutputDataConfig(s3_output_path="s3://team-bucket/models"),
        input_data_config=[
            InputData(channel_name=key, data_source=uri) for key, uri in channels.items()
        ],
        **options,
    )


def builder(data):
    """What makes a model of a training job's artifacts."""
    return ModelBuilder(
        image_uri=IMAGE, s3_model_data_url=data, role_arn=ROLE, sagemaker_session=session
    )


def registration():
    """Prepare, train, evaluate; register the model or fail."""
    data = ParameterString(name="DataUri", default_value="s3://team-bucket/raw")
    count = ParameterInteger(name="InstanceCount", default_value=1)
    kind = ParameterString(
        name="InstanceType",
        default_value="ml.m5.xlarge",
        enum_values=["ml.m5.xlarge", "ml.c5.xlarge"],
    )
    least = ParameterFloat(name="LeastAuc", default_value=0.8)
    strict = ParameterBoolean(name="Strict", default_value=True)
    approval = ParameterString(name="Approval", default_value="PendingManualApproval")
    prepare = processing(
        "Prepare",
        {"raw": data},
        ["train", "test"],
        ["--rows", count.to_string(), "--strict", strict.to_string()],
        instance_count=count,
        instance_type=kind,
        cache_config=CACHE,
        retry_policies=RETRIES,
    )
    fit = trainer(
        {"train": output(prepare, "train")},
        hyperparameters={"rate": 0.1, "depth": count.to_string()},
        environment={"LEAST": least.to_string()},
    ).with_metric_definitions(METRICS)
    train = TrainingStep(
        name="Train", step_args=fit.train(), cache_config=CACHE, retry_policies=RETRIES
    )
    report = PropertyFile(name="report", output_name="metrics", path="metrics.json")
    evaluate = processing(
        "Evaluate",
        {
            "model": train.properties.ModelArtifacts.S3ModelArtifacts,
            "test": output(prepare, "test"),
        },
        ["metrics"],
        files=[report],
    )
    metrics = ModelMetrics(
        model_statistics=MetricsSource(
            content_type="application/json",
            s3_uri=Join(on="/", values=[output(evaluate, "metrics"), "metrics.json"]),
        )
    )
    register = ModelStep(
        name="Register",
        step_args=builder(train.properties.ModelArtifacts.S3ModelArtifacts).register(
            model_package_group_name="flights",
            content_types=["application/json"],
            response_types=["application/json"],
            inference_instances=["ml.m5.large"],
            transform_instances=["ml.m5.xlarge"],
            approval_status=approval,
            model_metrics=metrics,
            customer_metadata_properties={"run": ExecutionVariables.PIPELINE_EXECUTION_ID},
        ),
    )
    auc = JsonGet(step_name="Evaluate", property_file=report, json_path="metrics.auc")
    gate = ConditionStep(
        name="Gate",
        conditions=[
            ConditionGreaterThanOrEqualTo(left=auc, right=least),
            ConditionOr(
                conditions=[
                    ConditionEquals(left=strict, right=False),
                    ConditionNot(
                        ConditionGreaterThanOrEqualTo(
                            left=0.5, right=train.properties.FinalMetricDataList["auc"].Value
                        )
                    ),
                    ConditionIn(value=kind, in_values=["ml.m5.xlarge", data]),
                ]
            ),
        ],
        if_steps=[register],
        else_steps=[
            FailStep(name="TooLow", error_message=Join(on=" ", values=["auc is", auc, "<", least]))
        ],
    )
    return Pipeline(
        name="registration",
        parameters=[data, count, kind, least, strict, approval],
        steps=[prepare, train, evaluate, gate],
        sagemaker_session=session,
    )


def search():
    """Search hyperparameters, make a model of the best, score a batch."""
    batch = ParameterString(name="Batch", default_value="s3://team-bucket/batch")
    prepare = processing("Prepare", {"raw": "s3://team-bucket/raw"}, ["train"])
    tuner = HyperparameterTuner(
        trainer({}, hyperparameters={"depth": 3}),
        objective_metric_name="auc",
        hyperparameter_ranges={
            "rate": ContinuousParameter(0.01, 0.3, scaling_type="Logarithmic"),
            "leaves": IntegerParameter(4, 64),
            "loss": CategoricalParameter(["log", "hinge"]),
        },
        metric_definitions=[{"Name": "auc", "Regex": "auc=([0-9.]+)"}],
        max_jobs=8,
        max_parallel_jobs=2,
    )
    tune = TuningStep(
        name="Tune", step_args=tuner.tune(), cache_config=CACHE, retry_policies=RETRIES
    )
    model = ModelStep(
        name="Model",
        step_args=builder(tune.get_top_model_s3_uri(0, "team-bucket", "models")).build(),
    )
    transformer = Transformer(
        model_name=model.properties.ModelName,
        instance_count=1,
        instance_type="ml.m5.xlarge",
        strategy="MultiRecord",
        assemble_with="Line",
        accept="text/csv",
        output_path="s3://team-bucket/scored",
        max_concurrent_transforms=2,
        max_payload=6,
        sagemaker_session=session,
    )
    score = TransformStep(
        name="Score",
        step_args=transformer.transform(data=batch, content_type="text/csv", split_type="Line"),
        cache_config=CACHE,
    )
    return Pipeline(
        name="search",
        parameters=[batch],
        steps=[prepare, tune, model, score],
        sagemaker_session=session,
    )


def guests():
    """Other services' steps, a loop, run conditions, a cleanup."""
    items = ParameterString(name="Items", default_value='["a", "b"]')
    ask = LambdaStep(
        name="Ask",
        lambda_func=Lambda(function_arn="arn:aws:lambda:eu-west-1:123456789012:function:ask"),
        inputs={"items": items, "when": ExecutionVariables.START_DATETIME},
        outputs=[LambdaOutput(output_name="rows", output_type=LambdaOutputTypeEnum.Integer)],
        cache_config=CACHE,
    )
    wait = CallbackStep(
        name="Wait",
        sqs_queue_url="https://sqs.eu-west-1.amazonaws.com/123456789012/queue",
        inputs={"rows": ask.properties.Outputs["rows"]},
        outputs=[CallbackOutput(output_name="uri", output_type=CallbackOutputTypeEnum.String)],
    )
    spark = EMRStep(
        name="Spark",
        display_name="Spark",
        description="On a cluster",
        cluster_id="j-1ABCDEFGHIJKL",
        step_config=EMRStepConfig(
            jar="command-runner.jar",
            args=["spark-submit", "s3://team-bucket/job.py"],
            properties=[{"Key": "k", "Value": "v"}],
        ),
    )
    serverless = EMRServerlessStep(
        name="Serverless",
        display_name="Serverless",
        description="On none",
        application_id="00abcdef12345678",
        job_config=EMRServerlessJobConfig(
            job_driver={"sparkSubmit": {"entryPoint": "s3://team-bucket/job.py"}},
            execution_role_arn=ROLE,
        ),
    )
    item = CurrentItem()
    prepare = processing(
        "PrepareOne",
        {"raw": wait.properties.Outputs["uri"]},
        ["out"],
        ["--item", item.name, "--part", item["a b"]],
    )
    fit = trainer({"train": output(prepare, "out")}).with_metric_definitions(METRICS)
    train = TrainingStep(name="TrainOne", step_args=fit.train())
    loop = ForEachStep(
        name="Loop",
        iterable_items=items,
        max_concurrency=3,
        for_each_body=[prepare, train],
        selector=ForEachSelector(
            pick="MaxBy", field=IterationOutput(train).FinalMetricDataList["auc"].Value
        ),
        depends_on=[spark, serverless],
    )
    # As an input's S3Uri, a reference to a loop sends the SDK's deep copy into its clients.
    first = loop.properties.IterationOutputs[0].PrepareOne
    best = processing(
        "Best",
        {"raw": "s3://team-bucket/raw"},
        ["out"],
        [
            "--status",
            loop.properties.Status,
            "--model",
            loop.properties.Selected.ModelArtifacts.S3ModelArtifacts,
            "--first",
            first.ProcessingOutputConfig.Outputs["out"].S3Output.S3Uri,
        ],
    )
    sweep = CleanupStep(
        name="Sweep",
        s3_sources=[
            S3CleanupSource(
                best, s3_uris=[Join(on="/", values=[output(best, "out"), "part-0.csv"])]
            )
        ],
    )
    failed = processing(
        "Failed",
        {"raw": "s3://team-bucket/raw"},
        ["out"],
        depends_on=[StepDependency(loop, TriggerCondition.FAILED)],
    )
    return Pipeline(
        name="guests",
        parameters=[items],
        steps=[ask, wait, spark, serverless, loop, best, sweep, failed],
        sagemaker_session=session,
    )


def main():
    """Write every definition."""
    for make in (registration, search, guests):
        definition = json.loads(make().definition())
        path = HERE / f"{make.__name__}.json"
        path.write_text(json.dumps(definition, indent=2) + "\n", encoding="utf-8")
        print(path.name, len(definition["Steps"]))


if __name__ == "__main__":
    main()
