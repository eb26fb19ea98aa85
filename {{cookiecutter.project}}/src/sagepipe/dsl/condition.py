"""Forks in a pipeline: ``dsl.If`` and ``dsl.Else``."""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType
from typing import Any

from sagepipe.dsl.errors import author_error, caller
from sagepipe.dsl.graph import Block, current
from sagepipe.dsl.step import Step, check_value_visible
from sagepipe.dsl.values import And, Comparison, Condition, Not, Or


@dataclass(eq=False)
class ConditionNode(Step):
    """A fork in the pipeline."""

    condition: Condition
    then: Block
    otherwise: Block | None = None


class If:
    """The steps written under ``with dsl.If(condition):`` run only where it holds."""

    def __init__(self, condition: Condition, name: str | None = None) -> None:
        """Start a condition.

        Args:
            condition: A comparison of pipeline values, or several joined by & | ~.
            name: The step's name.

        Raises:
            DslError: That is no condition, or this stands inside another branch.
        """
        graph = current("dsl.If")
        if not isinstance(condition, Condition):
            raise author_error(
                f"dsl.If takes a comparison of pipeline values, not {condition!r}: it is decided "
                "while the pipeline is being built; use a plain Python `if`"
            )
        if graph.block is not None:
            raise author_error("SageMaker can't nest conditions: join them with & into one dsl.If")
        for value in _values(condition):
            check_value_visible(value, None, "dsl.If")
        self._graph = graph
        self._node = ConditionNode(
            graph.claim_name(name or "condition"), caller(), None, condition, Block("dsl.If")
        )
        graph.nodes.append(self._node)

    def __enter__(self) -> None:
        self._open = self._graph.open(self._node.then)
        self._open.__enter__()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.__exit__(kind, error, trace)
        if error is None and not self._node.then.nodes:
            raise author_error("this branch of the condition has no step; SageMaker needs one")


class Else:
    """The steps written under ``with dsl.Else():`` run where the condition above does not hold."""

    def __init__(self) -> None:
        """Start the other branch of the condition written just before.

        Raises:
            DslError: There is none.
        """
        graph = current("dsl.Else")
        last = graph.siblings[-1] if graph.siblings else None
        if not isinstance(last, ConditionNode) or last.otherwise is not None:
            raise author_error("dsl.Else has to follow a dsl.If directly")
        self._graph = graph
        last.otherwise = self._block = Block("dsl.Else")

    def __enter__(self) -> None:
        self._open = self._graph.open(self._block)
        self._open.__enter__()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.__exit__(kind, error, trace)


def _values(condition: Condition) -> list[Any]:
    if isinstance(condition, Comparison):
        return [condition.left, condition.right]
    if isinstance(condition, Not):
        return _values(condition.condition)
    assert isinstance(condition, And | Or)
    return [value for inner in condition.conditions for value in _values(inner)]
