"""The two entrypoints of a job. Nothing heavy is imported here: the supervisor stays small."""

import sys
from collections.abc import Callable, Sequence

from sagepipe.contract import debugging
from sagepipe.runtime.supervisor import supervise


def main_processing(argv: Sequence[str] | None = None) -> int:
    """Run a processing component.

    Args:
        argv: ``MODULE:FUNCTION --name value …``; the process's own arguments where not given.

    Returns:
        The exit status: 0, 1 for a failure, n for ``sys.exit(n)``, 128 + n for an end by signal n.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)

    def job() -> int:
        from sagepipe.runtime import config, execute, failure

        return execute.run(lambda: config.processing_job(arguments), failure.PROCESSING)

    def killed(status: int) -> None:
        from sagepipe.runtime import config, failure, killed

        killed.report(status, lambda: config.processing_job(arguments), failure.PROCESSING)

    return _run(job, killed)


def main_training() -> int:
    """Run the training component that ``SAGEPIPE_COMPONENT`` names.

    Returns:
        The exit status: 0, 1 for a failure, n for ``sys.exit(n)``, 128 + n for an end by signal n.
    """

    def job() -> int:
        from sagepipe.runtime import config, execute, failure

        return execute.run(config.training_job, failure.TRAINING)

    def killed(status: int) -> None:
        from sagepipe.runtime import config, failure, killed

        killed.report(status, config.training_job, failure.TRAINING)

    return _run(job, killed)


def _run(job: Callable[[], int], killed: Callable[[int], None]) -> int:
    if debugging.is_on():
        return job()  # the debugger is to have the terminal to itself
    return supervise(job, killed)
