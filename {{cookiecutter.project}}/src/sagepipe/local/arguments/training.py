"""What a Training step may ask for, and what others may refer to."""

from sagepipe.contract import limits
from sagepipe.local.arguments.job import JOB_ARGUMENTS, JOB_PROPERTIES, WORDS
from sagepipe.local.shapes import (
    Shape,
    each,
    ignored,
    listed,
    only,
    text,
    texts,
    used,
    whole,
    within,
)

_MODE = only("File", "FastFile", "Pipe")
_COUNT = whole(1, limits.TRAINING_INSTANCES)

# CreateTrainingJob
ARGUMENTS: Shape = JOB_ARGUMENTS | {
    "TrainingJobName": ignored,  # pipelines drop it
    "AlgorithmSpecification": within(
        {
            "TrainingImage": used,
            "TrainingInputMode": _MODE,
            "ContainerEntrypoint": WORDS,
            "ContainerArguments": WORDS,
            "MetricDefinitions": each({"Name": text, "Regex": text}, limits.METRIC_DEFINITIONS),
            "EnableSageMakerMetricsTimeSeries": ignored,
        },
        required=True,
    ),
    "HyperParameters": texts(limits.HYPERPARAMETER_VALUE, limits.HYPERPARAMETERS),
    "Environment": texts(limits.TRAINING_ENVIRONMENT_VALUE, limits.ENVIRONMENT_ENTRIES),
    "InputDataConfig": each(
        {
            "ChannelName": text,
            "ContentType": used,
            "CompressionType": only("None", "Gzip"),
            "RecordWrapperType": only("None", "RecordIO"),
            "InputMode": _MODE,
            "DataSource": within(
                {
                    "S3DataSource": within(
                        {
                            "S3Uri": text,
                            "S3DataType": only("S3Prefix", "ManifestFile"),
                            "S3DataDistributionType": only("FullyReplicated", "ShardedByS3Key"),
                            "InstanceGroupNames": listed,
                        },
                        required=True,
                    )
                },
                required=True,
            ),
        },
        limits.CHANNELS,
    ),
    "OutputDataConfig": within(
        {"S3OutputPath": text, "KmsKeyId": ignored, "CompressionType": only("GZIP", "NONE")},
        required=True,
    ),
    "ResourceConfig": within(
        {
            "InstanceCount": _COUNT,
            "InstanceType": used,
            "InstanceGroups": each(
                {"InstanceGroupName": text, "InstanceType": text, "InstanceCount": _COUNT},
                limits.INSTANCE_GROUPS,
            ),
            "VolumeSizeInGB": ignored,
            "VolumeKmsKeyId": ignored,
            "KeepAlivePeriodInSeconds": ignored,
        }
    ),
    "StoppingCondition": within(
        {
            "MaxRuntimeInSeconds": whole(1, limits.TRAINING_MAX_RUNTIME_SECONDS),
            "MaxWaitTimeInSeconds": used,
            "MaxPendingTimeInSeconds": ignored,
        }
    ),
    "CheckpointConfig": within({"S3Uri": text, "LocalPath": used}),
    "EnableManagedSpotTraining": used,
    "EnableNetworkIsolation": used,
    "EnableInterContainerTrafficEncryption": ignored,
    "VpcConfig": ignored,
    "RetryStrategy": ignored,
    "DebugHookConfig": ignored,
    "ProfilerConfig": ignored,
    "ProfilerRuleConfigurations": ignored,
}

# DescribeTrainingJob
PROPERTIES = JOB_PROPERTIES | {
    "AlgorithmSpecification",
    "BillableTimeInSeconds",
    "CheckpointConfig",
    "EnableManagedSpotTraining",
    "FinalMetricDataList",
    "HyperParameters",
    "InputDataConfig",
    "ModelArtifacts",
    "OutputDataConfig",
    "ResourceConfig",
    "SecondaryStatus",
    "SecondaryStatusTransitions",
    "TrainingEndTime",
    "TrainingJobArn",
    "TrainingJobName",
    "TrainingJobStatus",
    "TrainingStartTime",
    "TrainingTimeInSeconds",
}
