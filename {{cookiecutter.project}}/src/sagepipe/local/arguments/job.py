"""What the kinds of job have in common."""

from sagepipe.contract import limits
from sagepipe.local.shapes import Field, ignored, texts

WORDS = texts(limits.CONTAINER_ARGUMENT, limits.CONTAINER_ARGUMENTS, list)
JOB_ARGUMENTS: dict[str, Field] = {
    "RoleArn": ignored,
    "Tags": ignored,
    "ExperimentConfig": ignored,
}

JOB_PROPERTIES = frozenset(
    {"CreationTime", "FailureReason", "RoleArn", "Environment", "StoppingCondition"}
)
