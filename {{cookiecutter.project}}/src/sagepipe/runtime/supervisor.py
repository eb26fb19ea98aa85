"""A small parent process that outlives the step.

A step that is killed (out of memory, a crash in native code) can't say so itself, and SageMaker
would only show "AlgorithmError". So the step runs in a child process and this parent, which holds
no more than the bare interpreter, says what happened. It costs one more start of the interpreter.
A spawned child, not a fork: forked children crash in macOS's own network code.
"""

import os
import signal
import sys
from collections.abc import Callable
from types import FrameType

_CHILD = "_SAGEPIPE_SUPERVISED"
_DONE = b"."


def supervise(job: Callable[[], int], killed: Callable[[int], None]) -> int:
    """Run a job in a child process that repeats this process's command line.

    Args:
        job: What the child does; its result is the child's exit status.
        killed: What the parent does when the child ended without success, or before its job had;
            it is given the exit status, or minus the number of the signal that ended the child.

    Returns:
        The exit status for this process: the child's, or 128 + n where signal n ended it.
    """
    if told := os.environ.pop(_CHILD, None):
        return _said(job, int(told))

    child = 0

    def pass_on(number: int, _frame: FrameType | None) -> None:
        if child:
            os.kill(child, number)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, pass_on)
    command = [sys.executable, *sys.orig_argv[1:]]
    hears, says = os.pipe()
    os.set_inheritable(says, True)
    child = os.posix_spawn(sys.executable, command, {**os.environ, _CHILD: str(says)})
    os.close(says)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    child = 0
    if status != 0 or not _heard(hears):
        killed(status)
    return status if status >= 0 else 128 - status


def _said(job: Callable[[], int], says: int) -> int:
    """Run the job, and tell the parent that it came to its end: ``os._exit`` would not."""
    os.set_inheritable(says, False)
    status = job()
    os.write(says, _DONE)
    return status


def _heard(hears: int) -> bool:
    os.set_blocking(hears, False)  # what the job left behind may hold the other end
    try:
        return os.read(hears, 1) == _DONE
    except BlockingIOError:
        return False
