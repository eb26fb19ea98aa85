"""Which pipeline execution and step a run belongs to."""

from dataclasses import dataclass


@dataclass(frozen=True)
class StepIdentity:
    """One step of one pipeline execution.

    Attributes:
        tracking_uri: Where MLflow keeps its runs, or ``off``.
        experiment: The MLflow experiment's name.
        execution_id: The pipeline execution's id.
        step: The step's name.
        job_name: SageMaker's name of the job.
        image_uri: The image that the job runs in.
    """

    tracking_uri: str
    experiment: str
    execution_id: str
    step: str
    job_name: str = ""
    image_uri: str = ""
