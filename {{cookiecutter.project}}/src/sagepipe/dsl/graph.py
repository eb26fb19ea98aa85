"""The graph that a pipeline function draws while it is traced."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sagepipe.contract import limits
from sagepipe.dsl.errors import author_error

if TYPE_CHECKING:
    from sagepipe.dsl.spec import ParameterSpec
    from sagepipe.dsl.step import Step


@dataclass
class Graph:
    """A pipeline as traced.

    Attributes:
        name: The pipeline's name.
        description: The first paragraph of its docstring.
        parameters: What it takes.
        nodes: Its steps outside branches, in the order in which they were written.
    """

    name: str
    description: str = ""
    parameters: tuple[ParameterSpec, ...] = ()
    nodes: list[Step] = field(default_factory=list)
    _blocks: list[Block] = field(default_factory=list)
    _names: set[str] = field(default_factory=set)

    def claim_name(self, wanted: str) -> str:
        """Return a step name that no other step has, as KFP numbers them: train, train-2, …"""
        base = wanted.replace("_", "-")[: limits.STEP_NAME - 4]  # room for a number
        name, number = base, 1
        while name in self._names:
            number += 1
            name = f"{base}-{number}"
        self._names.add(name)
        return name

    @property
    def block(self) -> Block | None:
        """The branch being written, if any."""
        return self._blocks[-1] if self._blocks else None

    @property
    def siblings(self) -> list[Step]:
        """Where a node written now is kept."""
        return self._blocks[-1].nodes if self._blocks else self.nodes

    @contextmanager
    def open(self, block: Block) -> Iterator[Block]:
        """Write nodes into a branch."""
        self._blocks.append(block)
        try:
            yield block
        finally:
            self._blocks.pop()


@dataclass(eq=False)
class Block:
    """One side of a condition."""

    label: str
    nodes: list[Step] = field(default_factory=list)


_tracing: ContextVar[Graph | None] = ContextVar("sagepipe_graph", default=None)


def current(what: str) -> Graph:
    """Return the graph being traced.

    Args:
        what: Who asks, for the message.

    Raises:
        DslError: No pipeline function is being traced.
    """
    graph = _tracing.get()
    if graph is None:
        raise author_error(f"{what} can only be used inside a @dsl.pipeline function")
    return graph


@contextmanager
def tracing(graph: Graph) -> Iterator[Graph]:
    """Collect into a graph what is written meanwhile."""
    token = _tracing.set(graph)
    try:
        yield graph
    finally:
        _tracing.reset(token)
