"""Loops: ``dsl.ParallelFor`` over what is known now, or only when the pipeline runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from types import TracebackType
from typing import Any

from sagepipe.contract import limits, names, properties
from sagepipe.dsl.errors import Location, author_error, caller
from sagepipe.dsl.pipelines.branches import ConditionNode
from sagepipe.dsl.pipelines.fail import Fail
from sagepipe.dsl.pipelines.graph import Block, Graph, current
from sagepipe.dsl.pipelines.references import ArtifactRef
from sagepipe.dsl.pipelines.step import Step, add
from sagepipe.dsl.pipelines.step_values import FileRef, MetricRef, PropertyRef, ReturnRef
from sagepipe.dsl.pipelines.texts import Join
from sagepipe.dsl.pipelines.values import Constant, LoopItem, Round, Value, copied
from sagepipe.dsl.record import record


@record(eq=False, frozen=False)
class ForEach(Step):
    """A loop over items that are known when the pipeline runs.

    Attributes:
        items: The text of a JSON list.
        concurrency: How many of its steps run at once.
        body: The steps that run for each item.
        pick: ``MaxBy`` or ``MinBy``, where the best round is asked for.
        by: What the best round is best by.
    """

    items: Value
    concurrency: int
    body: Block
    pick: str | None = None
    by: MetricRef | None = None

    def references(self) -> Iterator[Any]:
        yield self.items
        inside = set(self.body.nodes)
        for step in self.body.nodes:
            for item in step.references():
                if item.steps and not inside & set(item.steps):
                    yield item


class ParallelFor:
    """The steps written under ``with dsl.ParallelFor(items) as item:`` run once for each item."""

    def __init__(
        self,
        items: Sequence[Any] | Value,
        name: str | None = None,
        parallelism: int | None = None,
    ) -> None:
        """Start a loop.

        Args:
            items: A list of scalars or dicts, known now: the body is copied for each (as KFP's own
                static loop). Or a pipeline value of type ``list``: a ForEach step.
            name: The ForEach step's name.
            parallelism: How many rounds run at once; as many as SageMaker allows where not given.

        Raises:
            DslError: There are no items, or they are not of a kind that can be looped over.
        """
        self._graph = current("dsl.ParallelFor")
        self._location = caller()
        self._parallelism = parallelism
        self._name = name
        self._items = items
        self._copies: list[dict[Step, Step]] = []
        self._step: ForEach | None = None
        self.has_ended = False
        whole = isinstance(parallelism, int) and not isinstance(parallelism, bool)
        if parallelism is not None and (not whole or parallelism < 1):
            raise author_error(f"dsl.ParallelFor: parallelism {parallelism!r} is not 1 or more")
        if isinstance(items, Constant):  # of a pipeline inside another: known after all
            self._items = items = items.value
        if isinstance(items, Value):
            self._check_dynamic(items, parallelism)
            self._listed: list[Any] = []
        else:
            _check_static(items)
            self._listed = list(items)
        self._opened = self._graph.expect("dsl.ParallelFor")

    def __iter__(self) -> Iterator[Any]:
        raise author_error(
            "dsl.ParallelFor is no Python loop: write `with dsl.ParallelFor(...) as item:`"
        )

    def __enter__(self) -> LoopItem:
        self._opened()
        self._block = Block("dsl.ParallelFor", self._graph.block, loop=self)
        self._open = self._graph.open(self._block)
        self._open.__enter__()
        return LoopItem(self)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.__exit__(kind, error, trace)
        if error is not None:
            return
        if not self._block.nodes:
            raise author_error("this dsl.ParallelFor has no step")
        if isinstance(self._items, Value):
            self._step = _for_each(
                self._graph,
                self._items,
                self._parallelism or limits.FOR_EACH_CONCURRENCY,
                self._block,
                self._name,
                self._location,
            )
        else:
            self._copies = _unrolled(self._graph, self._block, self._listed, self._parallelism)
            self._block.closed = True
        self.has_ended = True

    def all_of(self, step: Step) -> list[Step]:
        """Return what stands for all rounds of a step: its copies, or the ForEach step."""
        return [copies[step] for copies in self._copies] if self._step is None else [self._step]

    def best(self, metric: Any, goal: str = "Maximize") -> dict[str, Any]:
        """Pick the round that is best by a training job's metric, once the pipeline runs.

        Args:
            metric: A number of a training task in the loop: ``task.outputs["metrics"]["auc"]``.
            goal: ``Maximize`` or ``Minimize``.

        Returns:
            The outputs of that round's training task, by name.

        Raises:
            DslError: The items are known now (compare them in a component), or the metric is not a
                training job's in this loop.
        """
        picks = {"Maximize": "MaxBy", "Minimize": "MinBy"}
        if self._step is None:
            raise author_error(
                "best() is for loops over a pipeline value: SageMaker picks from a ForEach step; "
                "compare the rounds of a static loop in a component that takes dsl.Collected(...)"
            )
        if goal not in picks:
            raise author_error(f"goal {goal!r} is neither Maximize nor Minimize")
        inside = isinstance(metric, MetricRef) and metric.step in self._block.nodes
        if not inside or metric.step.spec.kind != "training":
            raise author_error(
                "best() takes a metric of a training task in this loop; SageMaker compares "
                "properties of jobs, and a processing job's metrics are in a file"
            )
        self._step.pick, self._step.by = picks[goal], metric
        return {
            output.name: ArtifactRef(
                self._step,
                output.name,
                output.type,
                place=PropertyRef(self._step, f"Selected.{properties.MODEL}"),
            )
            for output in metric.step.spec.outputs
            if output.name == metric.step.model_output
        }

    def rounds(self, what: str) -> int:
        """Return how many rounds there are.

        Raises:
            DslError: Only the run will tell.
        """
        if isinstance(self._items, Value):
            raise author_error(
                f"{what}: how many rounds there are is known only when the pipeline runs; take one "
                "by its index: dsl.Collected(...)[0], or the best: loop.best(...)"
            )
        return len(self._listed)

    def round(self, output: Any, index: int) -> Any:
        """Return the output of one round.

        Raises:
            DslError: There is no such round.
        """
        if self._step is not None:
            return _of_round(self._step, output, index)
        if not 0 <= index < len(self._copies):
            raise author_error(f"the loop has {len(self._copies)} rounds; there is no [{index}]")
        copies = self._copies[index]
        return copied(output, Round(self, self._listed[index], partial(_standing, copies)))

    def _check_dynamic(self, items: Value, parallelism: int | None) -> None:
        if items.type not in (list, object):
            raise author_error(
                f"dsl.ParallelFor: {items.label} is a {items.type.__name__}; it has to be a list"
            )
        if parallelism is not None and parallelism > limits.FOR_EACH_CONCURRENCY:
            raise author_error(
                f"dsl.ParallelFor: parallelism {parallelism}; SageMaker's ForEach step runs "
                f"{limits.FOR_EACH_CONCURRENCY} at once at most"
            )
        if self._graph.branch is not None or _loop_around(self._graph):
            raise author_error(
                "dsl.ParallelFor over a pipeline value can't stand inside another block: "
                "SageMaker's ForEach can't be nested; loop over a list that is known now"
            )


def _check_static(items: Any) -> None:
    if isinstance(items, str | dict) or not hasattr(items, "__iter__"):
        raise author_error(f"dsl.ParallelFor takes a list of items, not {items!r}")
    if not items:
        raise author_error("dsl.ParallelFor has no items")
    for item in items:
        if not isinstance(item, str | int | float | bool | dict | list | tuple):
            raise author_error(f"dsl.ParallelFor: an item can't be {item!r}; use scalars or dicts")


def _loop_around(graph: Graph) -> bool:
    return graph.block is not None and any(block.loop for block in graph.block.around())


def _unrolled(
    graph: Graph, body: Block, items: Sequence[Any], parallelism: int | None
) -> list[dict[Step, Step]]:
    """Put a copy of the body for each item where the loop stands."""
    graph.release_names(step.name for step in _all(body))
    every: list[dict[Step, Step]] = []
    for index, item in enumerate(items):
        copies: dict[Step, Step] = {}
        round_ = Round(body.loop, item, partial(_standing, copies))
        for step in body.nodes:
            graph.siblings.append(_copy(graph, step, graph.block, copies, index, round_))
        if parallelism is not None and index >= parallelism:
            before = every[index - parallelism]
            for step in body.nodes:
                for earlier in body.nodes:
                    if earlier.can_be_waited_for:
                        copies[step].upstream.setdefault(before[earlier], "Completed")
        every.append(copies)
    return every


def _standing(copies: Mapping[Step, Step], step: Step) -> Step:
    """Return what stands for a step in a round: its copy, or a step outside the loop itself."""
    return copies.get(step, step)


def _copy(
    graph: Graph,
    step: Step,
    block: Block | None,
    copies: dict[Step, Step],
    index: int,
    round_: Round,
) -> Step:
    name = graph.claim_name_as_is(f"{step.name}-{index}")
    copy = step.copied(name, block, round_)
    copies[step] = copy
    if isinstance(step, ConditionNode):
        assert isinstance(copy, ConditionNode)
        for side, copied_side in ((step.then, copy.then), (step.otherwise, copy.otherwise)):
            for inner in side.nodes if side else ():
                assert copied_side is not None
                copied_side.nodes.append(_copy(graph, inner, copied_side, copies, index, round_))
    return copy


def _all(block: Block) -> Iterator[Step]:
    for step in block.nodes:
        yield step
        if isinstance(step, ConditionNode):
            for side in (step.then, step.otherwise):
                yield from _all(side) if side else ()


def _for_each(
    graph: Graph,
    items: Value,
    concurrency: int,
    body: Block,
    name: str | None,
    location: Location | None,
) -> ForEach:
    for step in body.nodes:
        if isinstance(step, ConditionNode | Fail | ForEach):
            raise author_error(
                f"{step.name!r}: SageMaker's ForEach takes no condition, no failure and no other "
                "loop in its body; decide inside the component, or loop over a list known now"
            )
    # SageMaker calls the rounds of a body's step <name>-0, <name>-1 …, so that no other step may be
    # called so, and numbers are how a second use of a component is named.
    for step in body.nodes:
        graph.release_names([step.name])
        step.name = graph.claim_name_as_is(f"{step.name}-each")
    step = ForEach(
        graph.claim_name(name or "for-each"), location, graph.block, items, concurrency, body
    )
    result: ForEach = add(graph, step)
    return result


def _of_round(loop: ForEach, output: Any, index: int) -> Any:
    """Refer to what one round of a ForEach step came up with."""
    inside = output.step
    root = f"IterationOutputs[{index}].{inside.name}."
    if isinstance(output, MetricRef) and inside.spec.kind == "training":
        return PropertyRef(loop, root + properties.final_metric(".".join(map(str, output.path))))
    if isinstance(output, ArtifactRef):
        place = (
            properties.MODEL
            if inside.spec.kind == "training"
            else properties.processing_output(output.name)
        )
        return ArtifactRef(loop, output.name, output.type, place=PropertyRef(loop, root + place))
    if isinstance(output, MetricRef):
        folder, file, path = output.output, names.METRICS_FILE, output.path
    else:
        assert isinstance(output, ReturnRef)
        folder, file, path = names.RETURNED, names.RETURNED_FILE, (output.name,)
    place = properties.processing_output(folder)
    return FileRef(loop, Join("/", (PropertyRef(loop, root + place), file)), path, output.type)
