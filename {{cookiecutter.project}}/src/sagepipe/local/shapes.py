"""What a step's ``Arguments`` may hold here: tables to be read beside AWS's API reference.

``used`` is honoured, ``ignored`` has no effect on one machine, ``only`` names the values that are
supported so far. Anything else in a definition is refused before its first step starts.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sagepipe.contract import limits
from sagepipe.local.expressions import PENDING

Shape = Mapping[str, "Field"]


@dataclass(frozen=True)
class Field:
    """One key of an object.

    Attributes:
        required: Whether it has to be there.
        values: The values that are supported; any where empty.
        shape: What an object, or each object of a list, may hold.
        many: Whether it is a list of objects.
        at_most: The longest list.
        texts: Whether it is a map (or list) of texts, and the longest text.
    """

    required: bool = False
    values: tuple[Any, ...] = ()
    shape: Shape | None = None
    many: bool = False
    at_most: int = 0
    texts: int = 0


used = ignored = Field()
required = Field(required=True)


def only(*values: Any) -> Field:
    """A key that may have these values alone."""
    return Field(values=values)


def texts(longest: int, at_most: int) -> Field:
    """A map or list of texts."""
    return Field(texts=longest, at_most=at_most)


def within(shape: Shape, required: bool = False) -> Field:
    """A key that holds an object."""
    return Field(required=required, shape=shape)


def each(shape: Shape, at_most: int, required: bool = False) -> Field:
    """A key that holds a list of objects."""
    return Field(required=required, shape=shape, many=True, at_most=at_most)


_JOB: dict[str, Field] = {
    "RoleArn": ignored,
    "NetworkConfig": ignored,
    "VpcConfig": ignored,
    "Tags": ignored,
    "ExperimentConfig": ignored,
}

# CreateProcessingJob
PROCESSING: Shape = _JOB | {
    "ProcessingJobName": ignored,  # pipelines drop it
    "AppSpecification": within(
        {
            "ImageUri": used,
            "ContainerEntrypoint": texts(limits.CONTAINER_ARGUMENT, limits.CONTAINER_ARGUMENTS),
            "ContainerArguments": texts(limits.CONTAINER_ARGUMENT, limits.CONTAINER_ARGUMENTS),
        },
        required=True,
    ),
    "Environment": texts(limits.PROCESSING_ENVIRONMENT_VALUE, limits.ENVIRONMENT_ENTRIES),
    "ProcessingInputs": each(
        {
            "InputName": required,
            "AppManaged": only(False),
            "S3Input": within(
                {
                    "S3Uri": required,
                    "LocalPath": required,
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
                    "OutputName": required,
                    "AppManaged": only(False),
                    "S3Output": within(
                        {
                            "S3Uri": required,
                            "LocalPath": required,
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

# CreateTrainingJob
TRAINING: Shape = _JOB | {
    "TrainingJobName": ignored,  # pipelines drop it
    "AlgorithmSpecification": within(
        {
            "TrainingImage": used,
            "TrainingInputMode": only("File"),
            "ContainerEntrypoint": texts(limits.CONTAINER_ARGUMENT, limits.CONTAINER_ARGUMENTS),
            "ContainerArguments": texts(limits.CONTAINER_ARGUMENT, limits.CONTAINER_ARGUMENTS),
            "MetricDefinitions": each(
                {"Name": required, "Regex": required}, limits.METRIC_DEFINITIONS
            ),
            "EnableSageMakerMetricsTimeSeries": ignored,
        },
        required=True,
    ),
    "HyperParameters": texts(limits.HYPERPARAMETER_VALUE, limits.HYPERPARAMETERS),
    "Environment": texts(limits.TRAINING_ENVIRONMENT_VALUE, limits.ENVIRONMENT_ENTRIES),
    "InputDataConfig": each(
        {
            "ChannelName": required,
            "ContentType": used,
            "CompressionType": only("None"),
            "RecordWrapperType": only("None"),
            "InputMode": only("File"),
            "DataSource": within(
                {
                    "S3DataSource": within(
                        {
                            "S3Uri": required,
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
        {"S3OutputPath": required, "KmsKeyId": ignored, "CompressionType": only("GZIP")},
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

# CreateModelPackage: kept as it is in the registry.
REGISTER_MODEL: Shape = {
    "ModelPackageGroupName": required,
    "ModelPackageDescription": used,
    "InferenceSpecification": within(
        {
            "Containers": each(
                {
                    key: used
                    for key in (
                        "ContainerHostname",
                        "Image",
                        "ImageDigest",
                        "ModelDataUrl",
                        "Environment",
                        "Framework",
                        "FrameworkVersion",
                        "NearestModelName",
                        "ModelInput",
                    )
                },
                limits.MODEL_PACKAGE_CONTAINERS,
                required=True,
            ),
            "SupportedContentTypes": used,
            "SupportedResponseMIMETypes": used,
            "SupportedRealtimeInferenceInstanceTypes": used,
            "SupportedTransformInstanceTypes": used,
        },
        required=True,
    ),
    "ModelMetrics": used,
    "DriftCheckBaselines": used,
    "CustomerMetadataProperties": texts(
        limits.CUSTOM_METADATA_VALUE, limits.CUSTOM_METADATA_PROPERTIES
    ),
    "ModelApprovalStatus": only("Approved", "Rejected", "PendingManualApproval"),
    "MetadataProperties": used,
    "Domain": used,
    "Task": used,
    "SamplePayloadUrl": used,
    "SkipModelValidation": ignored,
    "SourceUri": used,
    "ModelCard": used,
    "ModelLifeCycle": used,
    "Tags": ignored,
}

CONDITION: Shape = {"Conditions": required, "IfSteps": used, "ElseSteps": used}
FAIL: Shape = {"ErrorMessage": used}

STEP_TYPES: Mapping[str, Shape] = {
    "Processing": PROCESSING,
    "Training": TRAINING,
    "Condition": CONDITION,
    "RegisterModel": REGISTER_MODEL,
    "Fail": FAIL,
}


def faults(value: Any, shape: Shape, path: str = "Arguments") -> Iterator[str]:
    """Compare an object with its table.

    Args:
        value: The object; what depends on steps that haven't run stands as ``PENDING``.
        shape: The table.
        path: Where the object stands, for the messages.

    Yields:
        Each fault as one line.
    """
    if value is PENDING:
        return
    if not isinstance(value, dict):
        yield f"{path} has to be an object, not {value!r}"
        return
    for key, item in value.items():
        if item is None or item is PENDING:
            continue
        if key not in shape:
            yield f"{path}.{key} is not supported by the local runner"
        else:
            yield from _field_faults(item, shape[key], f"{path}.{key}")
    for key, field in shape.items():
        if field.required and value.get(key) is None:
            yield f"{path}.{key} is missing"


def _field_faults(value: Any, field: Field, path: str) -> Iterator[str]:
    if field.values and value not in field.values:
        allowed = " or ".join(repr(item) for item in field.values)
        yield f"{path} is {value!r}; the local runner supports {allowed}"
    if field.at_most and isinstance(value, list | dict) and len(value) > field.at_most:
        yield f"{path} has {len(value)} entries; SageMaker allows {field.at_most}"
    if field.texts:
        yield from _text_faults(value, field.texts, path)
    elif field.shape and field.many:
        if not isinstance(value, list):
            yield f"{path} has to be a list, not {value!r}"
            return
        for index, item in enumerate(value):
            yield from faults(item, field.shape, f"{path}[{index}]")
    elif field.shape:
        yield from faults(value, field.shape, path)


def _text_faults(value: Any, longest: int, path: str) -> Iterator[str]:
    if isinstance(value, dict):
        items = [(f"{path}.{key}", item) for key, item in value.items()]
    elif isinstance(value, list):
        items = [(f"{path}[{index}]", item) for index, item in enumerate(value)]
    else:
        yield f"{path} has to be a list or an object of texts, not {value!r}"
        return
    for place, item in items:
        if item is PENDING:
            continue
        if not isinstance(item, str):
            yield f"{place} has to be a text, not {item!r} (wrap a parameter in Std:Join)"
        elif len(item) > longest:
            yield f"{place} has {len(item)} characters; SageMaker allows {longest}"
