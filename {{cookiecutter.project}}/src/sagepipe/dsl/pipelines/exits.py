"""Steps that run however others end: ``dsl.ExitHandler``."""

from __future__ import annotations

from types import TracebackType

from sagepipe.dsl.errors import author_error
from sagepipe.dsl.pipelines.branches import end_chain
from sagepipe.dsl.pipelines.graph import Block, Section, current
from sagepipe.dsl.pipelines.task import Task


class ExitHandler(Section):
    """The task given runs at the end of the steps written under ``with dsl.ExitHandler(task):``.

    It becomes a run condition on each of them (``Trigger: Any``). Where one of them fails and the
    exit task runs, the execution ends as ``CompletedWithFailures`` rather than ``Failed``.

    Of a ``dsl.If`` it waits for the condition, not for the steps of the branches: one that is not
    taken never ends, so that a step which waits for it might never run on SageMaker.
    """

    def __init__(self, exit_task: Task, name: str | None = None) -> None:
        """Say what runs at the end.

        Args:
            exit_task: A task that takes no other task's outputs, written before.
            name: For KFP's sake; SageMaker has no step for it.

        Raises:
            DslError: The exit task takes outputs, which may not be there.
        """
        graph = current("dsl.ExitHandler")
        if not isinstance(exit_task, Task):
            raise author_error(f"dsl.ExitHandler takes a task, not {exit_task!r}")
        if exit_task.needs() or exit_task.upstream:
            raise author_error(
                f"dsl.ExitHandler: {exit_task.name!r} takes outputs of other tasks, which are not "
                "there where these fail; give it constants, parameters or imported data"
            )
        super().__init__(graph, Block("dsl.ExitHandler", graph.block))
        self._task = exit_task

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        super().__exit__(kind, error, trace)
        if error is not None:
            return
        steps = [step for step in self._block.nodes if step.can_be_waited_for]
        if not steps:
            raise author_error("this dsl.ExitHandler has no step that can be waited for")
        for step in self._block.nodes:
            step.block = self._block.parent
        self._graph.siblings.extend(self._block.nodes)
        end_chain(self._graph)
        self._task.after(*steps, trigger="Any")
