"""What is on record: executions, their steps, model packages."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sagepipe.local.errors import UnknownExecutionError
from sagepipe.local.events import FINISHED

RUNNER = "process (relocated /opt/ml)"


@dataclass(frozen=True)
class StepExecution:
    """One step of an execution, as ListPipelineExecutionSteps and Describe… show it.

    Attributes:
        name: The step's name.
        type: Its type, such as ``Training``.
        status: Starting, Executing, Succeeded, Failed or Stopped.
        started: When.
        ended: When, if it has.
        failure_reason: Why it failed or was stopped.
        exit_message: What a processing job left in ``/opt/ml/output/message``.
        job_name: The job's name, if it has a job.
        metrics: A training job's ``FinalMetricDataList``, or the numbers in a processing step's
            property files.
        outcome: What a Condition came to.
        properties: What other steps may refer to.
        folder: Its folder; ``opt/ml`` in it stands for ``/opt/ml``.
        log: Its job's standard output and error, if it has a job.
        attempts: How often it was started. (AttemptCount)
        cached_from: The execution whose outputs it has, if its cache was hit. (CacheHitResult)
        selected_from: The execution whose results it has, if it was not selected to run.
            (SelectiveExecutionResult)
    """

    name: str
    type: str
    status: str
    started: datetime
    folder: Path
    ended: datetime | None = None
    failure_reason: str | None = None
    exit_message: str | None = None
    job_name: str | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)
    outcome: bool | None = None
    properties: Mapping[str, Any] = field(default_factory=dict)
    log: Path | None = None
    attempts: int = 1
    cached_from: str | None = None
    selected_from: str | None = None

    @property
    def seconds(self) -> float | None:
        """How long it took."""
        return (self.ended - self.started).total_seconds() if self.ended else None


@dataclass(frozen=True)
class Execution:
    """One pipeline execution.

    Attributes:
        id: Its id, 12 lower-case letters and digits.
        pipeline: The pipeline's name.
        status: Executing, Stopping, Succeeded, Failed, Stopped or CompletedWithFailures.
        parameters: The typed values it ran with.
        started: When.
        ended: When, if it has.
        failure_reason: Why it failed, as SageMaker words it; the steps say more.
        steps: Steps that were started, in that order. Steps of a branch not taken aren't listed.
        folder: The run's folder.
        runner: How jobs were run.
        selection: The steps that were selected to run, and the execution that the results of the
            others are from; empty where all ran. (SelectiveExecutionConfig)
    """

    id: str
    pipeline: str
    status: str
    parameters: Mapping[str, Any]
    started: datetime
    folder: Path
    ended: datetime | None = None
    failure_reason: str | None = None
    steps: tuple[StepExecution, ...] = ()
    runner: str = RUNNER
    selection: Mapping[str, Any] = field(default_factory=dict)

    @property
    def seconds(self) -> float | None:
        """How long it took."""
        return (self.ended - self.started).total_seconds() if self.ended else None

    @property
    def finished(self) -> bool:
        """Whether it has come to its end."""
        return self.status in FINISHED

    def step(self, name: str) -> StepExecution:
        """Find a step.

        Args:
            name: The step's name.

        Returns:
            The step.

        Raises:
            UnknownExecutionError: No step of that name was started.
        """
        for step in self.steps:
            if step.name == name:
                return step
        started = ", ".join(step.name for step in self.steps) or "none"
        raise UnknownExecutionError(
            f"execution {self.id} has no step {name!r} on record (it has: {started})"
        )


@dataclass(frozen=True)
class ModelPackage:
    """A version in the local model registry.

    Attributes:
        group: The model package group.
        version: 1, 2, 3 … in its group.
        arn: Its name, as AWS would form it.
        status: ``ModelPackageStatus``.
        approval: ``ModelApprovalStatus``: Approved, Rejected or PendingManualApproval.
        model_data_url: The URI of its first container's ``model.tar.gz``.
        model_data: The same file on this machine.
        metadata: ``CustomerMetadataProperties``.
        created: When.
        execution_id: The execution that registered it.
        step: The step that registered it.
        arguments: All that it was registered with.
    """

    group: str
    version: int
    arn: str
    status: str
    approval: str
    model_data_url: str | None
    model_data: Path | None
    metadata: Mapping[str, str]
    created: datetime
    execution_id: str
    step: str
    arguments: Mapping[str, Any]
