"""Text that is put together when the pipeline runs: ``dsl.join``, ``dsl.bucket_uri``."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sagepipe.contract import names
from sagepipe.dsl import wire
from sagepipe.dsl.errors import author_error
from sagepipe.dsl.pipelines.values import Constant, ParameterRef, Round, Value, copied
from sagepipe.dsl.record import record

if TYPE_CHECKING:
    from sagepipe.dsl.pipelines.step import Step


@record(eq=False)
class Join(Value):
    """Text put together from parts when the pipeline runs."""

    separator: str
    parts: tuple[Any, ...]
    label = "a joined text"

    @property
    def steps(self) -> tuple[Step, ...]:
        return tuple(step for part in self.parts if isinstance(part, Value) for step in part.steps)

    @property
    def loops(self) -> tuple[Any, ...]:
        return tuple(loop for part in self.parts if isinstance(part, Value) for loop in part.loops)

    def copied_value(self, round_: Round) -> Any:
        return replace(self, parts=tuple(_text(copied(part, round_)) for part in self.parts))


def join(*parts: str | float | Value, separator: str = "") -> Join:
    """Put text together from constants and pipeline values (SageMaker's ``Std:Join``).

    Args:
        parts: Strings and pipeline values, in order. A parameter of the pipeline is a value,
            although it is annotated ``float``.
        separator: What stands between them.

    Returns:
        A value to hand to a component's parameter or to an importer.

    Raises:
        DslError: A part is neither a string nor a pipeline value.
    """
    texts: list[str | Value] = []
    for part in parts:
        if not isinstance(part, str | Value):
            raise author_error(f"dsl.join takes strings and pipeline values, not {part!r}")
        texts.append(_text(part))
    return Join(separator, tuple(texts))


def bucket_uri(*segments: str | Value) -> Join:
    """Name a place in the environment's bucket.

    Args:
        segments: The key's segments, strings or pipeline values.

    Returns:
        ``s3://<bucket>/<segment>/<segment>…``, known when the pipeline runs.
    """
    return join("s3:/", ParameterRef(names.BUCKET, str), *segments, separator="/")


def _text(part: Any) -> Any:
    """Write a constant as the text that it is on the wire; leave pipeline values."""
    if isinstance(part, Constant):
        part = part.value
    return part if isinstance(part, Value) else wire.encode(part)
