"""What running a step of any type has in common."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sagepipe.local.control import Control
from sagepipe.local.launch.launch import Command
from sagepipe.local.records import Execution
from sagepipe.local.registry import ModelRegistry
from sagepipe.local.settings import LocalSettings
from sagepipe.local.shapes import Shape
from sagepipe.local.step import Step
from sagepipe.local.storage import Storage


@dataclass(frozen=True)
class StepResult:
    """How a step ended.

    Attributes:
        status: Succeeded, Failed or Stopped.
        properties: What other steps may refer to.
        failure_reason: Why it failed or was stopped.
        exit_message: A processing job's ``ExitMessage``.
        metrics: What it measured.
        outcome: What a Condition came to.
        rounds: What a ForEach step goes on with: for each item the steps of its round.
        internal: Whether a fault of the runner's own ended it, after which it may be retried.
        attempts: How often it was started.
        cached_from: The execution whose outputs it took, if its cache was hit.
        cache_key: By which a later run may find it.
        stored: The URIs of the outputs that it left.
    """

    status: str
    properties: Mapping[str, Any] = field(default_factory=dict)
    failure_reason: str | None = None
    exit_message: str | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)
    outcome: bool | None = None
    rounds: Sequence[Sequence[Step]] | None = None
    internal: bool = False
    attempts: int = 1
    cached_from: str | None = None
    cache_key: str | None = None
    stored: Sequence[str] = ()


@dataclass(frozen=True)
class StepRun:
    """A step that is about to run.

    Attributes:
        step: The step.
        request: Its arguments, all expressions resolved.
        execution: The pipeline execution.
        folder: The step's folder, made if it has a job.
        job_name: The job's name, if it has one.
        log: Where the job's standard output and error go.
        settings: The run's settings.
        storage: The run's objects.
        registry: The model packages.
        control: Starts its processes, and stops them.
        executing: Called once its job runs.
        given: Which pipeline parameter a URI is the value of.
        properties: What steps that have ended may be referred to for, by name.
    """

    step: Step
    request: Mapping[str, Any]
    execution: Execution
    folder: Path
    job_name: str | None
    log: Path | None
    settings: LocalSettings
    storage: Storage
    registry: ModelRegistry
    control: Control
    executing: Callable[[], None]
    given: Mapping[str, str]
    properties: Mapping[str, Mapping[str, Any]]


def _none(_request: Mapping[str, Any]) -> Iterable[Any]:
    return ()


@dataclass(frozen=True)
class Kind:
    """A type of step.

    Attributes:
        arguments: What it may ask for.
        properties: What a reference to it may begin with: the keys of its Describe response.
        run: Runs it.
        envelope: What stands beside its ``Arguments`` in the definition and belongs to the request,
            in which the arguments are under their own name then.
        job_variable: The execution variable that holds its job's name, if it has a job: it then
            runs in a thread of its own, and has a folder and a log.
        faults: Finds what is wrong with a request beyond its table.
        commands: Lists what a request would have run.
    """

    arguments: Shape
    properties: frozenset[str]
    run: Callable[[StepRun], StepResult]
    envelope: Shape = field(default_factory=dict)
    job_variable: str | None = None
    faults: Callable[[Mapping[str, Any]], Iterable[str]] = _none
    commands: Callable[[Mapping[str, Any]], Iterable[Command]] = _none
