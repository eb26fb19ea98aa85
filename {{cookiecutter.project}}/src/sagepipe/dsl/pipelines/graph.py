"""The graph that a pipeline function draws while it is traced."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import TracebackType
from typing import TYPE_CHECKING, Any

from sagepipe.contract import limits, names
from sagepipe.dsl.errors import DslError, Location, author_error, caller
from sagepipe.dsl.record import field, record

if TYPE_CHECKING:
    from sagepipe.dsl.pipelines.step import Step
    from sagepipe.dsl.spec import ParameterSpec


@record(eq=False, frozen=False)
class Block:
    """Steps that are written together: a side of a condition, a loop's body, an exit handler's.

    Attributes:
        label: What the author wrote, such as ``dsl.If``.
        parent: The block around it, if any.
        branch: Whether its steps may never run, being one side of a condition.
        loop: The loop whose body it is, if it is one.
        nodes: Its steps, in the order in which they were written.
        closed: Whether it is a static loop's body that has been copied: what is changed in it from
            then on would be lost.
    """

    label: str
    parent: Block | None = None
    branch: bool = False
    loop: Any = None
    nodes: list[Step] = field(default_factory=list)
    closed: bool = False

    def around(self) -> Iterator[Block]:
        """Yield this block and those around it, inside out."""
        block: Block | None = self
        while block is not None:
            yield block
            block = block.parent


@record(eq=False, frozen=False)
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
    _numbers: dict[str, int] = field(default_factory=dict)  # the last that was given, by name
    _unopened: dict[int, tuple[str, Location | None]] = field(default_factory=dict)
    _written: int = 0

    def claim_name(self, wanted: str) -> str:
        """Return a step name that no other step has, as KFP numbers them: train, train-2, …

        Raises:
            DslError: It has characters that SageMaker does not take in a step's name, or, with the
                names of the pipelines around it, it is longer than SageMaker takes.
        """
        if not isinstance(wanted, str) or not re.fullmatch(r"[A-Za-z0-9\-_]+", wanted):
            raise author_error(
                f"step name {wanted!r}: SageMaker takes letters, digits, - and _ (StepName); "
                "call .set_display_name(...) for a title with other characters"
            )
        base = self.prefixed_name(wanted.replace("_", "-"))
        name, number = base, self._numbers.get(base, 1)
        while name in self._names:
            number += 1
            name = f"{base}-{number}"
        if len(name) > limits.STEP_NAME:
            raise author_error(
                f"step name {name!r} has {len(name)} characters; SageMaker takes "
                f"{limits.STEP_NAME}: shorten the component's or the inner pipeline's name"
            )
        self._names.add(name)
        self._numbers[base] = number
        return name

    def prefixed_name(self, name: str) -> str:
        """Put the names of the pipelines around it before a step's name."""
        return "-".join([*self._prefixes, name])

    def claim_exactly(self, name: str) -> str | None:
        """Claim a name that others already refer to; ``None`` where a step has it."""
        if name in self._names:
            return None
        if not names.STEP_NAME.fullmatch(name):
            raise author_error(
                f"step name {name!r}: SageMaker takes 1 to {limits.STEP_NAME} letters, digits, - "
                "and _ (StepName)"
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
        self._numbers.clear()

    @property
    def siblings(self) -> list[Step]:
        """Where a step written now is kept."""
        return self.nodes if self.block is None else self.block.nodes

    @property
    def branch(self) -> Block | None:
        """The side of a condition being written, if any."""
        around = self.block.around() if self.block is not None else ()
        return next((block for block in around if block.branch), None)

    def expect(self, what: str) -> Callable[[], None]:
        """Note that a block was made; what is returned is called when it is opened."""
        self._written += 1
        key = self._written
        self._unopened[key] = (what, caller())

        def opened() -> None:
            self._unopened.pop(key, None)

        return opened

    def check_opened(self) -> None:
        """Refuse a block that was made without a ``with``.

        Raises:
            DslError: It would have no steps.
        """
        for what, location in self._unopened.values():
            raise DslError(f"{what} does nothing by itself: write `with {what}(...):`", location)

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


class Section:
    """A block of steps that is written under a ``with``: a branch, an exit handler's."""

    def __init__(self, graph: Graph, block: Block) -> None:
        self._graph = graph
        self._block = block
        self._opened = graph.expect(block.label)

    def __enter__(self) -> None:
        self._opened()
        self._open = self._graph.open(self._block)
        self._open.__enter__()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.__exit__(kind, error, trace)
        if error is None and not self._block.nodes:
            raise author_error(f"this {self._block.label} has no step; SageMaker needs one")


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
