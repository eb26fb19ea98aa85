"""Requests against AWS's service models: each mistake is found where it stands."""

import pytest
from planting import assert_found, get, join, more, planted

MISTAKES = [
    *planted(
        "registration",
        "$.Steps[0].Arguments",
        [
            ("a missing required key", ".RoleArn", ..., "missing"),
            (
                "a missing key deep inside",
                ".ProcessingInputs[0].S3Input.S3DataType",
                ...,
                "missing",
            ),
            ("a key with a typing error", ".Enviroment", {}, "no 'Enviroment'"),
            (
                "a key of the wrong case",
                ".ProcessingInputs[0].S3Input.s3Uri",
                "s3://b/k",
                "no 's3Uri'",
            ),
            ("a null in a list", ".AppSpecification.ContainerArguments[0]", None, "no string"),
            (
                "a value that is no choice",
                ".ProcessingInputs[0].S3Input.S3InputMode",
                "Files",
                "no choice",
            ),
            (
                "a file path for an S3 URI",
                ".ProcessingInputs[0].S3Input.S3Uri",
                "/data/raw",
                "does not match",
            ),
            ("eleven inputs", ".ProcessingInputs", more(10, "InputName"), "11 entries"),
            (
                "twelve outputs",
                ".ProcessingOutputConfig.Outputs",
                more(10, "OutputName"),
                "12 entries",
            ),
            (
                "a parameter's choice that is no choice there",
                {"$.Parameters[2].EnumValues[1]": "ml.c5"},
                ".ProcessingResources.ClusterConfig.InstanceType",
                "'ml.c5'",
            ),
            (
                "a parameter's default out of range there",
                {"$.Parameters[1].DefaultValue": 0},
                ".ProcessingResources.ClusterConfig.InstanceCount",
                "0 is out of range",
            ),
            (
                "joined text that begins wrong",
                {".ProcessingOutputConfig.Outputs[0].S3Output.S3Uri['Std:Join'].Values[0]": "s3:"},
                ".ProcessingOutputConfig.Outputs[0].S3Output.S3Uri",
                "begins with 's3:/team",
            ),
        ],
    ),
    *planted(
        "registration",
        "$.Steps[2].Arguments",
        [
            (
                "text for a number",
                ".ProcessingResources.ClusterConfig.InstanceCount",
                "1",
                "no integer",
            ),
            ("a number for text", ".Environment.EXPERIMENT", 1, "no string"),
            (
                "a Boolean for a number",
                ".ProcessingResources.ClusterConfig.InstanceCount",
                True,
                "no integer",
            ),
            ("text for a list", ".AppSpecification.ContainerArguments", "--x", "no list"),
            (
                "an instance type with a typing error",
                ".ProcessingResources.ClusterConfig.InstanceType",
                "ml.m5.xlagre",
                "no choice",
            ),
            (
                "a number that is too large",
                ".StoppingCondition.MaxRuntimeInSeconds",
                777601,
                "out of range",
            ),
            (
                "a number that is too small",
                ".ProcessingResources.ClusterConfig.InstanceCount",
                0,
                "out of range",
            ),
            (
                "too many entries of a map",
                ".Environment",
                {f"N{i}": "" for i in range(101)},
                "101 entries",
            ),
            ("a map's key that does not match", ".Environment['A-B']", "1", "key 'A-B'"),
            (
                "a String reference as instance count",
                ".ProcessingResources.ClusterConfig.InstanceCount",
                get("Parameters.DataUri"),
                "is String",
            ),
            (
                "a Float reference as instance count",
                ".ProcessingResources.ClusterConfig.InstanceCount",
                get("Parameters.LeastAuc"),
                "is Float",
            ),
            (
                "joined text as instance count",
                ".ProcessingResources.ClusterConfig.InstanceCount",
                join("1", on=""),
                "a Std:Join is String",
            ),
            (
                "a reference where a list belongs",
                ".AppSpecification.ContainerArguments",
                get("Parameters.DataUri"),
                "the place takes list",
            ),
            (
                "a structure where text belongs",
                ".ProcessingInputs[0].S3Input.S3Uri",
                get("Steps.Train.ModelArtifacts"),
                "is structure",
            ),
            (
                "joined text that is too long",
                ".Environment.EXPERIMENT",
                join("x" * 300, get("Execution.PipelineName")),
                "301 characters",
            ),
        ],
    ),
    *planted(
        "registration",
        "$.Steps[1].Arguments",
        [
            ("text for a Boolean", ".EnableNetworkIsolation", "true", "no boolean"),
            (
                "text that does not match the pattern",
                ".RoleArn",
                "arn:aws:iam::1234:role/pipelines",
                "does not match",
            ),
            (
                "a line break where the pattern has none",
                ".HyperParameters.rate",
                "0\n1",
                "does not match",
            ),
            ("text that is too long", ".HyperParameters.rate", "1" * 2501, "2501 characters"),
            (
                "text that is too short",
                ".AlgorithmSpecification.MetricDefinitions[0].Regex",
                "",
                "0 characters",
            ),
            ("twenty-one channels", ".InputDataConfig", more(20, "ChannelName"), "21 entries"),
            ("a hyperparameter that is a number", ".HyperParameters.rate", 0.1, "no string"),
            (
                "a hyperparameter that is an Integer reference",
                ".HyperParameters.depth",
                get("Parameters.InstanceCount"),
                "is Integer",
            ),
            (
                "a tag with a character that tags don't take",
                {".Tags": [{"Key": "a?", "Value": "b"}]},
                ".Tags[0].Key",
                "does not match",
            ),
            ("an empty request", "", {}, "it is empty"),
        ],
    ),
    *planted(
        "registration",
        "$.Steps[3].Arguments",
        [
            (
                "an empty list",
                ".IfSteps[0].Arguments.InferenceSpecification.Containers",
                [],
                "0 entries",
            ),
            (
                "a parameter's default that is no choice there",
                {"$.Parameters[5].DefaultValue": "Pending"},
                ".IfSteps[0].Arguments.ModelApprovalStatus",
                "parameter 'Approval'",
            ),
            (
                "a metadata value that is too long",
                ".IfSteps[0].Arguments.CustomerMetadataProperties.run",
                "x" * 257,
                "257 characters",
            ),
        ],
    ),
    *planted(
        "search",
        "$.Steps[1].Arguments",
        [
            (
                "a tuning strategy that isn't there",
                ".HyperParameterTuningJobConfig.Strategy",
                "Bayes",
                "no choice",
            ),
            (
                "a mistake inside a tuning job's training job",
                ".TrainingJobDefinition.StoppingCondition",
                ...,
                "missing",
            ),
        ],
    ),
    *planted(
        "search",
        "$.Steps[3].Arguments",
        [("a transform without its input", ".TransformInput", ..., "missing")],
    ),
    *planted(
        "guests",
        "$.Steps[4].Arguments",
        [("a mistake inside a ForEach body", ".ForEachBody[0].Arguments.RoleArn", ..., "missing")],
    ),
    *planted(
        "guests",
        "$.Steps[2].Arguments",
        [("an EMR step without its jar", ".StepConfig.HadoopJarStep.Jar", ..., "missing")],
    ),
    *planted(
        "guests",
        "$.Steps[3].Arguments",
        [
            (
                "an EMR Serverless job with an unknown key",
                ".JobConfig.jobdriver",
                {},
                "no 'jobdriver'",
            )
        ],
    ),
]


@pytest.mark.parametrize(("definition", "changes", "path", "words"), MISTAKES)
def test_a_mistake_is_found_where_it_stands(definition, changes, path, words):
    assert_found(definition, changes, path, words)
