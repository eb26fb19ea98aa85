"""What a Training step may ask for, and what others may refer to."""

from sagepipe.contract import limits
from sagepipe.local.arguments.job import JOB_ARGUMENTS, JOB_PROPERTIES, WORDS
from sagepipe.local.shapes import Shape, each, ignored, only, text, texts, used, within

# CreateTrainingJob
ARGUMENTS: Shape = JOB_ARGUMENTS | {
    "TrainingJobName": ignored,  # pipelines drop it
    "AlgorithmSpecification": within(
        {
            "TrainingImage": used,
            "TrainingInputMode": only("File"),
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
            "CompressionType": only("None"),
            "RecordWrapperType": only("None"),
            "InputMode": only("File"),
            "DataSource": within(
                {
                    "S3DataSource": within(
                        {
                            "S3Uri": text,
                            "S3DataType": only("S3Prefix"),
                            "S3DataDistributionType": only("FullyReplicated", "ShardedByS3Key"),
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
        {"S3OutputPath": text, "KmsKeyId": ignored, "CompressionType": only("GZIP")},
        required=True,
    ),
    "ResourceConfig": within(
        {
            "InstanceCount": only(1),
            "InstanceType": used,
            "VolumeSizeInGB": ignored,
            "VolumeKmsKeyId": ignored,
            "KeepAlivePeriodInSeconds": ignored,
        }
    ),
    "StoppingCondition": within({"MaxRuntimeInSeconds": used, "MaxWaitTimeInSeconds": ignored}),
    "EnableManagedSpotTraining": ignored,
    "EnableNetworkIsolation": ignored,
    "EnableInterContainerTrafficEncryption": ignored,
    "RetryStrategy": ignored,
    "DebugHookConfig": ignored,
    "ProfilerConfig": ignored,
    "ProfilerRuleConfigurations": ignored,
}

# DescribeTrainingJob
PROPERTIES = JOB_PROPERTIES | {
    "AlgorithmSpecification",
    "BillableTimeInSeconds",
    "FinalMetricDataList",
    "HyperParameters",
    "InputDataConfig",
    "ModelArtifacts",
    "OutputDataConfig",
    "ResourceConfig",
    "SecondaryStatus",
    "TrainingEndTime",
    "TrainingJobArn",
    "TrainingJobName",
    "TrainingJobStatus",
    "TrainingStartTime",
    "TrainingTimeInSeconds",
}
