"""What can be wrong with a job before and after the component's own code runs."""

from sagepipe.contract.errors import SagepipeError


class JobError(SagepipeError):
    """A job whose configuration, inputs or parameters don't fit its component."""


class Stopped(BaseException):
    """The job was asked to end (SIGTERM or SIGINT).

    Not an ``Exception``, so that a component's ``except Exception`` doesn't hold it back.
    """

    def __init__(self, number: int, name: str) -> None:
        super().__init__(f"the job was asked to stop ({name})")
        self.number = number
