"""SageMaker's limits, each with the API shape it is read from (botocore's ``sagemaker`` model)."""

PROCESSING_INPUTS = 10  # ProcessingInputs, max
PROCESSING_OUTPUTS = 10  # ProcessingOutputs, max
CHANNELS = 20  # InputDataConfig, max
HYPERPARAMETERS = 100  # HyperParameters, max
HYPERPARAMETER_KEY = 256  # HyperParameterKey, max
HYPERPARAMETER_VALUE = 2500  # HyperParameterValue, max
CONTAINER_ARGUMENTS = 100  # ContainerArguments, max
CONTAINER_ARGUMENT = 256  # ContainerArgument, max
ENVIRONMENT_ENTRIES = 100  # ProcessingEnvironmentMap, TrainingEnvironmentMap, max
PROCESSING_ENVIRONMENT_VALUE = 256  # ProcessingEnvironmentValue, max
TRAINING_ENVIRONMENT_VALUE = 512  # TrainingEnvironmentValue, max
DEFINITION_BYTES = 1024 * 1024  # PipelineDefinition, max
PIPELINE_PARAMETERS = 200  # ParameterList, max
PARAMETER_VALUE = 1024  # PipelineParameter.Value, max
FAIL_MESSAGE = 3072  # developer guide, "Fail step": ErrorMessage
STEP_NAME = 64  # StepName, max
FAILURE_REASON = 1024  # FailureReason, max
EXIT_MESSAGE = 1024  # ExitMessage, max
PROCESSING_MAX_RUNTIME_SECONDS = 777_600  # ProcessingMaxRuntimeInSeconds, max
TRAINING_MAX_RUNTIME_SECONDS = 2_419_200  # developer guide, service quotas: 28 days
DEFAULT_MAX_RUNTIME_SECONDS = 86_400  # StoppingCondition: 1 day where the caller says nothing
RETRY_MAX_ATTEMPTS = 20  # developer guide, "Retry policy for pipeline steps"
RETRY_MAX_INTERVAL_SECONDS = 43_200  # the same
CUSTOM_METADATA_PROPERTIES = 50  # CustomerMetadataMap, max
CUSTOM_METADATA_KEY = 128  # CustomerMetadataKey, max
CUSTOM_METADATA_VALUE = 256  # CustomerMetadataValue, max
