"""What the kinds of job have in common."""

from sagepipe.contract import limits
from sagepipe.local.shapes import Field, ignored, refused, texts

WORDS = texts(limits.CONTAINER_ARGUMENT, limits.CONTAINER_ARGUMENTS, list)
JOB_ARGUMENTS: dict[str, Field] = {
    "RoleArn": ignored,
    "Tags": ignored,
    "ExperimentConfig": ignored,
}

_COUNTED = "ask for InstanceType and InstanceCount"
CHOSEN_INSTANCES: dict[str, Field] = {
    "InstancePreferences": refused(_COUNTED),
    "SelectedInstanceType": refused(_COUNTED),
    "SelectedInstanceCount": refused(_COUNTED),
}

JOB_PROPERTIES = frozenset(
    {"CreationTime", "FailureReason", "RoleArn", "Environment", "StoppingCondition"}
)
