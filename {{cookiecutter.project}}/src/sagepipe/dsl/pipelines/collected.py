"""What the copies of a loop's body came up with, together."""

from __future__ import annotations

from typing import Any

from sagepipe.dsl.errors import author_error
from sagepipe.dsl.pipelines.references import ArtifactRef, Reference
from sagepipe.dsl.pipelines.texts import Join
from sagepipe.dsl.pipelines.values import Value


class Collected:
    """One output of a task in a loop, of every round, as KFP's ``dsl.Collected``."""

    def __init__(self, output: Any) -> None:
        """Collect an output.

        Args:
            output: An output of a task that was written under ``with dsl.ParallelFor(...):``.

        Raises:
            DslError: It is no such output.
        """
        steps = output.steps if isinstance(output, ArtifactRef | Value) else ()
        step = steps[0] if steps else None
        loop = step.block.loop if step is not None and step.block is not None else None
        if loop is None:
            raise author_error("dsl.Collected takes an output of a task inside dsl.ParallelFor")
        self._output = output
        self._loop = loop

    def __getitem__(self, index: int) -> Any:
        """Take the output of one round, counted from 0."""
        return self._loop.round(self._output, index)

    def __len__(self) -> int:
        count: int = self._loop.rounds("len(dsl.Collected(...))")
        return count

    def __iter__(self) -> Any:
        return iter([self[index] for index in range(len(self))])

    def references(self, where: str) -> tuple[Reference, ...]:
        """Return the artifacts of every round, for an input that is a list.

        Raises:
            DslError: They are values, or the rounds are known only when the pipeline runs.
        """
        self._loop.rounds(where)
        if not isinstance(self._output, ArtifactRef):
            raise author_error(f"{where} takes artifacts; {self._output.label} is a value")
        return tuple(self)

    def values(self, where: str) -> Value:
        """Return the values of every round as the text of a JSON list, for a ``list`` parameter.

        Raises:
            DslError: They are artifacts, or the rounds are known only when the pipeline runs.
        """
        self._loop.rounds(where)
        if not isinstance(self._output, Value):
            raise author_error(f"{where} takes a list of values, not of artifacts")
        before, between, after = (
            ('["', '","', '"]') if self._output.type is str else ("[", ",", "]")
        )
        parts: list[Any] = [before]
        for index, value in enumerate(self):
            parts += [between, value] if index else [value]
        return JsonList("", (*parts, after))


class JsonList(Join):
    """The text of a JSON list, put together when the pipeline runs."""

    type = list
    label = "a collected list"
