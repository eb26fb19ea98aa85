"""What can be said of a pipeline only once all of it is written."""

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

from sagepipe.dsl.errors import DslError
from sagepipe.dsl.pipelines.branches import ConditionNode
from sagepipe.dsl.pipelines.graph import Block, Graph
from sagepipe.dsl.pipelines.loops import ForEach
from sagepipe.dsl.pipelines.step import Step, item_fault, visibility_fault


def check(graph: Graph) -> None:
    """Refuse a traced pipeline that SageMaker could not run.

    What a task takes is looked at when it is written; its setters can still be given values and
    steps that it may not use.

    Args:
        graph: The pipeline, traced.

    Raises:
        DslError: A block has no ``with``, a step uses what it can't see, or steps wait for each
            other in a circle.
    """
    graph.check_opened()
    steps = list(_steps(graph.nodes))
    for step, _ in steps:
        for fault in _faults(step):
            raise DslError(f"{step.name!r}: {fault}", step.location)
    _check_order(steps)


def _steps(nodes: list[Step], around: Step | None = None) -> Iterator[tuple[Step, Step | None]]:
    """Walk the steps, each with the step that it stands in."""
    for step in nodes:
        yield step, around
        for block in _blocks(step):
            yield from _steps(block.nodes, step)


def _blocks(step: Step) -> list[Block]:
    if isinstance(step, ForEach):
        return [step.body]
    if isinstance(step, ConditionNode):
        return [step.then, *([step.otherwise] if step.otherwise else [])]
    return []


def _faults(step: Step) -> Iterator[str]:
    for block in _blocks(step):
        if not block.nodes:
            yield f"{block.label} has no step; SageMaker needs one"
    for item in step.references():
        if isinstance(step, ForEach) and item is not step.items:
            continue  # its body's own
        if fault := item_fault(item, step.block):
            yield fault
        for other in item.steps:
            if fault := visibility_fault(other, step.block):
                yield fault
    for other in step.upstream:
        if fault := visibility_fault(other, step.block):
            yield fault


def _check_order(steps: list[tuple[Step, Step | None]]) -> None:
    """Refuse steps that wait for each other."""
    order: TopologicalSorter[Step] = TopologicalSorter()
    for step, around in steps:
        before = [*step.needs(), *step.upstream]
        order.add(step, *before, *([around] if around is not None else []))
        if isinstance(around, ForEach):  # it has ended only when its body has
            inside = set(around.body.nodes)
            order.add(around, *(other for other in before if other not in inside))
    try:
        order.prepare()
    except CycleError as error:
        circle = [step.name for step in error.args[1]]
        last = error.args[1][-1]
        raise DslError(
            f"these steps wait for each other, so that none can start: {' -> '.join(circle)}",
            last.location,
        ) from None
