"""A pipeline at work inside another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from sagepipe.dsl import kfp
from sagepipe.dsl.errors import Location, author_error, no_attribute
from sagepipe.dsl.pipelines.arguments import listed
from sagepipe.dsl.pipelines.branches import ConditionNode
from sagepipe.dsl.pipelines.step import Step, Trigger
from sagepipe.dsl.pipelines.task import Outputs
from sagepipe.dsl.record import record
from sagepipe.dsl.signature import SINGLE_RETURN


@record(eq=False)
class Nested:
    """A pipeline at work inside another, which KFP has a task for.

    Attributes:
        name: The pipeline's name.
        outputs: What its function returns, by name; a single thing is called ``Output``.
        steps: Its steps, in the pipeline around it.
        location: Where it was called.
    """

    name: str
    outputs: Mapping[str, Any]
    steps: tuple[Step, ...]
    location: Location | None

    def __repr__(self) -> str:
        return f"<pipeline {self.name!r} inside another>"

    def __getattr__(self, name: str) -> Any:
        hint = f"; {kfp.TASK[name]}" if name in kfp.TASK else ""
        if hasattr(Step, name):
            hint = ": it is a pipeline's; say it of the tasks inside that pipeline"
        raise no_attribute(repr(self), name, dir(self), hint)

    @property
    def output(self) -> Any:
        """Its only output."""
        if len(self.outputs) != 1:
            raise author_error(
                f"{self!r} has {len(self.outputs)} outputs; take one by name: .outputs[...] of "
                f"{listed(self.outputs) or 'none'}"
            )
        return next(iter(self.outputs.values()))

    def after(self, *others: Any, trigger: Trigger = "Completed") -> Self:
        """Start its first steps after others; see ``Step.after``."""
        inside = set(self.steps)
        for step in self.steps:
            if not inside & {*step.needs(), *step.upstream}:
                step.after(*others, trigger=trigger)
        return self

    @property
    def to_wait_for(self) -> tuple[Step, ...]:
        """The steps that have to end before what comes after it.

        Raises:
            DslError: One of them is a condition, whose branches may never run.
        """
        for step in self.steps:
            if isinstance(step, ConditionNode):
                raise author_error(
                    f"{self!r} has a condition, and SageMaker can't wait for the branch that is "
                    "taken: wait for a task outside it"
                )
        return tuple(step for step in self.steps if step.can_be_waited_for)


def outputs(pipeline: Any, hint: Any, returned: Any) -> Mapping[str, Any]:
    """Name what a pipeline's function returns, as its annotation says.

    Args:
        pipeline: The pipeline.
        hint: The annotation: a type, or a ``NamedTuple``; ``None`` where it has none.
        returned: What the function returned.

    Raises:
        DslError: That is something else.
    """
    if hint in (None, type(None)):
        return Outputs(pipeline, {})
    fields = getattr(hint, "_fields", None)
    if fields is None:
        values = {SINGLE_RETURN: returned}
    else:
        values = returned._asdict() if hasattr(returned, "_asdict") else {}
        if tuple(values) != tuple(fields):
            raise author_error(
                f"{pipeline!r} returns {returned!r}; it is annotated with a NamedTuple of "
                f"{listed(fields)}"
            )
    for key, value in values.items():
        if value is None or isinstance(value, Step | Nested):
            raise author_error(
                f"{pipeline!r} returns {value!r} as {key!r}; return an output of a task: "
                ".output or .outputs[...]"
            )
    return Outputs(pipeline, values)
