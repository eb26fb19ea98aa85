"""The limits table against AWS's own service model."""

import botocore.session
import pytest

from sagepipe.contract import limits, names


@pytest.fixture(scope="module")
def model():
    return botocore.session.get_session().get_service_model("sagemaker")


@pytest.mark.parametrize(
    ("shape", "limit"),
    [
        ("ProcessingInputs", limits.PROCESSING_INPUTS),
        ("ProcessingOutputs", limits.PROCESSING_OUTPUTS),
        ("InputDataConfig", limits.CHANNELS),
        ("HyperParameters", limits.HYPERPARAMETERS),
        ("HyperParameterKey", limits.HYPERPARAMETER_KEY),
        ("HyperParameterValue", limits.HYPERPARAMETER_VALUE),
        ("ContainerArguments", limits.CONTAINER_ARGUMENTS),
        ("ContainerArgument", limits.CONTAINER_ARGUMENT),
        ("ProcessingEnvironmentMap", limits.ENVIRONMENT_ENTRIES),
        ("TrainingEnvironmentMap", limits.ENVIRONMENT_ENTRIES),
        ("ProcessingEnvironmentValue", limits.PROCESSING_ENVIRONMENT_VALUE),
        ("TrainingEnvironmentValue", limits.TRAINING_ENVIRONMENT_VALUE),
        ("PipelineDefinition", limits.DEFINITION_BYTES),
        ("ParameterList", limits.PIPELINE_PARAMETERS),
        ("StepName", limits.STEP_NAME),
        ("FailureReason", limits.FAILURE_REASON),
        ("ExitMessage", limits.EXIT_MESSAGE),
        ("ProcessingMaxRuntimeInSeconds", limits.PROCESSING_MAX_RUNTIME_SECONDS),
        ("CustomerMetadataMap", limits.CUSTOM_METADATA_PROPERTIES),
        ("CustomerMetadataKey", limits.CUSTOM_METADATA_KEY),
        ("CustomerMetadataValue", limits.CUSTOM_METADATA_VALUE),
    ],
)
def test_a_limit_is_what_the_service_model_says(model, shape, limit):
    assert model.shape_for(shape).metadata["max"] == limit


@pytest.mark.parametrize(
    ("shape", "pattern"),
    [
        ("PipelineName", names.PIPELINE_NAME),
        ("ChannelName", names.CHANNEL_NAME),
        ("EntityName", names.ENTITY_NAME),
    ],
)
def test_a_pattern_accepts_what_the_service_model_accepts(model, shape, pattern):
    import re

    theirs = re.compile(model.shape_for(shape).metadata["pattern"])
    for text in ("train", "a-b", "a--b", "a-", "-a", "a b", "a_b", "a.b", "é", "A1"):
        assert bool(pattern.fullmatch(text)) == bool(theirs.fullmatch(text)), text
