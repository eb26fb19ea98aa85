"""Which pipeline execution and step a run belongs to."""

from dataclasses import dataclass
from pathlib import Path

from sagepipe.contract import names


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
        image_digest: Its digest, or that there is no image; empty where nobody said.
        trial: The job's name among the training jobs of a tuning step, such as ``tune-003``; empty
            for any other job.
        policy: What is done where MLflow can't be used: ``required`` or ``best-effort``.
        spool: The folder of the job's output that keeps records that could not be sent; None where
            the job has no output.
    """

    tracking_uri: str
    experiment: str
    execution_id: str
    step: str
    job_name: str = ""
    image_uri: str = ""
    trial: str = ""
    image_digest: str = ""
    policy: str = names.BEST_EFFORT
    spool: Path | None = None

    @property
    def name(self) -> str:
        """What the step's run is called."""
        return self.trial or self.step

    @property
    def required(self) -> bool:
        """Whether the job fails where MLflow can't be used."""
        return self.policy == names.REQUIRED
