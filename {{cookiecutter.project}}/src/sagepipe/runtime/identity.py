"""Which pipeline execution and step a job is, for the records."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from sagepipe.contract import limits, names
from sagepipe.runtime.config import Job
from sagepipe.runtime.errors import JobError

if TYPE_CHECKING:
    from sagepipe.tracking import StepIdentity

_TRIAL = re.compile(r".+-(\d{3,})-[a-f0-9]{8}")  # a tuning job's training jobs, by their names
_ROUND = re.compile(r"(.*)-(\d+)")


def is_recorded(job: Job) -> bool:
    """Say whether MLflow is told of a job.

    Args:
        job: The job.

    Raises:
        JobError: The policy is none.
    """
    return names.TRACKING_OFF not in (_policy(), _tracking_uri(job))


def of(job: Job) -> StepIdentity:
    """Say who a job is.

    Args:
        job: The job.

    Returns:
        Its identity; the tracking URI is ``off`` where the job's environment names none, and on all
        of a job's machines but the first: one of them records for all.

    Raises:
        JobError: The policy is none.
    """
    from sagepipe.tracking import StepIdentity

    step = _step(job)
    trial = _TRIAL.fullmatch(job.name) if names.JOB_NAME.fullmatch(job.name) else None
    return StepIdentity(
        tracking_uri=_tracking_uri(job),
        experiment=os.environ.get(names.EXPERIMENT_VARIABLE) or "Default",
        execution_id=job.execution_id,
        step=step,
        job_name=job.name,
        image_uri=os.environ.get(names.IMAGE_VARIABLE, ""),
        image_digest=_digest(),
        trial=f"{step}-{trial[1]}" if trial and not job.name.startswith("pipelines-") else "",
        policy=_policy(),
        spool=_spool(job),
    )


def _tracking_uri(job: Job) -> str:
    uri = os.environ.get(names.TRACKING_URI_VARIABLE) or names.TRACKING_OFF
    return uri if job.hosts.is_first else names.TRACKING_OFF


def _digest() -> str:
    """Say which image a job runs in: who started it knows, or the image's name has its digest."""
    _, _, named = os.environ.get(names.IMAGE_VARIABLE, "").partition("@")
    return os.environ.get(names.IMAGE_DIGEST_VARIABLE) or named


def _policy() -> str:
    policy = os.environ.get(names.POLICY_VARIABLE) or names.BEST_EFFORT
    if policy not in names.POLICIES:
        raise JobError(
            f"{names.POLICY_VARIABLE} is {policy!r}; it has to be {', '.join(names.POLICIES)}"
        )
    return policy


def _step(job: Job) -> str:
    """Name the step; in a loop its round too, which only the job's name tells.

    A job's name has no more than the beginning of a step's: the rounds of a step with a long name
    can't be told apart by it, and are then all called by the step's.
    """
    found = names.JOB_NAME.fullmatch(job.name)
    round_ = _ROUND.fullmatch(found["step"]) if found else None
    plain = job.step.replace("_", "-")
    if round_ and round_[1] == plain and len(plain) < limits.JOB_NAME_STEP:
        return f"{job.step}-{round_[2]}"
    return job.step


def _spool(job: Job) -> Path | None:
    """Choose the output that keeps records which MLflow's server does not take.

    In a processing job, what the component returns or the output that comes last: data that other
    steps read come first as a rule.
    """
    if job.output_root is not None:
        return job.output_root / names.SPOOL
    last = list(job.outputs.values())[-1:]
    place = job.outputs.get(names.RETURNED) or (last[0] if last else None)
    return place.directory / names.SPOOL if place else None
