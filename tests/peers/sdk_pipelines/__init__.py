"""The same pipelines twice: ``ours`` with sagepipe, ``theirs`` with the SageMaker Python SDK v3.

The SDK asks for a region while it is imported, and looks roles up in IAM unless told not to.
"""

import os

os.environ.setdefault("AWS_DEFAULT_REGION", "eu-west-1")
os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
os.environ["SAGEMAKER_VALIDATE_ROLE"] = "false"
