"""Create or update a pipeline in SageMaker, and start it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sagepipe.aws.errors import explained


@dataclass(frozen=True)
class Submission:
    """What was submitted.

    Attributes:
        pipeline_arn: The pipeline.
        created: Whether it is new; otherwise it was updated.
        execution_arn: The execution that was started, if one was.
    """

    pipeline_arn: str
    created: bool
    execution_arn: str | None


def submit(
    definition: Mapping[str, Any],
    *,
    name: str,
    description: str,
    region: str,
    role_arn: str,
    parameters: Mapping[str, str],
    start: bool = True,
) -> Submission:
    """Create or update a pipeline and start an execution of it.

    Args:
        definition: The compiled definition.
        name: The pipeline's name.
        description: For people.
        region: The AWS region.
        role_arn: The role that SageMaker runs the pipeline under.
        parameters: Values for the definition's parameters, as text (StartPipelineExecution).
        start: Whether to start an execution.

    Returns:
        What AWS calls them.

    Raises:
        AwsError: AWS could not be reached, or refused.
    """
    with explained(region):
        import boto3

        client = boto3.session.Session().client("sagemaker", region_name=region)
        body = json.dumps(definition)
        request = {
            "PipelineName": name,
            "PipelineDefinition": body,
            "PipelineDescription": description or name,
            "RoleArn": role_arn,
        }
        if _exists(client, name):
            arn = client.update_pipeline(**request)["PipelineArn"]
            created = False
        else:
            arn = client.create_pipeline(**request)["PipelineArn"]
            created = True
        execution = None
        if start:
            execution = client.start_pipeline_execution(
                PipelineName=name,
                PipelineParameters=[
                    {"Name": key, "Value": value} for key, value in parameters.items()
                ],
            )["PipelineExecutionArn"]
    return Submission(arn, created, execution)


def _exists(client: Any, name: str) -> bool:
    pages = client.get_paginator("list_pipelines").paginate(PipelineNamePrefix=name)
    return any(item["PipelineName"] == name for page in pages for item in page["PipelineSummaries"])
