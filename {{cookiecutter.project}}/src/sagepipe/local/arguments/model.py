"""What a Model step may ask for, and what others may refer to."""

from sagepipe.contract import limits
from sagepipe.local.shapes import Shape, each, ignored, only, text, texts, used, within

_CONTAINER: Shape = {
    "ContainerHostname": ignored,
    "Image": used,
    "ImageConfig": ignored,
    "Mode": only("SingleModel"),
    "ModelDataUrl": text,
    "Environment": texts(limits.MODEL_ENVIRONMENT_VALUE, limits.ENVIRONMENT_ENTRIES),
}

# CreateModel
ARGUMENTS: Shape = {
    "ModelName": ignored,  # pipelines drop it
    "PrimaryContainer": within(_CONTAINER),
    "Containers": each(_CONTAINER, 1),
    "InferenceExecutionConfig": ignored,  # of several containers
    "ExecutionRoleArn": ignored,
    "Tags": ignored,
    "VpcConfig": ignored,
    "EnableNetworkIsolation": used,
}

# DescribeModel
PROPERTIES = frozenset(
    {
        "Containers",
        "CreationTime",
        "EnableNetworkIsolation",
        "ExecutionRoleArn",
        "ModelArn",
        "ModelName",
        "PrimaryContainer",
        "VpcConfig",
    }
)
