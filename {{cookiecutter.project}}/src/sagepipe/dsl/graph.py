"""The graph that a pipeline function draws while it is traced."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sagepipe.contract import limits
from sagepipe.dsl.errors import author_error

if TYPE_CHECKING:
    from sagepipe.dsl.spec import ParameterSpec
    from sagepipe.dsl.step import Step


@dataclass(eq=False)
class Block:
    """Steps that are written together: a side of a condition, a loop's body, an exit handler's.

    Attributes:
        label: What the author wrote, such as ``dsl.If``.
        parent: The block around it, if any.
        branch: Whether its steps may never run, being one side of a condition.
        loop: The loop whose body it is, if it is one.
        nodes: Its steps, in the order in which they were written.
    """

    label: str
    parent: Block | None = None
    branch: bool = False
    loop: Any = None
    nodes: list[Step] = field(default_factory=list)

    def around(self) -> Iterator[Block]:
        """Yield this block and those around it, inside out."""
        block: Block | None = self
        while block is not None:
            yield block
            block = block.parent


@dataclass
class Graph:
    """A pipeline as traced.

    Attributes:
        name: The pipeline's name.
        description: The first paragraph of its docstring.
        parameters: What it takes.
        nodes: Its steps outside blocks, in the order in which they were written.
        block: The block being written, if any.
    """

    name: str
    description: str = ""
    parameters: tuple[ParameterSpec, ...] = ()
    nodes: list[Step] = field(default_factory=list)
    block: Block | None = None
    _prefixes: list[str] = field(default_factory=list)
    _names: set[str] = field(default_factory=set)

    def claim_name(self, wanted: str) -> str:
        """Return a step name that no other step has, as KFP numbers them: train, train-2, …

        Raises:
            DslError: With the names of the pipelines around it, it is longer than SageMaker takes.
        """
        base = "-".join([*self._prefixes, wanted]).replace("_", "-")
        name, number = base, 1
        while name in self._names:
            number += 1
            name = f"{base}-{number}"
        if len(name) > limits.STEP_NAME:
            raise author_error(
                f"step name {name!r} has {len(name)} characters; SageMaker takes "
                f"{limits.STEP_NAME}: shorten the component's or the inner pipeline's name"
            )
        self._names.add(name)
        return name

    def claim_name_as_is(self, name: str) -> str:
        """Claim the name of a copy of a step, which already starts as it should."""
        prefixes, self._prefixes = self._prefixes, []
        try:
            return self.claim_name(name)
        finally:
            self._prefixes = prefixes

    def release_names(self, names: Iterable[str]) -> None:
        """Give names back that no step has any more."""
        self._names.difference_update(names)

    @property
    def siblings(self) -> list[Step]:
        """Where a step written now is kept."""
        return self.nodes if self.block is None else self.block.nodes

    @property
    def branch(self) -> Block | None:
        """The side of a condition being written, if any."""
        around = self.block.around() if self.block is not None else ()
        return next((block for block in around if block.branch), None)

    @contextmanager
    def open(self, block: Block) -> Iterator[Block]:
        """Write steps into a block."""
        outer, self.block = self.block, block
        try:
            yield block
        finally:
            self.block = outer

    @contextmanager
    def prefixed(self, name: str) -> Iterator[None]:
        """Write the steps of a pipeline inside another; their names start with its name."""
        self._prefixes.append(name)
        try:
            yield
        finally:
            self._prefixes.pop()


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


def is_tracing() -> bool:
    """Say whether a pipeline function is being traced."""
    return _tracing.get() is not None


@contextmanager
def tracing(graph: Graph) -> Iterator[Graph]:
    """Collect into a graph what is written meanwhile."""
    token = _tracing.set(graph)
    try:
        yield graph
    finally:
        _tracing.reset(token)
