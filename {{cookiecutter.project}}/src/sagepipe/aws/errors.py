"""AWS's refusals, each as one line that says what to do."""

from collections.abc import Iterator
from contextlib import contextmanager

from sagepipe.contract.errors import SagepipeError


class AwsError(SagepipeError):
    """AWS could not be reached, or refused."""

    exit_status = 1


@contextmanager
def explained(region: str) -> Iterator[None]:
    """Turn boto3's errors into ``AwsError``.

    Args:
        region: The region being spoken to, for the message.
    """
    from botocore import exceptions

    try:
        yield
    except (exceptions.NoCredentialsError, exceptions.PartialCredentialsError):
        raise AwsError(
            "no AWS credentials; run `aws configure sso` or set AWS_PROFILE, or AWS_ACCESS_KEY_ID "
            "and AWS_SECRET_ACCESS_KEY"
        ) from None
    except exceptions.ProfileNotFound as error:
        raise AwsError(f"{error}; see `aws configure list-profiles`") from None
    except (exceptions.EndpointConnectionError, exceptions.ConnectTimeoutError) as error:
        raise AwsError(
            f"can't reach SageMaker in {region!r}: {error}; is the region right?"
        ) from None
    except exceptions.ClientError as error:
        detail = error.response.get("Error", {})
        raise AwsError(
            f"AWS refused {error.operation_name}: {detail.get('Code')}: {detail.get('Message')}"
        ) from None
    except exceptions.BotoCoreError as error:
        raise AwsError(f"AWS call failed: {error}") from None
