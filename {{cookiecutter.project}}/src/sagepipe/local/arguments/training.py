"""What a Training step may ask for, and what others may refer to."""

from sagepipe.contract import limits
from sagepipe.local.arguments.job import (
    CHOSEN_INSTANCES,
    JOB_ARGUMENTS,
    JOB_PROPERTIES,
    WORDS,
)
from sagepipe.local.shapes import (
    Field,
    Shape,
    each,
    ignored,
    listed,
    only,
    refused,
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
            "TrainingImageConfig": ignored,
            "AlgorithmName": refused("name the image in TrainingImage"),
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
                            "ModelAccessConfig": ignored,
                            "AttributeNames": refused("take a prefix or a plain manifest"),
                            "HubAccessConfig": refused("name where the model itself lies"),
                        },
                        required=True,
                    ),
                    "FileSystemDataSource": refused("copy the data to S3"),
                    "DatasetSource": refused("name an S3DataSource"),
                },
                required=True,
            ),
            "ShuffleConfig": within({"Seed": Field(required=True, kind=int)}),
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
            "TrainingPlanArn": ignored,
            "InstancePlacementConfig": ignored,
            **CHOSEN_INSTANCES,
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
    "DebugRuleConfigurations": ignored,
    "RemoteDebugConfig": ignored,
    "InfraCheckConfig": ignored,
    "SessionChainingConfig": ignored,
    "TensorBoardOutputConfig": refused("write to /opt/ml/output/data, or among the checkpoints"),
    "ServerlessJobConfig": refused("ask for instances in ResourceConfig"),
    "MlflowConfig": refused("record the run from inside the job"),
    "ModelPackageConfig": refused("register the model in a RegisterModel step"),
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
