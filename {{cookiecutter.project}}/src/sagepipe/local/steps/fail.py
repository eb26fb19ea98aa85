"""Fail steps."""

from collections.abc import Iterator, Mapping
from typing import Any

from sagepipe.contract import limits
from sagepipe.local.events import FAILED
from sagepipe.local.shapes import Shape, used
from sagepipe.local.steps.kind import StepResult, StepRun

ARGUMENTS: Shape = {"ErrorMessage": used}


def faults(request: Mapping[str, Any]) -> Iterator[str]:
    """Check the message.

    Args:
        request: The step's arguments; what isn't known yet stands as ``PENDING``.

    Yields:
        The fault as one line.
    """
    if len(str(request.get("ErrorMessage", ""))) > limits.FAIL_MESSAGE:
        yield f"ErrorMessage has more than {limits.FAIL_MESSAGE} characters"


def run(step: StepRun) -> StepResult:
    """Fail.

    Args:
        step: The step.

    Returns:
        The failure; an empty message leaves it without a reason, as on SageMaker.
    """
    return StepResult(FAILED, failure_reason=str(step.request.get("ErrorMessage") or "") or None)
