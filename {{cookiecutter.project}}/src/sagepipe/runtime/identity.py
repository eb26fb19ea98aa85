"""Which pipeline execution and step a job is, for the records."""

import os

from sagepipe.contract import names
from sagepipe.runtime.config import Job
from sagepipe.tracking import StepIdentity


def of(job: Job) -> StepIdentity:
    """Say who a job is.

    Args:
        job: The job.

    Returns:
        Its identity; the tracking URI is ``off`` where the job's environment names none.
    """
    return StepIdentity(
        tracking_uri=os.environ.get(names.TRACKING_URI_VARIABLE) or names.TRACKING_OFF,
        experiment=os.environ.get(names.EXPERIMENT_VARIABLE) or "Default",
        execution_id=job.execution_id,
        step=job.step,
        job_name=job.name,
        image_uri=os.environ.get(names.IMAGE_VARIABLE, ""),
    )
