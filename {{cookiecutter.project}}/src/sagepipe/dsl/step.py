"""What every step of a pipeline has, and which steps may see each other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Literal, Self

from sagepipe.contract import limits
from sagepipe.dsl.errors import Location, author_error
from sagepipe.dsl.graph import Block, Graph
from sagepipe.dsl.resources import Caching, Retry
from sagepipe.dsl.values import Copies, PropertyRef

_DURATION = re.compile(r"P(?=.)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+S)?)?")

Trigger = Literal["Completed", "Failed", "Stopped", "Any"]


@dataclass(eq=False)
class Step:
    """What every step has.

    Attributes:
        name: Its name in the pipeline.
        location: Where it was written.
        block: The block it was written in, if any.
        upstream: Steps that it waits for beyond those whose outputs it takes, and the end of
            theirs that lets it run.
        display_name: What SageMaker Studio shows.
        description: What it is for.
        caching: Its cache, where asked for.
        retry: Its retry policy, where asked for.
    """

    can_be_waited_for: ClassVar[bool] = True
    retryable: ClassVar[bool] = False
    cacheable: ClassVar[bool] = False

    name: str
    location: Location | None
    block: Block | None
    upstream: dict[Step, Trigger] = field(default_factory=dict, kw_only=True)
    display_name: str | None = field(default=None, kw_only=True)
    description: str = field(default="", kw_only=True)
    caching: Caching | None = field(default=None, kw_only=True)
    retry: Retry | None = field(default=None, kw_only=True)

    def after(self, *steps: Step, trigger: Trigger = "Completed") -> Self:
        """Wait for other steps.

        Args:
            steps: What has to end first.
            trigger: How: ``Completed``; or ``Failed``, ``Stopped`` or ``Any``, which let this step
                run where those have failed or were stopped (SageMaker's run conditions).

        Returns:
            This step.

        Raises:
            DslError: One of them stands in a block that this step is not in, or can't be waited
                for.
        """
        for step in steps:
            if not isinstance(step, Step) or not step.can_be_waited_for:
                raise author_error(f"{self.name!r} can't wait for {step!r}; name a task")
            if trigger not in ("Completed", "Failed", "Stopped", "Any"):
                raise author_error(
                    f"trigger {trigger!r} is none of Completed, Failed, Stopped, Any"
                )
            check_visible(step, self.block, f"{self.name!r} waits for {step.name!r}")
            self.upstream[step] = trigger
        return self

    def set_display_name(self, name: str) -> Self:
        """Set what SageMaker Studio shows; returns this step."""
        self.display_name = name
        return self

    def set_description(self, text: str) -> Self:
        """Set what the step is for, for people; returns this step."""
        self.description = text
        return self

    def set_caching_options(self, enable_caching: bool, expire_after: str | None = None) -> Self:
        """Let SageMaker take the outputs of an earlier run of the same step.

        Args:
            enable_caching: Whether to.
            expire_after: How old they may be, an ISO 8601 duration such as ``P30D``.

        Returns:
            This step.

        Raises:
            DslError: The duration is not of that form.
        """
        if expire_after is not None and not _DURATION.fullmatch(expire_after):
            raise author_error(
                f"expire_after {expire_after!r} is no ISO 8601 duration, such as P30D or PT12H"
            )
        if not self.cacheable:
            raise author_error(f"{self.name!r} can't be cached: SageMaker caches jobs only")
        self.caching = Caching(expire_after) if enable_caching else None
        return self

    def set_retry(
        self,
        num_retries: int,
        backoff_duration: str = "1s",
        backoff_factor: float = 2.0,
    ) -> Self:
        """Retry after a fault of the infrastructure; a script that fails is never retried.

        Args:
            num_retries: How many times, 1 to 20.
            backoff_duration: How long to wait at first, in seconds, such as ``30s``.
            backoff_factor: By how much the wait grows.

        Returns:
            This step.

        Raises:
            DslError: A value is outside SageMaker's limits.
        """
        interval = re.fullmatch(r"(\d+)s", backoff_duration)
        if not interval or not 1 <= int(interval[1]) <= limits.RETRY_MAX_INTERVAL_SECONDS:
            raise author_error(
                f"backoff_duration {backoff_duration!r} is not of the form 30s, from 1s to "
                f"{limits.RETRY_MAX_INTERVAL_SECONDS}s"
            )
        if not 1 <= num_retries <= limits.RETRY_MAX_ATTEMPTS:
            raise author_error(
                f"num_retries {num_retries} is not between 1 and {limits.RETRY_MAX_ATTEMPTS}"
            )
        if not self.retryable:
            raise author_error(
                f"{self.name!r} can't be retried: SageMaker retries jobs, models and registrations"
            )
        self.retry = Retry(num_retries, int(interval[1]), backoff_factor)
        return self

    @property
    def properties(self) -> PropertyRef:
        """What its Describe call answers, such as ``step.properties.TrainingEndTime``."""
        return PropertyRef(self, "")

    def references(self) -> Iterator[Any]:
        """Yield every value and artifact that it takes."""
        return iter(())

    def needs(self) -> list[Step]:
        """Return the steps whose outputs it takes, each once."""
        return list(dict.fromkeys(step for item in self.references() for step in item.steps))

    def copied(self, name: str, block: Block | None, copies: Copies, item: Any) -> Step:
        """Return its copy for one round of a loop.

        Args:
            name: The copy's name.
            block: Where the copy stands.
            copies: What stands for another step of the loop's body.
            item: The round's item.
        """
        upstream = {copies(step): trigger for step, trigger in self.upstream.items()}
        return replace(self, name=name, block=block, upstream=upstream)


def add(graph: Graph, step: Any) -> Any:
    """Put a new step where the author writes, once all that it takes is visible there."""
    for item in step.references():
        for other in item.steps:
            check_visible(other, step.block, f"{step.name!r}")
    graph.siblings.append(step)
    return step


def check_visible(step: Step, block: Block | None, what: str) -> None:
    """Refuse the use of a step that may never run, or that runs many times.

    Args:
        step: What is used.
        block: Where it is used.
        what: By whom, for the message.

    Raises:
        DslError: ``step`` stands in a block that ``block`` is not part of.
    """
    if step.block is None or (block is not None and step.block in block.around()):
        return
    inside = next((item for item in step.block.around() if item.loop or item.branch), None)
    if inside is None or (block is not None and inside in block.around()):
        return
    if inside.loop is not None:
        raise author_error(
            f"{what}: {step.name!r} stands under {inside.label} and runs once for each item; take "
            "all its outputs with dsl.Collected(...), or one with dsl.Collected(...)[0]"
        )
    raise author_error(
        f"{what}: {step.name!r} stands under {inside.label}; where that branch is not "
        "taken it never runs, so only steps of the same branch may use it"
    )
