"""Definitions that are right: nothing is found in them, whoever wrote them."""

import json
from pathlib import Path

import pytest

from sagepipe.compiler.check import check

HERE = Path(__file__).parent
FILES = sorted(
    [
        *(HERE.parent / "golden").glob("*.json"),
        *(HERE / "sdk_v2").glob("*.json"),
        *(HERE / "sdk_v3").glob("*.json"),
    ]
)


def nested(steps):
    """Every step, those of branches and bodies too."""
    for step in steps:
        yield step
        arguments = step["Arguments"]
        for key in ("IfSteps", "ElseSteps", "ForEachBody"):
            yield from nested(arguments.get(key, []))


def read(file):
    return json.loads(file.read_text(encoding="utf-8"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_nothing_is_found(file):
    assert check(read(file)) == []


def test_these_are_steps_of_every_type_that_teams_use():
    types = {step["Type"] for file in FILES for step in nested(read(file)["Steps"])}

    assert types >= {
        *("Processing", "Training", "Tuning", "Transform", "Model", "RegisterModel"),
        *("Condition", "Fail", "ForEach", "Cleanup", "Lambda", "Callback", "EMR"),
        *("EMRServerless", "QualityCheck"),
    }


def minimal(*steps, **fields):
    return {"Version": "2020-12-01", "Steps": list(steps), **fields}


def function(name, **fields):
    return {"Name": name, "Type": "Lambda", "FunctionArn": "arn", "Arguments": {}, **fields}


def in_branch(*steps):
    condition = {"Type": "Equals", "LeftValue": 1, "RightValue": 1.0}
    arguments = {"Conditions": [condition], "IfSteps": list(steps), "ElseSteps": []}
    return {"Name": "Gate", "Type": "Condition", "Arguments": arguments}


@pytest.mark.parametrize(
    "definition",
    [
        pytest.param(minimal(function("a"), MlflowConfig=None, Metadata={}), id="nulls"),
        pytest.param(
            minimal(function("a", DisplayName=None, DependsOn=None)), id="nulls in a step"
        ),
        pytest.param(
            minimal(function("a", OutputParameters=[]), function("b", DependsOn=["a"])),
            id="no outputs",
        ),
        pytest.param(
            minimal(in_branch(function("a"), function("b", DependsOn=["a"]))),
            id="steps of one branch that wait for each other",
        ),
        pytest.param(
            minimal(
                function("a", CacheConfig={"Enabled": True, "ExpireAfter": "30d"}),
                function("b", CacheConfig={"Enabled": True, "ExpireAfter": "T12H"}),
                function("c", CacheConfig={"Enabled": False}),
            ),
            id="durations as the developer guide writes them",
        ),
        pytest.param(
            minimal({"Name": "a", "Type": "Athena", "Arguments": {"Query": "x"}, "Extra": 1}),
            id="a type that nothing describes",
        ),
        pytest.param(
            minimal(
                function("a", OutputParameters=[{"OutputName": "k", "OutputType": "Float"}]),
                function("b", Arguments={"x": {"Get": "Steps.a.OutputParameters['k']"}}),
            ),
            id="a Lambda step's output",
        ),
    ],
)
def test_nothing_is_found_in_what_is_unusual(definition):
    assert check(definition) == []


def test_a_thousand_steps_in_a_row_are_walked():
    steps = [function("s0")]
    steps += [function(f"s{i}", DependsOn=[f"s{i - 1}"]) for i in range(1, 1000)]

    assert check(minimal(*steps)) == []
    assert len(check(minimal(*steps[1:], function("s0", DependsOn=["s999"])))) == 1
