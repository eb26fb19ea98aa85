"""A session of the SageMaker Python SDK that never leaves this machine."""

import boto3
from sagemaker.core.config.config_manager import SageMakerConfig
from sagemaker.core.workflow.pipeline_context import PipelineSession

CONFIG = {
    "SchemaVersion": "1.0",
    "SageMaker": {"PythonSDK": {"Modules": {"TelemetryOptOut": True}}},
}


def session() -> PipelineSession:
    """Make a session with keys that open nothing, and telemetry off."""
    keys = {"aws_access_key_id": "none", "aws_secret_access_key": "none"}
    made = PipelineSession(
        boto_session=boto3.Session(region_name="eu-west-1", **keys),
        default_bucket="none",
        sagemaker_config=CONFIG,
    )
    # The SDK checks its configuration some sixteen times for each step, and its schema each time,
    # which takes nine tenths of the time. Once is enough.
    SageMakerConfig.validate_sagemaker_config(CONFIG)
    SageMakerConfig.validate_sagemaker_config = staticmethod(lambda _=None: None)
    return made
