"""Deleting intermediate data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sagepipe.dsl.errors import author_error, caller
from sagepipe.dsl.pipelines.graph import current
from sagepipe.dsl.pipelines.references import ArtifactFile
from sagepipe.dsl.pipelines.step import Step, add
from sagepipe.dsl.pipelines.task import Task
from sagepipe.dsl.record import record


@record(eq=False, frozen=False)
class Cleanup(Step):
    """A step that deletes what other steps wrote to S3.

    Attributes:
        sources: Training tasks (SageMaker finds their outputs), and files of processing tasks.
    """

    sources: tuple[Task | ArtifactFile, ...]

    def references(self) -> Iterator[Any]:
        return (item for item in self.sources if isinstance(item, ArtifactFile))


def cleanup(*sources: Task | ArtifactFile) -> Cleanup:
    """Delete what other steps wrote to S3, once ``.after(...)`` the steps that read it.

    The pipeline's role needs ``s3:DeleteObject`` there; SageMaker can't clean up after jobs in a
    VPC.

    Args:
        sources: Training tasks; of processing tasks, files by name, as SageMaker deletes objects
            there, not prefixes: ``task.outputs["train"].file("train_data.csv")``.

    Returns:
        The step.

    Raises:
        DslError: There are no sources, or one is neither.
    """
    graph = current("dsl.cleanup")
    if not sources:
        raise author_error("dsl.cleanup has nothing to delete")
    for item in sources:
        trained = isinstance(item, Task) and item.spec.kind == "training"
        if not (trained or isinstance(item, ArtifactFile)):
            raise author_error(
                f"dsl.cleanup takes training tasks, and files of processing tasks, not {item!r}: "
                'task.outputs["train"].file("train_data.csv")'
            )
    step = Cleanup(graph.claim_name("cleanup"), caller(), graph.block, tuple(sources))
    add(graph, step)
    for item in sources:
        step.after(item if isinstance(item, Task) else item.artifact.step)
    return step
