"""Submitting over HTTP: moto's server stands in for SageMaker."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from typing import ClassVar

import boto3
import pytest

from sagepipe import aws
from sagepipe.local.jobs.endpoint import free_port

REGION = "eu-west-1"
ROLE = "arn:aws:iam::123456789012:role/jobs"
DEFINITION = {
    "Version": "2020-12-01",
    "Metadata": {},
    "Parameters": [{"Name": "rows", "Type": "Integer", "DefaultValue": 5}],
    "Steps": [{"Name": "no", "Type": "Fail", "Arguments": {"ErrorMessage": "no"}}],
}


@pytest.fixture(scope="session")
def sagemaker_url():
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(f"{url}/moto-api/")
        yield url
    finally:
        server.terminate()
        server.wait(120)


def wait_for(url):
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(url, timeout=60).read()
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"nothing answers at {url}")


@pytest.fixture
def account(sagemaker_url, monkeypatch):
    """An empty account with credentials, and nothing of this machine's own."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ENDPOINT_URL", sagemaker_url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    request = urllib.request.Request(f"{sagemaker_url}/moto-api/reset", method="POST")
    urllib.request.urlopen(request, timeout=120).read()
    return boto3.client("sagemaker", region_name=REGION)


def submit(definition=DEFINITION, **changes):
    request = {
        "name": "nightly",
        "description": "Every night.",
        "region": REGION,
        "role_arn": ROLE,
        "parameters": {"rows": "7"},
        **changes,
    }
    return aws.submit(definition, **request)


class TestSubmit:
    def test_a_new_pipeline_is_created_and_started(self, account):
        submission = submit()

        found = account.describe_pipeline(PipelineName="nightly")
        assert submission.created
        assert submission.pipeline_arn == found["PipelineArn"]
        assert json.loads(found["PipelineDefinition"]) == DEFINITION
        assert found["RoleArn"] == ROLE
        started = account.list_pipeline_executions(PipelineName="nightly")
        arns = [item["PipelineExecutionArn"] for item in started["PipelineExecutionSummaries"]]
        assert arns == [submission.execution_arn]

    def test_the_parameters_reach_the_execution_as_text(self, account):
        submission = submit()

        found = account.list_pipeline_parameters_for_execution(
            PipelineExecutionArn=submission.execution_arn
        )
        assert found["PipelineParameters"] == [{"Name": "rows", "Value": "7"}]

    def test_a_pipeline_that_is_there_is_updated(self, account):
        first = submit(start=False)
        second = submit(description="Every day.", start=False)

        assert (first.created, second.created) == (True, False)
        assert first.pipeline_arn == second.pipeline_arn
        assert len(account.list_pipelines()["PipelineSummaries"]) == 1

    def test_nothing_is_started_where_not_asked_for(self, account):
        submission = submit(start=False)

        assert submission.execution_arn is None
        started = account.list_pipeline_executions(PipelineName="nightly")
        assert started["PipelineExecutionSummaries"] == []


class TestLargeDefinitions:
    LARGE: ClassVar = {**DEFINITION, "Metadata": {"note": "x" * 2**20}}

    def test_they_go_by_way_of_the_bucket(self, account):
        bucket = boto3.client("s3", region_name=REGION)
        bucket.create_bucket(
            Bucket="team", CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        submit(definition=self.LARGE, bucket="team", start=False)

        (item,) = bucket.list_objects_v2(Bucket="team")["Contents"]
        assert item["Key"].startswith("pipelines/nightly/definition-")
        stored = bucket.get_object(Bucket="team", Key=item["Key"])["Body"].read()
        assert json.loads(stored) == self.LARGE
        assert account.describe_pipeline(PipelineName="nightly")["RoleArn"] == ROLE

    def test_without_a_bucket_they_are_refused(self, account):
        with pytest.raises(aws.AwsError, match=r"has \d+ bytes, more than SageMaker's API takes"):
            submit(definition=self.LARGE)


class TestDisplayName:
    def test_a_pipeline_is_shown_under_its_own_name_or_another(self, account):
        submit(start=False)
        shown = account.describe_pipeline(PipelineName="nightly")["PipelineDisplayName"]
        submit(display_name="Every-night", start=False)
        after = account.describe_pipeline(PipelineName="nightly")["PipelineDisplayName"]
        assert (shown, after) == ("nightly", "Every-night")


class TestTags:
    def test_a_pipeline_has_the_environments_tags(self, account):
        arn = submit(tags={"team": "delay"}, start=False).pipeline_arn
        submit(tags={"team": "delay", "stage": "dev"}, start=False)

        tags = account.list_tags(ResourceArn=arn)["Tags"]
        assert {tag["Key"]: tag["Value"] for tag in tags} == {"team": "delay", "stage": "dev"}


class TestRefusals:
    def test_missing_credentials_are_one_line_with_a_remedy(self, account, monkeypatch, tmp_path):
        monkeypatch.delenv("AWS_ACCESS_KEY_ID")
        monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
        monkeypatch.setenv("HOME", str(tmp_path))

        with pytest.raises(aws.AwsError, match="no AWS credentials; run `aws configure sso`"):
            submit()

    def test_a_service_out_of_reach_names_the_region(self, account, monkeypatch):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{probe.getsockname()[1]}")

            with pytest.raises(aws.AwsError, match="can't reach SageMaker in 'eu-west-1'"):
                submit()

    def test_what_aws_refuses_is_told_in_its_own_words(self, account, monkeypatch):
        monkeypatch.setenv("AWS_PROFILE", "nobody")

        with pytest.raises(aws.AwsError, match="nobody"):
            submit()
