"""Forks in a pipeline: ``dsl.If``, ``dsl.Elif`` and ``dsl.Else``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sagepipe.dsl.errors import author_error, caller
from sagepipe.dsl.pipelines.condition import And, Condition, condition_of, operands
from sagepipe.dsl.pipelines.graph import Block, Graph, Section, current
from sagepipe.dsl.pipelines.step import Step, add
from sagepipe.dsl.pipelines.values import Round, Value
from sagepipe.dsl.record import record


@record(eq=False, frozen=False)
class ConditionNode(Step):
    """A fork in the pipeline.

    Attributes:
        condition: What is asked.
        then: The steps that run where it holds.
        otherwise: The steps that run where it doesn't.
        chain: The conditions of the If and Elifs up to here, of which only the last may hold.
        chain_ends: Whether a dsl.Else has ended the chain.
    """

    condition: Condition
    then: Block
    otherwise: Block | None = None
    chain: tuple[Condition, ...] = ()
    chain_ends: bool = False

    def references(self) -> Iterator[Any]:
        return (value for value in operands(self.condition) if isinstance(value, Value))

    def copied(self, name: str, block: Block | None, round_: Round) -> Step:
        copy = super().copied(name, block, round_)
        assert isinstance(copy, ConditionNode)
        copy.chain_ends = True
        copy.then = Block(self.then.label, block, branch=True)
        copy.otherwise = self.otherwise and Block(self.otherwise.label, block, branch=True)
        return copy


class If(Section):
    """The steps written under ``with dsl.If(condition):`` run only where it holds."""

    def __init__(self, condition: Condition | Value, name: str | None = None) -> None:
        """Start a condition.

        Args:
            condition: A comparison of pipeline values, a value that is true or false, or several of
                these joined by & | ~.
            name: The step's name.

        Raises:
            DslError: That is no condition, or this stands inside another branch.
        """
        graph = current("dsl.If")
        asked = _asked(condition, "dsl.If")
        block = _fork(graph, "dsl.If", name or "condition", asked, (asked,))
        super().__init__(graph, block)


class Elif(Section):
    """The steps written under it run where none of the conditions above holds, but this one does.

    SageMaker's conditions can't be nested, so each ``Elif`` becomes a condition step of its own,
    which asks that those above do not hold.
    """

    def __init__(self, condition: Condition | Value, name: str | None = None) -> None:
        """Go on with the chain of conditions written just before.

        Args:
            condition: A comparison of pipeline values, a value that is true or false, or several of
                these joined by & | ~.
            name: The step's name.

        Raises:
            DslError: There is no ``dsl.If`` before, or that is no condition.
        """
        graph = current("dsl.Elif")
        last = _last(graph, "dsl.Elif")
        own = _asked(condition, "dsl.Elif")
        asked = _all(*(~earlier for earlier in last.chain), own)
        chain = (*last.chain, own)
        block = _fork(graph, "dsl.Elif", name or "condition", asked, chain)
        super().__init__(graph, block)


class Else(Section):
    """The steps written under ``with dsl.Else():`` run where no condition above holds."""

    def __init__(self, name: str | None = None) -> None:
        """Start the other branch of the conditions written just before.

        Args:
            name: The step's name after a dsl.Elif; after a dsl.If alone, SageMaker has no step for
                it.

        Raises:
            DslError: There is none.
        """
        graph = current("dsl.Else")
        last = _last(graph, "dsl.Else")
        if len(last.chain) == 1:
            block = last.otherwise = Block("dsl.Else", graph.block, branch=True)
        else:
            asked = _all(*(~earlier for earlier in last.chain))
            block = _fork(graph, "dsl.Else", name or "condition", asked, last.chain)
            last = graph.siblings[-1]  # type: ignore[assignment]
        last.chain_ends = True
        super().__init__(graph, block)


def _fork(
    graph: Graph, what: str, name: str, condition: Condition, chain: tuple[Condition, ...]
) -> Block:
    if graph.branch is not None:
        raise author_error(
            "SageMaker can't nest conditions: join them with & into one dsl.If (developer guide, "
            "Condition step)"
        )
    block = Block(what, graph.block, branch=True)
    node = ConditionNode(
        graph.claim_name(name), caller(), graph.block, condition, block, chain=chain
    )
    add(graph, node)
    return block


def _asked(condition: object, what: str) -> Condition:
    condition = condition_of(condition)
    if isinstance(condition, Condition):
        return condition
    if isinstance(condition, Value):
        raise author_error(f"{what} takes a comparison; compare {condition.label}: value > 0")
    if isinstance(condition, bool):
        raise author_error(
            f"{what} takes a comparison of pipeline values, and Python has already answered this "
            f"one with {condition}, as it does `is None`: a pipeline value always has a value; for "
            "what is known now use a plain Python `if`"
        )
    raise author_error(f"{what} takes a comparison of pipeline values, not {condition!r}")


def end_chain(graph: Graph) -> None:
    """Let no dsl.Elif or dsl.Else that is written from here on go on with what stands before."""
    last = graph.siblings[-1] if graph.siblings else None
    if isinstance(last, ConditionNode):
        last.chain_ends = True


def _last(graph: Graph, what: str) -> ConditionNode:
    last = graph.siblings[-1] if graph.siblings else None
    if not isinstance(last, ConditionNode) or last.chain_ends:
        raise author_error(f"{what} has to follow a dsl.If or dsl.Elif directly")
    return last


def _all(*conditions: Condition) -> Condition:
    first, *rest = conditions
    for condition in rest:
        first = first & condition
    assert isinstance(first, And) or not rest
    return first
