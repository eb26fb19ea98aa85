"""What a Transform step may ask for, and what others may refer to."""

from sagepipe.contract import limits
from sagepipe.local.arguments.job import JOB_PROPERTIES
from sagepipe.local.shapes import Shape, ignored, only, text, texts, used, within

# CreateTransformJob
ARGUMENTS: Shape = {
    "TransformJobName": ignored,  # pipelines drop it
    "ModelName": text,
    "MaxConcurrentTransforms": used,
    "MaxPayloadInMB": used,
    "BatchStrategy": only("MultiRecord", "SingleRecord"),
    "ModelClientConfig": within(
        {"InvocationsTimeoutInSeconds": used, "InvocationsMaxRetries": used}
    ),
    "Environment": texts(limits.TRANSFORM_ENVIRONMENT_VALUE, limits.TRANSFORM_ENVIRONMENT_ENTRIES),
    "TransformInput": within(
        {
            "DataSource": within(
                {
                    "S3DataSource": within(
                        {"S3DataType": only("S3Prefix"), "S3Uri": text}, required=True
                    )
                },
                required=True,
            ),
            "ContentType": used,
            "CompressionType": only("None", "Gzip"),
            "SplitType": only("None", "Line"),
        },
        required=True,
    ),
    "TransformOutput": within(
        {
            "S3OutputPath": text,
            "Accept": used,
            "AssembleWith": only("None", "Line"),
            "KmsKeyId": ignored,
        },
        required=True,
    ),
    "TransformResources": within(
        # One machine answers every request, however many are asked for.
        {"InstanceType": ignored, "InstanceCount": ignored, "VolumeKmsKeyId": ignored},
        required=True,
    ),
    "DataProcessing": within(
        {"InputFilter": used, "OutputFilter": used, "JoinSource": only("None", "Input")}
    ),
    "ExperimentConfig": ignored,
    "Tags": ignored,
}

# DescribeTransformJob
PROPERTIES = (JOB_PROPERTIES - {"RoleArn", "StoppingCondition"}) | {
    "BatchStrategy",
    "DataProcessing",
    "MaxConcurrentTransforms",
    "MaxPayloadInMB",
    "ModelClientConfig",
    "ModelName",
    "TransformEndTime",
    "TransformInput",
    "TransformJobArn",
    "TransformJobName",
    "TransformJobStatus",
    "TransformOutput",
    "TransformResources",
    "TransformStartTime",
}
