"""What every step of a pipeline has, and which steps may see each other."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from sagepipe.dsl.errors import Location, author_error
from sagepipe.dsl.graph import Block
from sagepipe.dsl.values import Join, MetricRef


@dataclass(eq=False)
class Step:
    """What every step has.

    Attributes:
        name: Its name in the pipeline.
        location: Where it was written.
        block: The branch it was written in, if any.
        upstream: Steps that it has to wait for beyond those whose outputs it takes.
        display_name: What SageMaker Studio shows.
    """

    can_be_waited_for: ClassVar[bool] = True

    name: str
    location: Location | None
    block: Block | None
    upstream: list[Step] = field(default_factory=list, kw_only=True)
    display_name: str | None = field(default=None, kw_only=True)

    def after(self, *steps: Step) -> Self:
        """Wait for other steps.

        Args:
            steps: What has to end first.

        Returns:
            This step.

        Raises:
            DslError: One of them stands in a branch that this step is not in, or can't be waited
                for.
        """
        for step in steps:
            if not isinstance(step, Step) or not step.can_be_waited_for:
                raise author_error(f"{self.name!r} can't wait for {step!r}; name a task")
            check_visible(step, self.block, f"{self.name!r} waits for {step.name!r}")
            self.upstream.append(step)
        return self

    def set_display_name(self, name: str) -> Self:
        """Set what SageMaker Studio shows; returns this step."""
        self.display_name = name
        return self


def check_visible(step: Step, block: Block | None, what: str) -> None:
    if step.block is not None and step.block is not block:
        raise author_error(
            f"{what}: {step.name!r} stands under {step.block.label}; where that branch is not "
            "taken it never runs, so only steps of the same branch may use it"
        )


def check_value_visible(value: Any, block: Block | None, what: str) -> None:
    if isinstance(value, MetricRef):
        check_visible(value.task, block, what)
    elif isinstance(value, Join):
        for part in value.parts:
            check_value_visible(part, block, what)
