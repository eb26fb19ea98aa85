"""What a run says while it goes on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

STARTING = "Starting"
EXECUTING = "Executing"
SUCCEEDED = "Succeeded"
FAILED = "Failed"
STOPPING = "Stopping"
STOPPED = "Stopped"
COMPLETED_WITH_FAILURES = "CompletedWithFailures"  # of executions only
FINISHED = (SUCCEEDED, FAILED, STOPPED, COMPLETED_WITH_FAILURES)


@dataclass(frozen=True)
class Event:
    """A change of state.

    Attributes:
        execution_id: The pipeline execution.
        step: The step's name; ``None`` where the execution itself changed.
        type: The step's type, such as ``Training``; ``Execution`` for the execution.
        status: Starting, Executing, Succeeded, Failed, Stopping or Stopped, as SageMaker has it; of
            the execution also CompletedWithFailures.
        time: When.
        reason: Why, where it failed or was stopped.
        metrics: What a finished step measured.
        outcome: What a finished Condition step came to.
        log: The file that a job's standard output and error go to.
        reused_from: The execution whose result a step has, where it did not run itself.
    """

    execution_id: str
    step: str | None
    type: str
    status: str
    time: datetime
    reason: str | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)
    outcome: bool | None = None
    log: Path | None = None
    reused_from: str | None = None


OnEvent = Callable[[Event], None]
