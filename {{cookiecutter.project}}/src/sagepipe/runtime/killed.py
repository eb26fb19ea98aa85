"""What the supervisor says of a step that could not speak for itself."""

import signal
import sys
from collections.abc import Callable

from sagepipe.contract import paths
from sagepipe.runtime import failure, identity
from sagepipe.runtime.config import Job

_ADVICE = {
    signal.SIGKILL: "most likely it ran out of memory: give the step a larger instance_type or "
    "less data",
    signal.SIGSEGV: "native code crashed: check the versions of compiled packages",
}


def report(status: int, read_job: Callable[[], Job], failure_file: str) -> None:
    """Record a step that ended without a reason of its own.

    A step that failed in the ordinary way has written its reason and ended its MLflow run already;
    nothing is done then. A step may also have ended its process itself (``os._exit(0)``), before
    its component returned: SageMaker takes that for a success, and so it is one.

    Args:
        status: The exit status, or minus the number of the signal that ended the step.
        read_job: Reads the job from SageMaker's config files.
        failure_file: Where SageMaker reads the reason of a failure.
    """
    spoken = paths.relocate(failure_file).exists()
    if spoken and status > 0:
        return
    line = _reason(status)
    print(line, file=sys.stderr, flush=True)
    if not spoken and status != 0:
        failure.write(line, failure_file)
    try:
        job = read_job()
        recorded = identity.is_recorded(job)
    except Exception:  # the job's own config is unreadable: then no run was opened either
        return
    if not recorded:
        return
    from sagepipe import tracking

    if status == 0:
        tracking.finish_step(identity.of(job))
    else:
        tracking.fail_step(identity.of(job), line)


def _reason(status: int) -> str:
    if status == 0:
        return "sagepipe: the component ended the process itself; what it returns is not kept"
    if status > 0:
        return f"Exited: the step's process ended with status {status} and gave no reason"
    number = -status
    try:
        name = signal.Signals(number).name
        advice = _ADVICE.get(signal.Signals(number), "")
    except ValueError:
        name, advice = f"signal {number}", ""
    return f"Killed: the step's process was ended by {name}{f'; {advice}' if advice else ''}"
