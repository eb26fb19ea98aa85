"""ForEach steps: rounds made of a body, and what came of them.

Source: SageMaker SDK 3.27, for_each_step; the API model, ForEachStepMetadata. Where they don't say
what happens, this runner does the following. One failed step of a round makes the loop fail, and no
step starts any more, as after any failure. Steps that never started are not counted; a loop with
such steps, of which none failed, was stopped. A selector compares numbers and texts of numbers; of
equal ones the first is picked.
"""

import math
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from sagepipe.local import loops
from sagepipe.local.errors import StepError
from sagepipe.local.events import EXECUTING, FAILED, STOPPED, SUCCEEDED
from sagepipe.local.expressions import PENDING, walk
from sagepipe.local.rounds import Rounds
from sagepipe.local.shapes import Field, Shape, listed, required, used, within
from sagepipe.local.step import Step
from sagepipe.local.steps.kind import StepResult, StepRun

ARGUMENTS: Shape = {
    "IterableItems": required,
    "MaxConcurrency": used,
    loops.BODY: listed,
    "Selector": within({"Pick": Field(required=True, values=loops.PICKS), "Field": required}),
}
PROPERTIES = frozenset(
    {
        "Status",
        "InputItemCount",
        "TotalStepCount",
        "SucceededStepCount",
        "FailedStepCount",
        "StoppedStepCount",
        "IterationOutputs",
        "Selected",
    }
)


def faults(request: Mapping[str, Any]) -> Iterator[str]:
    """Check the items.

    Args:
        request: The step's arguments; what isn't known yet stands as ``PENDING``.

    Yields:
        The fault as one line.
    """
    if request["IterableItems"] is not PENDING:
        try:
            loops.items(request["IterableItems"])
        except StepError as error:
            yield error.message


def run(step: StepRun) -> StepResult:
    """Make the rounds.

    Args:
        step: The step.

    Returns:
        What is to run; the step goes on until that has ended.
    """
    found = loops.items(step.request["IterableItems"])
    return StepResult(EXECUTING, rounds=loops.rounds(step.step, found))


def result(loop: Rounds) -> StepResult:
    """Say what came of a loop.

    Args:
        loop: It, all its steps over.

    Returns:
        How it ended.
    """
    by_status = {
        status: [name for name, found in loop.results.items() if found.status == status]
        for status in (SUCCEEDED, FAILED, STOPPED)
    }
    total = sum(map(len, loop.rounds))
    status, reason = SUCCEEDED, None
    if failed := by_status[FAILED]:
        status, reason = FAILED, f"{len(failed)} of {total} steps failed: {', '.join(failed)}"
    elif loop.cut_short or by_status[STOPPED]:
        done = len(by_status[SUCCEEDED])
        status, reason = STOPPED, f"{done} of {total} steps had succeeded when it was stopped"
    outputs = [
        {
            body.name: loop.results[step.name].properties
            for body, step in zip(loop.loop.body, steps, strict=True)
            if step.name in loop.results
        }
        for steps in loop.rounds
    ]
    properties: dict[str, Any] = {
        "Status": status,
        "InputItemCount": len(loop.rounds),
        "TotalStepCount": len(loop.results),
        **{f"{end}StepCount": len(names) for end, names in by_status.items()},
        "IterationOutputs": outputs,
    }
    if status == SUCCEEDED and outputs and loop.loop.arguments.get("Selector"):
        try:
            properties["Selected"] = _selected(loop.loop, outputs)
        except StepError as error:
            status, reason = FAILED, error.message
            properties["Status"] = FAILED
    return StepResult(status, properties, reason)


def _selected(loop: Step, outputs: list[dict[str, Mapping[str, Any]]]) -> Mapping[str, Any]:
    chosen = loops.selector(loop)
    assert chosen is not None  # plan.py has refused any other
    pick, body, path = chosen
    best = max if pick == loops.MAX_BY else min
    values = [
        _number(walk(found, [body, *path], f"Selector: round {index}"), index)
        for index, found in enumerate(outputs)
    ]
    return outputs[values.index(best(values))][body]


def _number(value: Any, index: int) -> float:
    found = math.nan
    with suppress(TypeError, ValueError):
        found = float(value)
    if math.isnan(found):  # nothing is more or less than that
        raise StepError(f"Selector: {value!r} of round {index} is no number")
    return found
