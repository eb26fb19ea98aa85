"""What a RegisterModel step may ask for, and what others may refer to."""

from sagepipe.contract import limits, names
from sagepipe.local.shapes import Shape, each, ignored, only, text, texts, used, within

# CreateModelPackage: kept as it is in the registry.
ARGUMENTS: Shape = {
    "ModelPackageGroupName": text,
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
    "ModelApprovalStatus": only(*names.APPROVALS),
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

# DescribeModelPackage
PROPERTIES = frozenset(
    {
        "CreationTime",
        "CustomerMetadataProperties",
        "InferenceSpecification",
        "ModelApprovalStatus",
        "ModelMetrics",
        "ModelPackageArn",
        "ModelPackageDescription",
        "ModelPackageGroupName",
        "ModelPackageStatus",
        "ModelPackageVersion",
    }
)
