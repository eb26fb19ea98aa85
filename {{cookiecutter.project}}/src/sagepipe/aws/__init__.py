"""What happens on AWS, through boto3: submitting pipelines."""

from sagepipe.aws.errors import AwsError
from sagepipe.aws.submit import Submission, submit

__all__ = ["AwsError", "Submission", "submit"]
