"""The definition's and the steps' own fields: each mistake is found where it stands."""

import pytest
from planting import assert_found, get, planted, step

MISTAKES = [
    *planted(
        "registration",
        "$",
        [
            ("another version", "$.Version", "2021-01-01", "2021"),
            ("an unknown key of the definition", "$.Step", [], "no 'Step'"),
            (
                "a default that is no choice",
                "$.Parameters[2].DefaultValue",
                "ml.m5.large",
                "no choice",
            ),
        ],
    ),
    *planted("search", "$", [("no steps", "$.Steps", [], "Steps is []")]),
    *planted("search", "$.Steps[4]", [("a step that is text", "", "Prepare", "it is 'Prepare'")]),
    *planted(
        "guests",
        "$",
        [
            ("more than 1 MiB", {"$.Steps[0].Arguments.items": "x" * 1048576}, "$", "bytes"),
            (
                "201 parameters",
                "$.Parameters",
                lambda p: p + [{"Name": f"p{i}", "Type": "String"} for i in range(200)],
                "201 parameters",
            ),
            (
                "a parameter's name with a dot",
                {"$.Parameters[1]": {"Name": "a.b", "Type": "String"}},
                "$.Parameters[1].Name",
                "no parameter's name",
            ),
            (
                "two parameters of one name",
                {"$.Parameters[1]": {"Name": "Items", "Type": "String"}},
                "$.Parameters[1].Name",
                "twice",
            ),
            (
                "a parameter of no type",
                {"$.Parameters[1]": {"Name": "n", "Type": "Number"}},
                "$.Parameters[1].Type",
                "no type",
            ),
            (
                "a default of another type",
                {"$.Parameters[1]": {"Name": "n", "Type": "Integer", "DefaultValue": "3"}},
                "$.Parameters[1].DefaultValue",
                "no Integer",
            ),
            (
                "choices of a number",
                {"$.Parameters[1]": {"Name": "n", "Type": "Integer", "EnumValues": [1, 2]}},
                "$.Parameters[1].EnumValues",
                "type Integer has EnumValues",
            ),
            ("an unknown key of a parameter", "$.Parameters[0].Default", "x", "no 'Default'"),
        ],
    ),
    *planted(
        "search",
        "$.Steps[3]",
        [
            ("a step's name with a space", ".Name", "Score it", "no step's name"),
            ("a step's name of 65 characters", ".Name", "S" * 65, "no step's name"),
            ("a step without a name", ".Name", ..., "no step's name"),
            ("a type of step that isn't there", ".Type", "BatchTransform", "no type of step"),
        ],
    ),
    *planted(
        "registration",
        "$.Steps[3].Arguments",
        [
            ("one name in two places", ".ElseSteps[0].Name", "Train", "'Train' is the name of"),
            (
                "a condition that waits for its branch",
                ".Conditions[1].Conditions[0].LeftValue",
                get("Steps.Gate.Outcome"),
                "Gate → Gate",
            ),
            ("a cached registration", ".IfSteps[0].CacheConfig", {"Enabled": True}, "not cached"),
            (
                "a failure's message that is too long",
                ".ElseSteps[0].Arguments.ErrorMessage",
                "x" * 3073,
                "3073 characters",
            ),
            (
                "a failure's message that is a number",
                ".ElseSteps[0].Arguments.ErrorMessage",
                7,
                "it is 7",
            ),
        ],
    ),
    *planted(
        "registration",
        "$.Steps[1]",
        [
            ("an unknown key of a step", ".DependOn", ["Prepare"], "no 'DependOn'"),
            (
                "waiting for a step that isn't there",
                {".DependsOn": ["Preparation"]},
                ".DependsOn[0]",
                "no step 'Preparation'",
            ),
            ("dependencies that are text", ".DependsOn", "Prepare", "it is 'Prepare'"),
            (
                "a step that waits for itself",
                {".DependsOn": ["Train"]},
                ".DependsOn[0]",
                "Train → Train",
            ),
        ],
    ),
    *planted(
        "registration",
        "$.Steps[1].Arguments",
        [
            ("a step without Arguments", "", ..., "Arguments is None"),
            (
                "a cycle of references",
                {"$.Steps[0].Arguments.Environment.EXPERIMENT": get("Steps.Train.TrainingJobArn")},
                ".InputDataConfig[0].DataSource.S3DataSource.S3Uri",
                "Prepare → Train → Prepare",
            ),
        ],
    ),
    *planted(
        "guests",
        "$.Steps[0]",
        [
            ("a Lambda step without a function", ".FunctionArn", ..., "missing"),
            ("an output of no type", ".OutputParameters[0].OutputType", "Number", "no type"),
            (
                "two outputs of one name",
                {".OutputParameters": lambda o: o + o},
                ".OutputParameters[1].OutputName",
                "twice",
            ),
        ],
    ),
    *planted(
        "guests",
        "$.Steps[1]",
        [("a Callback step without a queue", ".SqsQueueUrl", ..., "missing")],
    ),
    *planted(
        "registration",
        "$.Steps[5]",
        [
            (
                "waiting for a Fail step",
                {
                    "$.Steps[4]": step("Stop", Type="Fail", FunctionArn=None),
                    "": step(DependsOn=["Stop"]),
                },
                ".DependsOn[0]",
                "is a Fail step",
            )
        ],
    ),
    *planted(
        "guests",
        "$.Steps[7]",
        [
            ("a trigger that isn't there", ".DependsOn[0].Trigger", "Failure", "no trigger"),
            (
                "a run condition with another key",
                ".DependsOn[0]",
                {"StepName": "Loop"},
                "it is {'StepName'",
            ),
            ("two triggers of one step", ".DependsOn[1]", "Loop", "two triggers"),
        ],
    ),
    *planted(
        "registration",
        "$.Steps[0]",
        [
            ("an expiry that is no duration", ".CacheConfig.ExpireAfter", "30 days", "no duration"),
            ("an expiry without a unit", ".CacheConfig.ExpireAfter", "P30", "no duration"),
            ("caching by text", ".CacheConfig.Enabled", "true", "no Boolean"),
            ("twenty-one attempts", ".RetryPolicies[0].MaxAttempts", 21, "out of range"),
            (
                "half a day and a second between attempts",
                ".RetryPolicies[0].IntervalSeconds",
                43201,
                "out of range",
            ),
            (
                "retries for more than ten days",
                ".RetryPolicies[1].ExpireAfterMin",
                14401,
                "out of range",
            ),
            (
                "attempts and a time",
                {".RetryPolicies[0].ExpireAfterMin": 5},
                ".RetryPolicies[0]",
                "both MaxAttempts and",
            ),
            (
                "a fault that isn't retried",
                ".RetryPolicies[0].ExceptionType[0]",
                "AlgorithmError",
                "no fault",
            ),
        ],
    ),
    *planted(
        "search",
        "$.Steps[2]",
        [
            (
                "a job's fault of a step that runs none",
                {".RetryPolicies": [{"ExceptionType": ["SageMaker.CAPACITY_ERROR"]}]},
                ".RetryPolicies[0].ExceptionType[0]",
                "no fault of a Model step",
            )
        ],
    ),
    *planted(
        "registration",
        "$.Steps[3]",
        [
            (
                "a retried condition",
                ".RetryPolicies",
                [{"ExceptionType": ["Step.THROTTLING"]}],
                "not retried",
            )
        ],
    ),
]


@pytest.mark.parametrize(("definition", "changes", "path", "words"), MISTAKES)
def test_a_mistake_is_found_where_it_stands(definition, changes, path, words):
    assert_found(definition, changes, path, words)
