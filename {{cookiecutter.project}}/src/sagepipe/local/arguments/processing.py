"""What a Processing step may ask for, and what others may refer to."""

from sagepipe.contract import limits
from sagepipe.local.arguments.job import JOB_ARGUMENTS, JOB_PROPERTIES, WORDS
from sagepipe.local.shapes import Shape, each, ignored, only, text, texts, used, within

# CreateProcessingJob
ARGUMENTS: Shape = JOB_ARGUMENTS | {
    "ProcessingJobName": ignored,  # pipelines drop it
    "AppSpecification": within(
        {
            "ImageUri": used,
            "ContainerEntrypoint": WORDS,
            "ContainerArguments": WORDS,
        },
        required=True,
    ),
    "Environment": texts(limits.PROCESSING_ENVIRONMENT_VALUE, limits.ENVIRONMENT_ENTRIES),
    "ProcessingInputs": each(
        {
            "InputName": text,
            "AppManaged": only(False),
            "S3Input": within(
                {
                    "S3Uri": text,
                    "LocalPath": text,
                    "S3DataType": only("S3Prefix"),
                    "S3InputMode": only("File"),
                    # One instance gets every object either way.
                    "S3DataDistributionType": only("FullyReplicated", "ShardedByS3Key"),
                    "S3CompressionType": only("None"),
                },
                required=True,
            ),
        },
        limits.PROCESSING_INPUTS,
    ),
    "ProcessingOutputConfig": within(
        {
            "Outputs": each(
                {
                    "OutputName": text,
                    "AppManaged": only(False),
                    "S3Output": within(
                        {
                            "S3Uri": text,
                            "LocalPath": text,
                            "S3UploadMode": only("EndOfJob"),
                        },
                        required=True,
                    ),
                },
                limits.PROCESSING_OUTPUTS,
            ),
            "KmsKeyId": ignored,
        }
    ),
    "ProcessingResources": within(
        {
            "ClusterConfig": within(
                {
                    "InstanceCount": only(1),
                    "InstanceType": used,
                    "VolumeSizeInGB": ignored,
                    "VolumeKmsKeyId": ignored,
                }
            )
        }
    ),
    "StoppingCondition": within({"MaxRuntimeInSeconds": used}),
}

# DescribeProcessingJob
PROPERTIES = JOB_PROPERTIES | {
    "AppSpecification",
    "ExitMessage",
    "ProcessingEndTime",
    "ProcessingInputs",
    "ProcessingJobArn",
    "ProcessingJobName",
    "ProcessingJobStatus",
    "ProcessingOutputConfig",
    "ProcessingResources",
    "ProcessingStartTime",
}
