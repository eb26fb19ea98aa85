"""Training on spot instances: an interruption that a user asks for, and the start after it.

Sources: SageMaker Developer Guide, "Managed Spot Training in Amazon SageMaker";
DescribeTrainingJob, SecondaryStatus. An interrupted job gets SIGTERM and, after the time of grace,
SIGKILL. Then the same job starts again on instances that hold nothing but its checkpoints. Where
SageMaker doesn't say what it does: what a stopped attempt left in ``/opt/ml/model`` is gone, and
MaxRuntimeInSeconds is for all attempts together.
"""

import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sagepipe.local import state
from sagepipe.local.errors import LocalError, StepError
from sagepipe.local.files import release
from sagepipe.local.jobs import checkpoints, inputs, layout
from sagepipe.local.jobs.hosts import Ending, Host
from sagepipe.local.jobs.job import Job, max_runtime
from sagepipe.local.launch.launch import Command
from sagepipe.local.step import Step
from sagepipe.local.steps.kind import StepRun

INTERRUPTED, RESTARTING = "Interrupted", "Restarting"
_ASKED = "EnableManagedSpotTraining"


@dataclass
class Transitions:
    """How a job went from one secondary status to the next (SecondaryStatusTransitions)."""

    entered: list[tuple[str, datetime]] = field(default_factory=list)

    def enter(self, status: str) -> None:
        """Say what the job does from now on.

        Args:
            status: Its secondary status.
        """
        self.entered.append((status, state.now()))

    def described(self) -> list[dict[str, str]]:
        """Describe them.

        Returns:
            They, each with the time of its begin and, but for the last, of its end.
        """
        ends = [at.isoformat() for _, at in self.entered[1:]]
        found = [{"Status": status, "StartTime": at.isoformat()} for status, at in self.entered]
        for item, end in zip(found, ends, strict=False):
            item["EndTime"] = end
        return found


def faults(request: Mapping[str, Any]) -> Iterator[str]:
    """Check how long a spot job may wait.

    Args:
        request: The step's arguments; what isn't known yet stands as ``PENDING``.

    Yields:
        The fault as one line.
    """
    stopping = request.get("StoppingCondition") or {}
    wait, runtime = stopping.get("MaxWaitTimeInSeconds"), stopping.get("MaxRuntimeInSeconds")
    if isinstance(wait, int) and isinstance(runtime, int) and wait < runtime:
        yield (
            f"StoppingCondition.MaxWaitTimeInSeconds is {wait}, less than MaxRuntimeInSeconds "
            f"({runtime}): SageMaker allows no less"
        )


def check(steps: Mapping[str, Step], interrupt: Mapping[str, float]) -> None:
    """Check that what is to be interrupted is there.

    Args:
        steps: The definition's steps by name.
        interrupt: Seconds by step.

    Raises:
        LocalError: A name is no Training step's, or the step's job asks for no spot instances.
    """
    jobs = [name for name, step in steps.items() if step.type == "Training"]
    for name in interrupt:
        if name not in jobs:
            raise LocalError(
                f"{name!r} can't be interrupted: it is no Training step of this definition "
                f"(it has: {', '.join(jobs) or 'none'})"
            )
        if not steps[name].arguments.get(_ASKED):
            raise LocalError(
                f"{name!r} can't be interrupted: its job asks for no spot instances ({_ASKED})"
            )


def interruption(step: StepRun) -> float | None:
    """Say when a step's job is to be interrupted.

    Args:
        step: The step.

    Returns:
        After how many seconds, if at all.

    Raises:
        StepError: Its job doesn't run on spot instances.
    """
    seconds = step.settings.interrupt.get(step.step.name)
    if seconds is not None and not step.request.get(_ASKED):
        raise StepError(f"a job without {_ASKED} is never interrupted")
    return seconds


def run(job: Job, command: Command, interrupt: float | None) -> tuple[Ending, Transitions]:
    """Run a training job, again after an interruption.

    Args:
        job: The job.
        command: What each container is told to run.
        interrupt: After how many seconds it is interrupted, if at all.

    Returns:
        How it ended, and what it went through.
    """
    transitions = Transitions()
    transitions.enter("Starting")
    limit = max_runtime(job.request)
    ending, ran = _attempt(job, command, transitions, limit, interrupt)
    if ending.stopped == INTERRUPTED:
        transitions.enter(INTERRUPTED)
        job.note(f"{INTERRUPTED} after {interrupt:g} s: the job starts again with its checkpoints")
        for host in job.hosts:
            _empty(host, keep=job.hosts)
        transitions.enter(RESTARTING)
        again = replace(job, executing=_nothing)
        ending, _ = _attempt(again, command, transitions, limit - ran, None)
    return ending, transitions


def _attempt(
    job: Job, command: Command, transitions: Transitions, limit: float, interrupt: float | None
) -> tuple[Ending, float]:
    """Run a job once; say how it ended, and how many seconds it ran."""
    read = layout.channels(job.request)
    layout.lay_out(job)
    if read:
        transitions.enter("Downloading")
    with inputs.delivered(job, read, command) as overlaid, checkpoints.kept(job):
        transitions.enter("Training")
        began = time.monotonic()
        ending = job.run(
            command,
            layout.variables(job),
            inputs.read_only(read),
            overlaid,
            network=not job.request.get("EnableNetworkIsolation"),
            max_runtime=limit,
            interruption=None if interrupt is None else (interrupt, INTERRUPTED),
        )
        ran = time.monotonic() - began
    return ending, ran


def _empty(host: Host, keep: Sequence[Host]) -> None:
    """Leave nothing of a host but its log, and its neighbours."""
    folders = [entry for entry in host.folder.iterdir() if entry.is_dir()]
    for folder in folders:
        if folder not in [other.folder for other in keep]:
            release(folder)
            shutil.rmtree(folder)


def _nothing() -> None:
    pass
