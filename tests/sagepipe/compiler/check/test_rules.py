"""What the service refuses and its models don't say: each mistake is found where it stands."""

import pytest
from planting import assert_found, planted

RANGES = ".HyperParameterTuningJobConfig.ParameterRanges"

MISTAKES = [
    *planted(
        "registration",
        "$.Steps[1].Arguments",
        [
            ("a training job on no instance", ".ResourceConfig.InstanceCount", 0, "is 0"),
            ("a training job without machines", ".ResourceConfig", ..., "missing"),
            (
                "a training job without an image",
                {".AlgorithmSpecification.TrainingImage": ...},
                ".AlgorithmSpecification",
                "neither TrainingImage nor",
            ),
            (
                "an image beside an algorithm",
                {".AlgorithmSpecification.AlgorithmName": "own"},
                ".AlgorithmSpecification",
                "beside each other",
            ),
            (
                "two channels of one name",
                {".InputDataConfig": lambda c: c + c},
                ".InputDataConfig[1].ChannelName",
                "twice",
            ),
            ("a channel without data", ".InputDataConfig[0].DataSource", {}, "names no data"),
            (
                "spot training that doesn't wait",
                {".EnableManagedSpotTraining": True},
                ".StoppingCondition.MaxWaitTimeInSeconds",
                "missing",
            ),
            (
                "spot training that waits less than it runs",
                {".EnableManagedSpotTraining": True, ".StoppingCondition.MaxWaitTimeInSeconds": 60},
                ".StoppingCondition.MaxWaitTimeInSeconds",
                "less than MaxRuntime",
            ),
            (
                "a wait without spot training",
                ".StoppingCondition.MaxWaitTimeInSeconds",
                7200,
                "only spot",
            ),
            (
                "a training job of 29 days",
                ".StoppingCondition.MaxRuntimeInSeconds",
                29 * 86400,
                "out of range",
            ),
            (
                "relative checkpoints",
                {".CheckpointConfig": {"S3Uri": "s3://b/k", "LocalPath": "checkpoints"}},
                ".CheckpointConfig.LocalPath",
                "not absolute",
            ),
        ],
    ),
    *planted(
        "registration",
        "$.Steps[0].Arguments",
        [
            (
                "a relative LocalPath",
                ".ProcessingInputs[0].S3Input.LocalPath",
                "input/raw",
                "not absolute",
            ),
            (
                "a LocalPath outside /opt/ml/processing",
                ".ProcessingInputs[0].S3Input.LocalPath",
                "/opt/ml/input/raw",
                "lies elsewhere",
            ),
            (
                "a LocalPath that climbs out",
                ".ProcessingInputs[0].S3Input.LocalPath",
                "/opt/ml/processing/../x",
                "lies elsewhere",
            ),
            (
                "an input from nowhere",
                {".ProcessingInputs[0].S3Input": ...},
                ".ProcessingInputs[0]",
                "neither S3Input nor",
            ),
        ],
    ),
    *planted(
        "registration",
        "$.Steps[2].Arguments",
        [
            (
                "one LocalPath for two",
                ".ProcessingInputs[1].S3Input.LocalPath",
                "/opt/ml/processing/input/model",
                "too",
            ),
            ("two inputs of one name", ".ProcessingInputs[1].InputName", "model", "twice"),
            (
                "a processing job on no type of machine",
                ".ProcessingResources.ClusterConfig.InstanceType",
                ...,
                "missing",
            ),
            (
                "a stringified parameter",
                ".Environment.EXPERIMENT",
                "ParameterString(name='DataUri', default_value='x')",
                "Python object's text",
            ),
            (
                "a stringified reference in a URI",
                ".ProcessingInputs[0].S3Input.S3Uri",
                "s3://b/{'Get': 'Parameters.DataUri'}/x",
                "Python object's text",
            ),
        ],
    ),
    *planted(
        "guests",
        "$.Steps[0].Arguments",
        [
            (
                "a stringified object",
                ".items",
                "<sagemaker.core.workflow.Join object at 0x7f>",
                "Python object's text",
            )
        ],
    ),
    *planted(
        "registration",
        "$.Steps[3].Arguments",
        [
            (
                "tags of a version in a group",
                ".IfSteps[0].Arguments.Tags",
                [{"Key": "a", "Value": "b"}],
                "group's tags",
            ),
            (
                "a name beside a group",
                ".IfSteps[0].Arguments.ModelPackageName",
                "flights-1",
                "no name of its own",
            ),
            (
                "a version that nothing serves",
                ".IfSteps[0].Arguments.InferenceSpecification",
                ...,
                "missing",
            ),
        ],
    ),
    *planted(
        "search",
        "$.Steps[2].Arguments",
        [
            (
                "PrimaryContainer beside Containers",
                {".Containers": [{"Image": "i"}]},
                "",
                "beside each other",
            ),
            ("a model without a container", {".PrimaryContainer": ...}, "", "neither"),
            ("a container without an image", ".PrimaryContainer.Image", ..., "no Image"),
        ],
    ),
    *planted(
        "search",
        "$.Steps[3].Arguments",
        [("too much at once to transform", ".MaxPayloadInMB", 60, "more than 100 MB")],
    ),
    *planted(
        "search",
        "$.Steps[1].Arguments",
        [
            (
                "a tuning job of nothing",
                {".TrainingJobDefinition": ...},
                "",
                "neither TrainingJobDefinition",
            ),
            (
                "more jobs at once than in all",
                ".HyperParameterTuningJobConfig.ResourceLimits.MaxParallelTrainingJobs",
                9,
                "more than 8",
            ),
            (
                "an objective that nothing measures",
                ".HyperParameterTuningJobConfig.HyperParameterTuningJobObjective.MetricName",
                "f1",
                "no metric 'f1'",
            ),
            (
                "a hyperparameter fixed and searched",
                ".TrainingJobDefinition.StaticHyperParameters.rate",
                "1",
                "searched too",
            ),
            (
                "a hyperparameter searched twice",
                {f"{RANGES}.IntegerParameterRanges[0].Name": "rate"},
                ".HyperParameterTuningJobConfig.ParameterRanges",
                "twice",
            ),
            (
                "a range that ends before it begins",
                ".HyperParameterTuningJobConfig.ParameterRanges.IntegerParameterRanges[0].MaxValue",
                "2",
                "less than MinValue",
            ),
            ("a grid of numbers", ".HyperParameterTuningJobConfig.Strategy", "Grid", "Grid"),
        ],
    ),
    *planted(
        "guests",
        "$.Steps[2].Arguments",
        [
            (
                "an EMR step on two clusters",
                {".ClusterConfig": {"Instances": {}}},
                "",
                "both a cluster",
            )
        ],
    ),
    *planted(
        "guests",
        "$.Steps[3].Arguments",
        [
            (
                "an EMR Serverless job of no application",
                {".ApplicationId": ...},
                "",
                "no one application",
            )
        ],
    ),
]


@pytest.mark.parametrize(("definition", "changes", "path", "words"), MISTAKES)
def test_a_mistake_is_found_where_it_stands(definition, changes, path, words):
    assert_found(definition, changes, path, words)
