"""Condition steps."""

from sagepipe.local import conditions
from sagepipe.local.events import SUCCEEDED
from sagepipe.local.shapes import Shape, listed
from sagepipe.local.steps.kind import StepResult, StepRun

ARGUMENTS: Shape = {"Conditions": listed, "IfSteps": listed, "ElseSteps": listed}
PROPERTIES = frozenset({"Outcome"})


def run(step: StepRun) -> StepResult:
    """Work out which branch is taken.

    Args:
        step: The step.

    Returns:
        The outcome.
    """
    outcome = conditions.holds(step.request["Conditions"])
    return StepResult(SUCCEEDED, {"Outcome": outcome}, outcome=outcome)
