"""What each type of step takes and gives, as data.

Requests and responses are the API's own (botocore's models); which fields pipelines fill in, and
what no API describes, is from the developer guide ("Pipelines steps") and the SageMaker SDK 3.27
(``sagemaker.mlops.workflow``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sagepipe.contract.language import CALL_FAULTS, JOB_FAULTS

SDK = "SageMaker SDK 3.27"
GUIDE = "SageMaker developer guide"
DEFINITION = "pipeline definition 2020-12-01"

STRING, INTEGER, FLOAT, BOOLEAN = "String", "Integer", "Float", "Boolean"
PARAMETER_TYPES = (STRING, INTEGER, FLOAT, BOOLEAN)

DEFINITION_KEYS = (
    "Version",
    "Metadata",
    "Parameters",
    "PipelineExperimentConfig",
    "MlflowConfig",
    "Steps",
)
EXPERIMENT_KEYS = ("ExperimentName", "TrialName", "MlflowConfig")
PARAMETER_KEYS = ("Name", "Type", "DefaultValue", "EnumValues")
STEP_KEYS = ("Name", "Type", "Arguments", "DependsOn", "DisplayName", "Description")
COMPARISONS = (
    "Equals",
    "GreaterThan",
    "GreaterThanOrEqualTo",
    "LessThan",
    "LessThanOrEqualTo",
)
CONDITIONS = (*COMPARISONS, "In", "Not", "Or")
CLEANED_BY_URI = ("Processing", "Transform")  # SDK, cleanup_step: S3CleanupSource
CLEANED_WHOLE = ("Training", "Athena")


@dataclass(frozen=True)
class StepType:
    """What a type of step takes and gives.

    Attributes:
        request: The operation whose request the Arguments are.
        service: Whose operation it is.
        excused: Members of the request that pipelines fill in.
        properties: The operations whose responses the step's properties are.
        shapes: Shapes that they are, where no operation responds with them alone.
        own_properties: Properties that no API describes, with their types (None: anything).
        no_properties: Whether nothing can be referred to.
        keys: What the step holds besides the usual.
        needs: Which of them it can't do without.
        cached: Whether it can be cached.
        retried: The faults after which it can be retried.
    """

    request: str = ""
    service: str = "sagemaker"
    excused: tuple[str, ...] = ()
    properties: tuple[str, ...] = ()
    shapes: tuple[str, ...] = ()
    own_properties: Mapping[str, str | None] = field(default_factory=dict)
    no_properties: bool = False
    keys: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    cached: bool = False
    retried: tuple[str, ...] = ()


_QUALITY = ("CheckType", "ModelPackageGroupName", "SkipCheck", "FailOnViolation")
_BASELINE = ("RegisterNewBaseline", "SuppliedBaselineConstraints")

STEP_TYPES: Mapping[str, StepType] = {
    "Processing": StepType(
        "CreateProcessingJob",
        excused=("ProcessingJobName",),
        properties=("DescribeProcessingJob",),
        keys=("PropertyFiles",),
        cached=True,
        retried=CALL_FAULTS + JOB_FAULTS,
    ),
    "Training": StepType(
        "CreateTrainingJob",
        excused=("TrainingJobName",),
        properties=("DescribeTrainingJob",),
        cached=True,
        retried=CALL_FAULTS + JOB_FAULTS,
    ),
    "Tuning": StepType(
        "CreateHyperParameterTuningJob",
        excused=("HyperParameterTuningJobName",),
        properties=(
            "DescribeHyperParameterTuningJob",
            "ListTrainingJobsForHyperParameterTuningJob",
        ),
        cached=True,
        retried=CALL_FAULTS + JOB_FAULTS,
    ),
    "Transform": StepType(
        "CreateTransformJob",
        excused=("TransformJobName",),
        properties=("DescribeTransformJob",),
        cached=True,
        retried=CALL_FAULTS + JOB_FAULTS,
    ),
    "AutoML": StepType(
        "CreateAutoMLJob",
        excused=("AutoMLJobName",),
        properties=("DescribeAutoMLJob",),
        own_properties={"BestCandidateProperties": None},
        cached=True,
        retried=CALL_FAULTS + JOB_FAULTS,
    ),
    "Model": StepType(
        "CreateModel", excused=("ModelName",), properties=("DescribeModel",), retried=CALL_FAULTS
    ),
    "RegisterModel": StepType(
        "CreateModelPackage",
        excused=("ModelPackageName",),
        properties=("DescribeModelPackage",),
        retried=CALL_FAULTS,
    ),
    "EndpointConfig": StepType(
        "CreateEndpointConfig",
        excused=("EndpointConfigName",),
        properties=("DescribeEndpointConfig",),
        cached=True,
        retried=CALL_FAULTS + JOB_FAULTS,
    ),
    "Endpoint": StepType(
        "CreateEndpoint",
        excused=("EndpointName",),
        properties=("DescribeEndpoint",),
        cached=True,
    ),
    "InferenceComponent": StepType(
        "CreateInferenceComponent",
        excused=("InferenceComponentName",),
        properties=("DescribeInferenceComponent",),
    ),
    "Job": StepType(
        "CreateJob",
        excused=("JobName",),
        properties=("DescribeJob",),
        cached=True,
        retried=CALL_FAULTS + JOB_FAULTS,
    ),
    "QualityCheck": StepType(
        "CreateProcessingJob",
        excused=("ProcessingJobName",),
        own_properties={
            "CalculatedBaselineConstraints": STRING,
            "CalculatedBaselineStatistics": STRING,
            "BaselineUsedForDriftCheckStatistics": STRING,
            "BaselineUsedForDriftCheckConstraints": STRING,
        },
        keys=(*_QUALITY, *_BASELINE, "SuppliedBaselineStatistics"),
        needs=("CheckType",),
        cached=True,
    ),
    "ClarifyCheck": StepType(
        "CreateProcessingJob",
        excused=("ProcessingJobName",),
        own_properties={
            "CalculatedBaselineConstraints": STRING,
            "BaselineUsedForDriftCheckConstraints": STRING,
        },
        keys=(*_QUALITY, *_BASELINE, "ModelName"),
        needs=("CheckType",),
        cached=True,
    ),
    "Lambda": StepType(
        keys=("FunctionArn", "OutputParameters"), needs=("FunctionArn",), cached=True
    ),
    "Callback": StepType(
        keys=("SqsQueueUrl", "OutputParameters"), needs=("SqsQueueUrl",), cached=True
    ),
    "EMR": StepType(
        service="emr",
        shapes=("Step",),
        own_properties={"ClusterId": STRING, "ClusterConfig": None, "ExecutionRoleArn": STRING},
        cached=True,
    ),
    "EMRServerless": StepType(
        service="emr-serverless", properties=("GetJobRun",), cached=True, retried=CALL_FAULTS
    ),
    "Condition": StepType(own_properties={"Outcome": None}),
    "Fail": StepType(no_properties=True),
    "Cleanup": StepType(no_properties=True),
    "ForEach": StepType(
        own_properties={
            "Status": STRING,
            "InputItemCount": INTEGER,
            "TotalStepCount": INTEGER,
            "SucceededStepCount": INTEGER,
            "FailedStepCount": INTEGER,
            "StoppedStepCount": INTEGER,
        }
    ),
    "Lineage": StepType(
        own_properties={
            "ActionArns": None,
            "ArtifactArns": None,
            "ContextArns": None,
            "Associations": None,
        }
    ),
}

# Types that executions report (botocore, PipelineExecutionStepMetadata) and nothing describes.
UNDESCRIBED = (
    "Athena",
    "BedrockCustomModel",
    "BedrockCustomModelDeployment",
    "BedrockModelImport",
    "BedrockProvisionedModelThroughput",
    "HubContent",
)

# Lists of a Describe response that are indexed by name: what in the Arguments holds the names.
# Those marked are copies of the request, so that their length is known too.
NAMED: Mapping[str, tuple[str, str, bool]] = {
    "ProcessingOutputConfig.Outputs": ("ProcessingOutputConfig.Outputs", "OutputName", True),
    "ProcessingInputs": ("ProcessingInputs", "InputName", True),
    "InputDataConfig": ("InputDataConfig", "ChannelName", True),
    "FinalMetricDataList": ("AlgorithmSpecification.MetricDefinitions", "Name", False),
}
KEYED = ("HyperParameters", "Environment")  # maps of a Describe response that copy the request's

# The types of references that a scalar of the API takes; others take any.
TAKES: Mapping[str, tuple[str, ...]] = {
    "string": (STRING,),
    "integer": (INTEGER,),
    "long": (INTEGER,),
    "float": (FLOAT, INTEGER),
    "double": (FLOAT, INTEGER),
    "boolean": (BOOLEAN,),
}
# What a scalar of the API is as a reference's type.
GIVES: Mapping[str, str] = {
    "string": STRING,
    "integer": INTEGER,
    "long": INTEGER,
    "float": FLOAT,
    "double": FLOAT,
    "boolean": BOOLEAN,
}


def of(type_: str) -> str:
    """Name the source of a rule on a type of step."""
    return f"{SDK}, {type_} step"
