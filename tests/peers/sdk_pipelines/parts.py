"""What the SDK's pipelines share: the environment's parameters, and one job of each kind.

Written with the SDK's own classes from its documentation; nothing here comes from sagepipe.
"""

from sagemaker.core.processing import Processor
from sagemaker.core.shapes import (
    Channel,
    DataSource,
    MetricDefinition,
    OutputDataConfig,
    ProcessingInput,
    ProcessingOutput,
    ProcessingS3Input,
    ProcessingS3Output,
    S3DataSource,
    StoppingCondition,
)
from sagemaker.core.workflow.execution_variables import ExecutionVariables
from sagemaker.core.workflow.functions import Join, JsonGet
from sagemaker.core.workflow.parameters import ParameterString
from sagemaker.core.workflow.properties import PropertyFile
from sagemaker.mlops.workflow.pipeline import Pipeline
from sagemaker.mlops.workflow.steps import ProcessingStep, TrainingStep
from sagemaker.train import ModelTrainer
from sagemaker.train.configs import Compute

from sdk_pipelines.offline import session

SESSION = session()
BUCKET = ParameterString("bucket")
ROLE = ParameterString("role_arn")
IMAGE = ParameterString("image_uri")
SERVING_IMAGE = ParameterString("serving_image_uri")
TRACKING = ParameterString("mlflow_tracking_uri")
ROLE_ARN = "arn:aws:iam::000000000000:role/constant"  # where the SDK takes no parameter
EXECUTION = ExecutionVariables.PIPELINE_EXECUTION_ID
COMPONENTS = "sdk_pipelines.ours"

LOOKED = PropertyFile(name="returned", output_name="returned", path="returned.json")
METRICS = PropertyFile(name="metrics", output_name="metrics", path="metrics.json")


def at(*segments):
    """A place in the environment's bucket."""
    return Join(on="/", values=["s3:/", BUCKET, *segments])


def output_at(pipeline, step, output, *round_):
    return at("pipelines", pipeline, EXECUTION, step, *round_, output, "data")


def text(*values):
    return Join(on="", values=list(values))


def variables(pipeline, step, **more):
    return {
        "MLFLOW_TRACKING_URI": TRACKING,
        "MLFLOW_EXPERIMENT_NAME": pipeline,
        "SAGEPIPE_STEP": step,
        "SAGEPIPE_IMAGE_URI": IMAGE,
        **more,
    }


def reads(uri, *, place, sharded=False, name=None):
    return ProcessingInput(
        input_name=name or place,
        app_managed=False,
        s3_input=ProcessingS3Input(
            s3_uri=uri,
            local_path=f"/opt/ml/processing/input/{place}",
            s3_data_type="S3Prefix",
            s3_input_mode="File",
            s3_data_distribution_type="ShardedByS3Key" if sharded else "FullyReplicated",
            s3_compression_type="None",
        ),
    )


def writes(uri, name):
    return ProcessingOutput(
        output_name=name,
        app_managed=False,
        s3_output=ProcessingS3Output(
            s3_uri=uri,
            local_path=f"/opt/ml/processing/output/{name}",
            s3_upload_mode="EndOfJob",
        ),
    )


def processing(
    pipeline,
    name,
    component,
    *,
    inputs=(),
    outputs=(),
    arguments=(),
    output_uris=None,
    round_=(),
    variables_=None,
    step=None,
    module=COMPONENTS,
    **processor,
):
    """A processing step that runs a component."""
    own = output_uris or {}
    job = Processor(
        **{
            "role": ROLE,
            "image_uri": IMAGE,
            "instance_count": 1,
            "instance_type": "ml.m5.xlarge",
            "entrypoint": ["python", "-m", "sagepipe.runtime"],
            "max_runtime_in_seconds": 86400,
            "env": variables(pipeline, name, **(variables_ or {})),
            "sagemaker_session": SESSION,
            **processor,
        }
    )
    run = job.run(
        inputs=list(inputs),
        outputs=[
            writes(own.get(out) or output_at(pipeline, name, out, *round_), out) for out in outputs
        ],
        arguments=[f"{module}:{component}", *arguments],
    )
    return ProcessingStep(name, step_args=run, **(step or {}))


def look(pipeline, name, uri, *, mode="fast", step=None, **more):
    return processing(
        pipeline,
        name,
        "look",
        inputs=[reads(uri, place="raw")],
        outputs=["returned"],
        arguments=["--mode", mode],
        step={"description": "Look at the data.", "property_files": [LOOKED], **(step or {})},
        **more,
    )


def looked(step, value):
    """A value that ``look`` returns."""
    return JsonGet(step_name=step.name, property_file=LOOKED, json_path=value)


def prepare(
    pipeline,
    name,
    uri,
    *,
    share="0.2",
    columns='["a", "b"]',
    label="late",
    strict="true",
    sharded=False,
    **more,
):
    return processing(
        pipeline,
        name,
        "prepare",
        inputs=[reads(uri, place="raw", sharded=sharded)],
        outputs=["train", "test"],
        arguments=[
            *("--share", share, "--columns", columns),
            *("--label", label, "--strict", strict),
        ],
        **more,
    )


def score(pipeline, name, test, model, step=None, **more):
    return processing(
        pipeline,
        name,
        "score",
        inputs=[reads(test, place="test"), reads(model, place="model")],
        outputs=["metrics"],
        step={"property_files": [METRICS], **(step or {})},
        **more,
    )


def notify(pipeline, name, words, **step):
    return processing(pipeline, name, "notify", arguments=["--text", words], step=step)


def output_of(step, name):
    return step.properties.ProcessingOutputConfig.Outputs[name].S3Output.S3Uri


def model_of(step):
    return step.properties.ModelArtifacts.S3ModelArtifacts


def channel(name, uri, sharded=False):
    source = S3DataSource(
        s3_data_type="S3Prefix",
        s3_uri=uri,
        s3_data_distribution_type="ShardedByS3Key" if sharded else "FullyReplicated",
    )
    return Channel(channel_name=name, data_source=DataSource(s3_data_source=source))


METRIC_REGEXES = {name: rf"sagepipe metric {name}=([-+0-9.eE]+);" for name in ("auc", "loss")}


def trainer(
    pipeline,
    name,
    hyperparameters,
    *,
    component="fit",
    metrics=METRIC_REGEXES,
    variables_=None,
    output=None,
    compute=None,
    stopping=None,
    module=COMPONENTS,
    **more,
):
    """What trains with a component."""
    made = ModelTrainer(
        **{
            "base_job_name": name,
            "role": ROLE_ARN,
            "training_image": IMAGE,
            "sagemaker_session": SESSION,
            "compute": Compute(
                **{
                    "instance_type": "ml.m5.xlarge",
                    "instance_count": 1,
                    "volume_size_in_gb": 30,
                    **(compute or {}),
                }
            ),
            "stopping_condition": StoppingCondition(
                **{"max_runtime_in_seconds": 86400, **(stopping or {})}
            ),
            "output_data_config": OutputDataConfig(
                s3_output_path=at("models", pipeline), **(output or {})
            ),
            "hyperparameters": hyperparameters,
            "environment": {
                "SAGEPIPE_COMPONENT": f"{module}:{component}",
                **variables(pipeline, name, **(variables_ or {})),
            },
            **more,
        }
    )
    if metrics:
        made.with_metric_definitions(
            [MetricDefinition(name=key, regex=regex) for key, regex in metrics.items()]
        )
    return made


def fit(
    pipeline,
    name,
    uri,
    *,
    rate="0.1",
    depth="3",
    booster="gbtree",
    sharded=False,
    step=None,
    **more,
):
    hyperparameters = {"rate": rate, "depth": depth, "booster": booster}
    made = trainer(pipeline, name, hyperparameters, **more)
    run = made.train(input_data_config=[channel("train", uri, sharded)])
    return TrainingStep(name, step_args=run, **(step or {}))


def pipeline(name, parameters, steps):
    return Pipeline(name=name, parameters=parameters, steps=steps, sagemaker_session=SESSION)
