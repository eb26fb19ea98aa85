"""The chains of ``local/``, written with the SageMaker Python SDK and run in its local mode.

SAGEMAKER_USER_CONFIG_OVERRIDE=telemetry-off.yaml python local_sdk.py chain-10 IMAGE
"""

import sys

import boto3
from quiet import CONFIG, validate_once
from sagemaker.core.processing import Processor
from sagemaker.core.workflow.pipeline_context import LocalPipelineSession
from sagemaker.mlops.local import LocalPipelineSession as RunningSession
from sagemaker.mlops.workflow.pipeline import Pipeline
from sagemaker.mlops.workflow.steps import ProcessingStep

RAN = "it ran"  # in local mode a step may succeed whose container never started
ROLE = "arn:aws:iam::000000000000:role/local"
KEYS = {"aws_access_key_id": "none", "aws_secret_access_key": "none"}
BOTO = boto3.Session(region_name="eu-west-1", **KEYS)
WRITING = LocalPipelineSession(boto_session=BOTO, default_bucket="none")
RUNNING = RunningSession(boto_session=BOTO, default_bucket="none", sagemaker_config=CONFIG)
validate_once()


def step(name, after, image):
    """Make one step."""
    processor = Processor(
        role=ROLE,
        image_uri=image,
        instance_count=1,
        instance_type="local",
        entrypoint=["python3", "-c", f"print('{RAN}')"],
        sagemaker_session=WRITING,
    )
    return ProcessingStep(name, step_args=processor.run(), depends_on=list(after))


def chained(count, made):
    """Put so many steps in a row."""
    steps = [made("noop-0", [])]
    for number in range(1, count):
        steps.append(made(f"noop-{number}", steps[-1:]))
    return steps


def wide(count, made):
    """Put so many steps beside each other, between one before and two after them."""
    first = made("first", [])
    between = [made(f"noop-{number}", [first]) for number in range(count)]
    join = made("join", between)
    return [first, *between, join, made("last", [join])]


def main(name, image):
    """Run one of them; what the containers print is printed."""
    shape, _, count = name.partition("-")
    steps = {"chain": chained, "wide": wide}[shape](
        int(count), lambda step_name, after: step(step_name, after, image)
    )
    pipeline = Pipeline(name=name, steps=steps, sagemaker_session=RUNNING)
    RUNNING.create_pipeline(pipeline, name)  # what Pipeline.create() asks for is not there locally
    execution = RUNNING.start_pipeline_execution(PipelineName=name)
    for done in execution.list_steps()["PipelineExecutionSteps"]:
        if done["StepStatus"] != "Succeeded":
            sys.exit(done["FailureReason"])


if __name__ == "__main__":
    main(*sys.argv[1:])
