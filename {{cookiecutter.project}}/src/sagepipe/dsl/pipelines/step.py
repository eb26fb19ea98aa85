"""What every step of a pipeline has, and which steps may see each other."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import fields, replace
from typing import Any, ClassVar, Literal, Self

from sagepipe.contract import limits
from sagepipe.contract.language import TRIGGERS
from sagepipe.dsl import kfp
from sagepipe.dsl.errors import Location, author_error, no_attribute
from sagepipe.dsl.pipelines.graph import Block, Graph
from sagepipe.dsl.pipelines.step_values import PropertyRef
from sagepipe.dsl.pipelines.values import Round, copied
from sagepipe.dsl.record import field, record
from sagepipe.dsl.resources import Caching, Retry

_DURATION = re.compile(r"P(?=.)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+S)?)?")

Trigger = Literal["Completed", "Failed", "Stopped", "Any"]

# The units of KFP's durations: 30s, 5m, 1h.
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600}

# What a copy of a step in a loop has of its own, or shares as it is.
_OWN = ("name", "location", "block", "upstream", "display_name", "description", "caching", "retry")


@record(eq=False, frozen=False)
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

    def __repr__(self) -> str:
        return f"<step {self.name!r}>"

    def __getattr__(self, name: str) -> Any:
        hint = f"; {kfp.TASK[name]}" if name in kfp.TASK else ""
        raise no_attribute(f"step {self.__dict__.get('name')!r}", name, dir(self), hint)

    def _compared(self, other: object) -> Any:
        if other is None or isinstance(other, Step | type):
            return NotImplemented
        raise author_error(
            f"{self.name!r} is a step, not a value; compare something that it comes up with: "
            '.output, or .outputs["metrics"]["auc"]'
        )

    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _compared
    __hash__ = object.__hash__

    def after(self, *steps: Step, trigger: Trigger = "Completed") -> Self:
        """Wait for other steps.

        Args:
            steps: What has to end first; of a task in a loop before, every round; of a pipeline
                inside this one, all of its steps.
            trigger: How: ``Completed``; or ``Failed``, ``Stopped`` or ``Any``, which let this step
                run where those have failed or were stopped (SageMaker's run conditions).

        Returns:
            This step.

        Raises:
            DslError: One of them stands in a block that this step is not in, or can't be waited
                for.
        """
        self._check_open()
        if trigger not in TRIGGERS:
            raise author_error(f"trigger {trigger!r} is none of {', '.join(TRIGGERS)}")
        for step in _expanded(steps):
            if not isinstance(step, Step) or not step.can_be_waited_for:
                raise author_error(f"{self.name!r} can't wait for {step!r}; name a task")
            if step is self:
                raise author_error(f"{self.name!r} can't wait for itself")
            ended = step.block.loop if step.block is not None else None
            around = self.block.around() if self.block is not None else ()
            if ended is not None and step.block not in around and ended.has_ended:
                self.after(*ended.all_of(step), trigger=trigger)
                continue
            check_visible(step, self.block, f"{self.name!r} waits for {step.name!r}")
            self.upstream[step] = trigger
        return self

    def set_display_name(self, name: str) -> Self:
        """Set what SageMaker Studio shows; returns this step."""
        self._check_open()
        self.display_name = name
        return self

    def set_description(self, text: str) -> Self:
        """Set what the step is for, for people; returns this step."""
        self._check_open()
        self.description = text
        return self

    def set_caching_options(
        self,
        enable_caching: bool,
        expire_after: str | None = None,
        *,
        cache_key: str | None = None,
    ) -> Self:
        """Let SageMaker take the outputs of an earlier run of the same step.

        Args:
            enable_caching: Whether to.
            expire_after: How old they may be, an ISO 8601 duration such as ``P30D``.
            cache_key: KFP's; SageMaker derives the key from the step's arguments.

        Returns:
            This step.

        Raises:
            DslError: The duration is not of that form, or there is a key.
        """
        self._check_open()
        if cache_key is not None:
            raise author_error(
                "SageMaker derives a step's cache key from its arguments; in place of cache_key "
                "add a parameter to the component, or an environment variable to the task"
            )
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
        *,
        backoff_max_duration: str | None = None,
    ) -> Self:
        """Retry after a fault of the infrastructure; a script that fails is never retried.

        Args:
            num_retries: How many times, 1 to 20.
            backoff_duration: How long to wait at first, such as ``30s``, ``5m`` or ``1h``.
            backoff_factor: By how much the wait grows.
            backoff_max_duration: KFP's; SageMaker ends retries by their number.

        Returns:
            This step.

        Raises:
            DslError: A value is outside SageMaker's limits.
        """
        self._check_open()
        if backoff_max_duration is not None:
            raise author_error(
                "SageMaker ends retries after a number of attempts or after a time, not after "
                "whichever comes first; leave out backoff_max_duration"
            )
        given = re.fullmatch(r"(\d+)([smh]?)", backoff_duration)
        interval = int(given[1]) * _SECONDS[given[2]] if given else 0
        if not 1 <= interval <= limits.RETRY_MAX_INTERVAL_SECONDS:
            raise author_error(
                f"backoff_duration {backoff_duration!r} is not of the form 30s, 5m or 1h, from 1s "
                f"to {limits.RETRY_MAX_INTERVAL_SECONDS}s"
            )
        whole = isinstance(num_retries, int) and not isinstance(num_retries, bool)
        if not whole or not 1 <= num_retries <= limits.RETRY_MAX_ATTEMPTS:
            raise author_error(
                f"num_retries {num_retries!r} is not between 1 and {limits.RETRY_MAX_ATTEMPTS}"
            )
        if not self.retryable:
            raise author_error(
                f"{self.name!r} can't be retried: SageMaker retries jobs, models and registrations"
            )
        self.retry = Retry(num_retries, interval, backoff_factor)
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

    def copied(self, name: str, block: Block | None, round_: Round) -> Step:
        """Return its copy for one round of a loop.

        Args:
            name: The copy's name.
            block: Where the copy stands.
            round_: The round.
        """
        changes = {
            item.name: copied(getattr(self, item.name), round_)
            for item in fields(self)
            if item.name not in _OWN
        }
        upstream = {round_.step(step): trigger for step, trigger in self.upstream.items()}
        return replace(self, name=name, block=block, upstream=upstream, **changes)

    def copied_value(self, round_: Round) -> Step:
        """Return the step that stands for this one in one round of a loop."""
        return round_.step(self)

    def _check_open(self) -> None:
        if self.block is not None and any(block.closed for block in self.block.around()):
            raise author_error(
                f"{self.name!r} stands in a dsl.ParallelFor that has ended, and its rounds are "
                "copied: say this inside the loop"
            )


def _expanded(steps: Iterable[Any]) -> Iterator[Any]:
    """Put a pipeline's steps in place of a pipeline inside another."""
    for step in steps:
        if isinstance(step, Step):
            yield step
        else:
            yield from getattr(step, "to_wait_for", (step,))


def add(graph: Graph, step: Any) -> Any:
    """Put a new step where the author writes, once all that it takes is visible there."""
    for item in step.references():
        for other in item.steps:
            check_visible(other, step.block, f"{step.name!r}")
        if fault := item_fault(item, step.block):
            raise author_error(f"{step.name!r}: {fault}")
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
    if fault := visibility_fault(step, block):
        raise author_error(f"{what}: {fault}")


def visibility_fault(step: Step, block: Block | None) -> str:
    """Say why a step can't be used somewhere, or nothing where it can."""
    if step.block is None or (block is not None and step.block in block.around()):
        return ""
    inside = next((item for item in step.block.around() if item.loop or item.branch), None)
    if inside is None or (block is not None and inside in block.around()):
        return ""
    if inside.loop is not None:
        return (
            f"{step.name!r} stands under {inside.label} and runs once for each item; take "
            "all its outputs with dsl.Collected(...), or one with dsl.Collected(...)[0]"
        )
    return (
        f"{step.name!r} stands under {inside.label}; where that branch is not taken it never runs, "
        "so only steps of the same branch may use it"
    )


def item_fault(value: Any, block: Block | None) -> str:
    """Say why a value that holds a loop's item can't be used somewhere, or nothing where it can."""
    around = [item.loop for item in block.around()] if block is not None else []
    if all(any(loop is other for other in around) for loop in getattr(value, "loops", ())):
        return ""
    return "the loop's item is there inside its dsl.ParallelFor only"
