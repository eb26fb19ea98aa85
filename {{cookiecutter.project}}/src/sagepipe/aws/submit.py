"""Create or update a pipeline in SageMaker, and start it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sagepipe.aws.errors import AwsError, explained
from sagepipe.contract import limits


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
    bucket: str = "",
    display_name: str | None = None,
    tags: Mapping[str, str] | None = None,
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
        bucket: Where a definition goes that is too large for the API.
        display_name: What SageMaker Studio shows; the name where not given.
        tags: Tags of the pipeline.
        start: Whether to start an execution.

    Returns:
        What AWS calls them.

    Raises:
        AwsError: AWS could not be reached, or refused.
    """
    with explained(region):
        import boto3

        session = boto3.session.Session(region_name=region)
        client = session.client("sagemaker")
        request = {
            "PipelineName": name,
            "PipelineDisplayName": display_name or name,
            "PipelineDescription": description or name,
            "RoleArn": role_arn,
            **_body(session, definition, name, bucket),
        }
        listed = [{"Key": key, "Value": value} for key, value in (tags or {}).items()]
        created = not _exists(client, name)
        if created:
            arn = client.create_pipeline(**request, Tags=listed)["PipelineArn"]
        else:
            arn = client.update_pipeline(**request)["PipelineArn"]
            if listed:
                client.add_tags(ResourceArn=arn, Tags=listed)
        execution = None
        if start:
            execution = client.start_pipeline_execution(
                PipelineName=name,
                PipelineParameters=[
                    {"Name": key, "Value": value} for key, value in parameters.items()
                ],
            )["PipelineExecutionArn"]
    return Submission(arn, created, execution)


def _body(session: Any, definition: Mapping[str, Any], name: str, bucket: str) -> dict[str, Any]:
    """Give the definition, by way of S3 where it is larger than the API takes.

    Raises:
        AwsError: It is, and there is no bucket.
    """
    body = json.dumps(definition)
    size = len(body.encode())
    if size <= limits.DEFINITION_BYTES:
        return {"PipelineDefinition": body}
    if not bucket:
        raise AwsError(
            f"the definition of {name!r} has {size} bytes, more than SageMaker's API takes "
            f"({limits.DEFINITION_BYTES}), and there is no bucket to put it in: set bucket"
        )
    key = f"pipelines/{name}/definition-{hashlib.sha256(body.encode()).hexdigest()[:16]}.json"
    session.client("s3").put_object(Bucket=bucket, Key=key, Body=body.encode())
    return {"PipelineDefinitionS3Location": {"Bucket": bucket, "ObjectKey": key}}


def _exists(client: Any, name: str) -> bool:
    pages = client.get_paginator("list_pipelines").paginate(PipelineNamePrefix=name)
    return any(item["PipelineName"] == name for page in pages for item in page["PipelineSummaries"])
