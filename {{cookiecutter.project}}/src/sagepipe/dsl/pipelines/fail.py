"""Ending an execution as failed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from sagepipe.contract import limits
from sagepipe.dsl.errors import author_error, caller
from sagepipe.dsl.pipelines.graph import current
from sagepipe.dsl.pipelines.step import Step, add
from sagepipe.dsl.pipelines.values import Value
from sagepipe.dsl.record import record


@record(eq=False, frozen=False)
class Fail(Step):
    """An end of the execution with a message."""

    can_be_waited_for: ClassVar[bool] = False  # nor does SageMaker allow it

    message: str | Value

    def references(self) -> Iterator[Any]:
        yield from (self.message,) if isinstance(self.message, Value) else ()


def fail(message: str | Value) -> Fail:
    """End the execution as failed.

    Args:
        message: Why; pipeline values allowed, through ``dsl.join``.

    Returns:
        The step.

    Raises:
        DslError: The message is longer than SageMaker allows.
    """
    graph = current("dsl.fail")
    if isinstance(message, str) and not 1 <= len(message) <= limits.FAIL_MESSAGE:
        raise author_error(f"dsl.fail: a message has 1 to {limits.FAIL_MESSAGE} characters")
    step = Fail(graph.claim_name("fail"), caller(), graph.block, message)
    added: Fail = add(graph, step)
    return added
