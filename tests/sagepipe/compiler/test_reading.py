"""Walking a definition, whoever wrote it."""

from typing import Any

import pytest

from sagepipe.compiler import reading
from sagepipe.compiler.reading import Body, Edge, Wait

STEPS: list[Any] = [
    {"Name": "prepare", "Type": "Processing", "Arguments": {}},
    {
        "Name": "gate",
        "Type": "Condition",
        "Arguments": {
            "Conditions": [{"LeftValue": {"Get": "Steps.prepare.ProcessingJobStatus"}}],
            "IfSteps": [
                {
                    "Name": "loop",
                    "Type": "ForEach",
                    "Arguments": {
                        "ForEachBody": [
                            {
                                "Name": "fit",
                                "Type": "Training",
                                "Arguments": {"A": [{"a.b": {"Get": "ForEach.CurrentItem.x"}}]},
                            }
                        ]
                    },
                }
            ],
            "ElseSteps": [{"Name": "stop", "Type": "Fail", "Arguments": {"ErrorMessage": "no"}}],
        },
    },
    {
        "Name": "clean",
        "Type": "Cleanup",
        "DependsOn": ["gate", {"Step": "prepare", "Trigger": "Any"}],
        "Arguments": {"Resources": {"S3": [{"StepName": "prepare"}]}},
    },
]
DEFINITION = {"Steps": STEPS}


def test_every_step_is_found_before_the_steps_that_stand_in_it() -> None:
    found = [(step.name, step.path) for step in reading.steps(DEFINITION)]

    assert found == [
        ("prepare", "Steps[0]"),
        ("gate", "Steps[1]"),
        ("loop", "Steps[1].Arguments.IfSteps[0]"),
        ("fit", "Steps[1].Arguments.IfSteps[0].Arguments.ForEachBody[0]"),
        ("stop", "Steps[1].Arguments.ElseSteps[0]"),
        ("clean", "Steps[2]"),
    ]


def test_a_step_knows_the_bodies_around_it() -> None:
    fit = next(step for step in reading.steps(DEFINITION) if step.name == "fit")

    assert fit.within == (Body("gate", "IfSteps"), Body("loop", "ForEachBody"))


def test_a_steps_references_are_its_own_with_their_places() -> None:
    found = {
        step.name: [(item.text, item.path) for item in reading.step_references(step)]
        for step in reading.steps(DEFINITION)
    }

    assert found["gate"] == [
        ("Steps.prepare.ProcessingJobStatus", "Steps[1].Arguments.Conditions[0].LeftValue")
    ]
    assert found["loop"] == []
    assert [place.rpartition("ForEachBody")[2] for _, place in found["fit"]] == [
        "[0].Arguments.A[0]['a.b']"
    ]


@pytest.mark.parametrize(
    ("text", "root", "step", "rest"),
    [
        ("Parameters.rows", "Parameters", "", "rows"),
        ("Steps.a-b_1.Outputs['x'].S3Uri", "Steps", "a-b_1", "Outputs['x'].S3Uri"),
        ("Steps.look['Outputs']", "Steps", "look", "['Outputs']"),
        ("ForEach.CurrentItem", "ForEach", "", "CurrentItem"),
    ],
)
def test_a_reference_is_taken_apart(text: str, root: str, step: str, rest: str) -> None:
    found = reading.Reference(text, ())

    assert (found.root, found.step, found.rest) == (root, step, rest)


def test_steps_wait_for_what_they_refer_to_depend_on_clean_up_and_stand_in() -> None:
    assert reading.edges(DEFINITION) == [
        Edge("prepare", "gate", Wait.DATA),
        Edge("gate", "loop", Wait.INSIDE),
        Edge("loop", "fit", Wait.INSIDE),
        Edge("gate", "stop", Wait.INSIDE),
        Edge("prepare", "clean", Wait.ORDER),
        Edge("gate", "clean", Wait.ORDER),
        Edge("prepare", "clean", Wait.ANY),
    ]


@pytest.mark.parametrize(
    "definition",
    [
        {},
        {"Steps": None},
        {"Steps": [3, {"Name": 4}, {"Type": "Condition", "Arguments": {"IfSteps": {}}}]},
        {"Steps": [{"DependsOn": [7, {"Step": 8, "Trigger": []}], "Arguments": [1]}]},
    ],
)
def test_what_is_no_definition_is_passed_over(definition: dict[str, Any]) -> None:
    assert all(step.name == "" for step in reading.steps(definition))
    assert all(edge.source == "" for edge in reading.edges(definition))
