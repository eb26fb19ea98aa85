"""Condition steps: each mistake is found where it stands."""

import pytest
from planting import assert_found, get, planted

MISTAKES = [
    *planted(
        "registration",
        "$.Steps[3].Arguments",
        [
            ("a condition that isn't there", ".Conditions[0].Type", "NotEquals", "no condition"),
            ("no conditions", ".Conditions", [], "it is []"),
            ("an Or of nothing", ".Conditions[1].Conditions", [], "it is []"),
            ("a comparison with nothing", ".Conditions[0].RightValue", ..., "missing"),
            (
                "an In as the published schema has it",
                {
                    ".Conditions[1].Conditions[2]": {
                        "Type": "In",
                        "QueryValue": 1,
                        "Values": [1],
                        "Value": 1,
                    }
                },
                ".Conditions[1].Conditions[2].Value",
                "In has no 'Value'",
            ),
            (
                "a number compared with text",
                {".Conditions[0].LeftValue": "0.8"},
                ".Conditions[0]",
                "'0.8' is String",
            ),
            (
                "a Boolean compared with text",
                {".Conditions[1].Conditions[0].RightValue": "false"},
                ".Conditions[1].Conditions[0]",
                "is Boolean",
            ),
            ("text among numbers", ".Conditions[1].Conditions[2].Values[0]", 5, "is Integer"),
            (
                "a structure compared",
                {".Conditions[0].LeftValue": get("Steps.Train.ModelArtifacts")},
                ".Conditions[0]",
                "no scalar",
            ),
            ("a branch that is an object", ".ElseSteps", {}, "it is {}"),
            ("an unknown key of a condition step", ".Then", [], "no 'Then'"),
            (
                "a condition in a branch",
                {
                    ".IfSteps[1]": {
                        "Name": "Again",
                        "Type": "Condition",
                        "Arguments": {
                            "Conditions": [{"Type": "Equals", "LeftValue": 1, "RightValue": 1}],
                            "IfSteps": [],
                            "ElseSteps": [],
                        },
                    }
                },
                ".IfSteps[1].Type",
                "branch of another",
            ),
        ],
    ),
]


@pytest.mark.parametrize(("definition", "changes", "path", "words"), MISTAKES)
def test_a_mistake_is_found_where_it_stands(definition, changes, path, words):
    assert_found(definition, changes, path, words)
