"""Lambda and Callback steps: functions of the project stand for what AWS would call."""

import textwrap
from typing import Any

import pytest

from sagepipe.local import DefinitionError

ARN = "arn:aws:lambda:eu-west-1:000000000000:function:notify"
QUEUE = "https://sqs.eu-west-1.amazonaws.com/000000000000/reviews"
FUNCTIONS = """
import os
import sys

def notify(event, context):
    print("told", sorted(event), context)
    return {"count": event["count"] + 1, "text": "x" * event["count"], "more": [1]}

def review(message):
    return {"verdict": f"{message['arguments']['model']} {len(message['token'])}"}

def broken(event, context):
    raise ValueError("no such topic")

def gone(event, context):
    os._exit(3)
"""


@pytest.fixture
def functional(project: Any) -> Any:
    """A project whose module ``hooks`` holds functions."""
    (project.folder / "hooks.py").write_text(textwrap.dedent(FUNCTIONS))
    return project


def use(project: Any, **functions: str) -> None:
    project.settings_with(functions=functions, environment={"PYTHONPATH": str(project.folder)})


def notify(outputs: dict[str, str] | None = None, **arguments: Any) -> dict[str, Any]:
    listed = [{"OutputName": name, "OutputType": kind} for name, kind in (outputs or {}).items()]
    return {
        "Name": "tell",
        "Type": "Lambda",
        "FunctionArn": ARN,
        "Arguments": arguments,
        "OutputParameters": listed,
    }


def test_a_lambda_step_calls_a_function_with_its_inputs_and_hands_on_its_outputs(
    functional: Any,
) -> None:
    use(functional, notify="hooks:notify")
    said = {"Std:Join": {"On": "/", "Values": [{"Get": "Steps.tell.OutputParameters['text']"}]}}
    after = functional.fail("stop", said)

    execution = functional.run(notify({"count": "Integer", "text": "String"}, count=2), after)

    outputs = execution.step("tell").properties["OutputParameters"]
    assert outputs == {"count": 3, "text": "xx"}
    assert execution.step("stop").failure_reason == "xx"
    assert "told ['count'] None" in functional.log(execution, "tell")


def test_inputs_may_be_other_steps_values(functional: Any) -> None:
    use(functional, **{"*:function:not*": "hooks:notify"})
    first = {**notify({"count": "Integer"}, count=1), "Name": "first"}
    second = notify({"count": "Integer"}, count={"Get": "Steps.first.OutputParameters['count']"})

    execution = functional.run(first, second)

    assert execution.step("tell").properties["OutputParameters"] == {"count": 3}


def test_a_callback_step_gives_the_function_the_message_of_the_queue(functional: Any) -> None:
    use(functional, reviews="hooks:review")
    callback = {
        "Name": "ask",
        "Type": "Callback",
        "SqsQueueUrl": QUEUE,
        "Arguments": {"model": "flight"},
        "OutputParameters": [{"OutputName": "verdict", "OutputType": "String"}],
    }

    execution = functional.run(callback)

    assert execution.step("ask").properties["OutputParameters"] == {"verdict": "flight 32"}


def test_a_function_that_raises_fails_the_step_with_its_reason(functional: Any) -> None:
    use(functional, notify="hooks:broken")

    execution = functional.run(notify())

    assert execution.step("tell").failure_reason == (
        "ClientError: hooks:broken failed: ValueError: no such topic"
    )
    assert "Traceback" in functional.log(execution, "tell")


def test_a_function_that_vanishes_fails_the_step_with_its_status(functional: Any) -> None:
    use(functional, notify="hooks:gone")

    assert "exit status 3" in str(functional.run(notify()).step("tell").failure_reason)


@pytest.mark.parametrize(
    ("outputs", "fault"),
    [
        ({"absent": "String"}, "returned no 'absent', which the step says it gives"),
        ({"text": "Integer"}, "returned 'x' as 'text', which is to be Integer"),
        ({"more": "String"}, "returned [1] as 'more', which is to be String"),
    ],
)
def test_an_output_that_is_missing_or_of_another_type_fails_the_step(
    functional: Any, outputs: dict[str, str], fault: str
) -> None:
    use(functional, notify="hooks:notify")

    assert fault in str(functional.run(notify(outputs, count=1)).step("tell").failure_reason)


def test_without_a_function_it_is_refused_before_anything_starts(project: Any) -> None:
    with pytest.raises(DefinitionError, match=r'\[functions\]: notify = "module:function"'):
        project.run(notify())
