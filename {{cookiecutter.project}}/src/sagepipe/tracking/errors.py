"""What ends a job or a command because of MLflow."""

import sys

from sagepipe.contract.errors import SagepipeError


class TrackingError(SagepipeError):
    """MLflow can't be used where it has to be, or says that something is missing."""

    exit_status = 1


def one_line(error: BaseException) -> str:
    """Write an error as one line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


def warn(text: str) -> None:
    """Say in the job's log that tracking could not do something."""
    print(f"sagepipe: tracking: {text}", file=sys.stderr, flush=True)


def is_refusal(error: BaseException) -> bool:
    """Say whether MLflow would refuse the same call again, however well its server is.

    Anything else, wrong credentials too, is the server's: another time it may take the same call.

    Args:
        error: What a call of MLflow raised.
    """
    if isinstance(error, FileNotFoundError):  # what was to be recorded is not there
        return True
    if isinstance(error, OSError) or str(error).startswith("API request to"):
        return False
    said = getattr(error, "error_code", None)
    return said in _REFUSALS if said else not _is_servers(error)


# Of MLflow's error codes, those that are about what was sent.
_REFUSALS = frozenset(
    (
        "BAD_REQUEST",
        "INVALID_PARAMETER_VALUE",
        "INVALID_STATE",
        "MALFORMED_REQUEST",
        "RESOURCE_ALREADY_EXISTS",
        "RESOURCE_CONFLICT",
        "RESOURCE_DOES_NOT_EXIST",
    )
)


def _is_servers(error: BaseException) -> bool:
    """Recognise what Requests and SQLAlchemy raise without importing either."""
    return any(kind.__module__.split(".")[0] in _CARRIERS for kind in type(error).__mro__)


_CARRIERS = ("requests", "urllib3", "sqlalchemy", "sqlite3", "psycopg2", "botocore", "boto3")
