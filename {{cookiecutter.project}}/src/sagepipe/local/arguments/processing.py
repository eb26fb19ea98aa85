"""What a Processing step may ask for, and what others may refer to."""

from sagepipe.contract import limits
from sagepipe.local.arguments.job import CHOSEN_INSTANCES, JOB_ARGUMENTS, JOB_PROPERTIES, WORDS
from sagepipe.local.shapes import (
    Shape,
    each,
    ignored,
    only,
    refused,
    text,
    texts,
    used,
    whole,
    within,
)

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
                    "S3DataType": only("S3Prefix", "ManifestFile"),
                    "S3InputMode": only("File", "Pipe"),
                    "S3DataDistributionType": only("FullyReplicated", "ShardedByS3Key"),
                    "S3CompressionType": only("None", "Gzip"),
                },
                required=True,
            ),
            "DatasetDefinition": refused("query in a step of its own, and read what it wrote"),
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
                            "S3UploadMode": only("EndOfJob", "Continuous"),
                        },
                        required=True,
                    ),
                    "FeatureStoreOutput": refused("store features in a step of its own"),
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
                    "InstanceCount": whole(1, limits.PROCESSING_INSTANCES),
                    "InstanceType": used,
                    "VolumeSizeInGB": ignored,
                    "VolumeKmsKeyId": ignored,
                    **CHOSEN_INSTANCES,
                }
            )
        }
    ),
    "StoppingCondition": within(
        {"MaxRuntimeInSeconds": whole(1, limits.PROCESSING_MAX_RUNTIME_SECONDS)}
    ),
    "NetworkConfig": within(
        {
            "EnableNetworkIsolation": used,
            "EnableInterContainerTrafficEncryption": ignored,
            "VpcConfig": ignored,
        }
    ),
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
