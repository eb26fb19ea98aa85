"""ForEach and Cleanup steps: each mistake is found where it stands."""

import pytest
from planting import assert_found, get, planted, step

MISTAKES = [
    *planted(
        "guests",
        "$.Steps[4].Arguments",
        [
            ("51 rounds at once", ".MaxConcurrency", 51, "is 51"),
            ("no rounds at once", ".MaxConcurrency", 0, "is 0"),
            ("rounds at once left out", ".MaxConcurrency", ..., "is None"),
            ("101 items", ".IterableItems", list(range(101)), "101 items"),
            (
                "no items",
                {
                    ".IterableItems": [],
                    "$.Steps[5].Arguments.AppSpecification.ContainerArguments": ["x"],
                },
                ".IterableItems",
                "0 items",
            ),
            (
                "an item that is an object",
                {".IterableItems": [{"a": 1}]},
                ".IterableItems[0]",
                "no item",
            ),
            ("items that are text", ".IterableItems", "[1]", "IterableItems is"),
            (
                "items that are a number",
                {
                    "$.Parameters[1]": {"Name": "n", "Type": "Integer"},
                    ".IterableItems": get("Parameters.n"),
                },
                ".IterableItems",
                "is Integer",
            ),
            (
                "an empty body",
                {
                    ".ForEachBody": [],
                    ".Selector": ...,
                    "$.Steps[5].Arguments.AppSpecification.ContainerArguments": ["x"],
                },
                ".ForEachBody",
                "is []",
            ),
            (
                "a Fail step in a body",
                {".ForEachBody[2]": {"Name": "Stop", "Type": "Fail", "Arguments": {}}},
                ".ForEachBody[2].Type",
                "a Fail step stands",
            ),
            (
                "a loop in a body",
                {
                    ".ForEachBody[2]": {
                        "Name": "In",
                        "Type": "ForEach",
                        "Arguments": {
                            "IterableItems": [1],
                            "MaxConcurrency": 1,
                            "ForEachBody": [step("Inner")],
                        },
                    }
                },
                ".ForEachBody[2].Type",
                "a ForEach step stands",
            ),
            (
                "the current item as a loop's items",
                ".IterableItems",
                get("ForEach.CurrentItem"),
                "no current item",
            ),
            ("a pick that isn't there", ".Selector.Pick", "Max", "no choice"),
            (
                "a selector of what is the same in every round",
                {
                    ".Selector.Field": get("Parameters.Items"),
                    "$.Steps[5].Arguments.AppSpecification.ContainerArguments": ["x"],
                },
                ".Selector.Field",
                "no output of a round",
            ),
            (
                "a selector of a property that isn't there",
                ".Selector.Field",
                get("IterationOutput.TrainOne.Metric"),
                "no property 'Metric'",
            ),
            (
                "a selector of a whole step",
                {
                    ".Selector.Field": get("IterationOutput.TrainOne"),
                    "$.Steps[5].Arguments.AppSpecification.ContainerArguments": ["x"],
                },
                ".Selector.Field",
                "no property of step",
            ),
            (
                "a body that waits for its own loop",
                ".ForEachBody[0].Arguments.Environment.EXPERIMENT",
                get("Steps.Loop.Status"),
                "Loop → Loop",
            ),
        ],
    ),
    *planted(
        "guests",
        "$.Steps[8]",
        [
            (
                "a step that is called like a round",
                {"": step("PrepareOne-3")},
                ".Name",
                "round of step 'PrepareOne'",
            )
        ],
    ),
    *planted(
        "guests",
        "$.Steps[0].Arguments",
        [
            (
                "the current item outside of a loop",
                ".items",
                get("ForEach.CurrentItem"),
                "no current item",
            )
        ],
    ),
    *planted(
        "guests",
        "$.Steps[5].Arguments",
        [
            (
                "a round's step from outside",
                ".Environment.EXPERIMENT",
                get("Steps.TrainOne.TrainingJobArn"),
                "runs once a round",
            ),
            (
                "a round without its step",
                ".Environment.EXPERIMENT",
                get("Steps.Loop.IterationOutputs[0].TrainingJobArn"),
                "no output of a round",
            ),
            (
                "rounds without an index",
                ".Environment.EXPERIMENT",
                get("Steps.Loop.IterationOutputs.TrainOne.TrainingJobArn"),
                "no output of a round",
            ),
            (
                "a round that isn't there",
                {
                    "$.Steps[4].Arguments.IterableItems": ["a"],
                    ".Environment.EXPERIMENT": get(
                        "Steps.Loop.IterationOutputs[1].TrainOne.TrainingJobArn"
                    ),
                },
                ".Environment.EXPERIMENT",
                "no round 1",
            ),
            (
                "the best of a loop that selects nothing",
                {"$.Steps[4].Arguments.Selector": ...},
                ".AppSpecification.ContainerArguments[3]",
                "selects nothing",
            ),
            (
                "a loop's property that isn't there",
                ".Environment.EXPERIMENT",
                get("Steps.Loop.State"),
                "no property 'State'",
            ),
            (
                "a loop's number as text",
                ".Environment.EXPERIMENT",
                get("Steps.Loop.InputItemCount"),
                "is Integer",
            ),
            (
                "a round's output outside of a selector",
                ".Environment.EXPERIMENT",
                get("IterationOutput.TrainOne.TrainingJobArn"),
                "can't be compared here",
            ),
        ],
    ),
    *planted(
        "guests",
        "$.Steps[5]",
        [
            (
                "waiting for a round's step",
                {".DependsOn": ["TrainOne"]},
                ".DependsOn[0]",
                "runs once a round",
            )
        ],
    ),
    *planted(
        "guests",
        "$.Steps[6].Arguments",
        [
            ("a cleanup of nothing", {".Resources.S3": []}, ".Resources", "it is"),
            (
                "a cleanup of a step that isn't there",
                ".Resources.S3[0].StepName",
                "Worst",
                "no step 'Worst'",
            ),
            (
                "a cleanup of a processing step's everything",
                ".Resources.S3[0].S3Uris",
                ...,
                "S3Uris is None",
            ),
            ("a cleanup of a Lambda step", ".Resources.S3[0].StepName", "Ask", "not cleaned up"),
            (
                "a cleanup that doesn't wait",
                {
                    ".Resources.S3[0].StepName": "Failed",
                    ".Resources.S3[0].S3Uris": ["s3://b/k"],
                    "$.Steps[6].DependsOn": ...,
                },
                ".Resources.S3[0].StepName",
                "does not wait",
            ),
            (
                "a cleanup of a step in a VPC",
                {
                    "$.Steps[5].Arguments.NetworkConfig": {
                        "VpcConfig": {"Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}
                    }
                },
                ".Resources.S3[0].StepName",
                "runs in a VPC",
            ),
        ],
    ),
]


@pytest.mark.parametrize(("definition", "changes", "path", "words"), MISTAKES)
def test_a_mistake_is_found_where_it_stands(definition, changes, path, words):
    assert_found(definition, changes, path, words)
