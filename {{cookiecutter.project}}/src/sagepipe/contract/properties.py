"""Properties of steps that other steps may refer to: members of their Describe responses."""

MODEL = "ModelArtifacts.S3ModelArtifacts"  # DescribeTrainingJob
TRANSFORM_OUTPUT = "TransformOutput.S3OutputPath"  # DescribeTransformJob
MODEL_NAME = "ModelName"  # DescribeModel


def processing_output(name: str) -> str:
    """Name where an output of a processing job lies (DescribeProcessingJob)."""
    return f"ProcessingOutputConfig.Outputs['{name}'].S3Output.S3Uri"


def final_metric(name: str) -> str:
    """Name the last value of a training job's metric (DescribeTrainingJob)."""
    return f"FinalMetricDataList['{name}'].Value"
