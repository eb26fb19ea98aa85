"""A small parent process that outlives the step.

A step that is killed (out of memory, a crash in native code) can't say so itself, and SageMaker
would only show "AlgorithmError". So the step runs in a child process and this parent, which holds
no more than the bare interpreter, says what happened.

On Linux the child is a fork, which costs a millisecond. A process that has threads already, such
as those of a library that its program imported first, can't be forked safely, and forked children
crash in macOS's own network code: there the interpreter is started once more.
"""

import gc
import os
import signal
import sys
from collections.abc import Callable, Collection
from contextlib import suppress
from types import FrameType
from typing import Any, NoReturn

CHILD = "_SAGEPIPE_SUPERVISED"
FORK = "fork"  # who sets the variable so knows that this process can be forked
_DONE = b"."
# What is passed on to the child, and what Python does about it by itself.
_DEFAULT: dict[signal.Signals, Any] = {
    signal.SIGTERM: signal.SIG_DFL,
    signal.SIGINT: signal.default_int_handler,
}


def supervise(job: Callable[[], int], killed: Callable[[int], None]) -> int:
    """Run a job in a child process: a fork, or one that repeats this process's command line.

    Args:
        job: What the child does; its result is the child's exit status.
        killed: What the parent does when the child ended without success, or before its job had;
            it is given the exit status, or minus the number of the signal that ended the child.

    Returns:
        The exit status for this process: the child's, or 128 + n where signal n ended it. The
        parent of a job that ended well does not return: it ends.
    """
    told = os.environ.pop(CHILD, None)
    if told not in (None, FORK):
        return _said(job, int(told))

    child = 0

    def pass_on(number: int, _frame: FrameType | None) -> None:
        if child:
            with suppress(ProcessLookupError):  # it has ended, and waitpid() is about to say so
                os.kill(child, number)

    # Held back until the child is known, and in a fork until it takes them as any process does.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _DEFAULT)
    for number in _DEFAULT:
        signal.signal(number, pass_on)
    hears, says = os.pipe()
    if told == FORK:
        child = _fork()
    elif _can_fork():
        gc.freeze()  # else looking for garbage in the child would copy all that was there before it
        child = _fork()
    else:
        child = _spawn(before, says)
    if child == 0:
        for number, handler in _DEFAULT.items():
            signal.signal(number, handler)
    signal.pthread_sigmask(signal.SIG_SETMASK, before)
    if child == 0:
        os.close(hears)
        return _said(job, says)

    os.close(says)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    child = 0
    if status == 0 and _heard(hears):
        _leave()
    killed(status)
    return status if status >= 0 else 128 - status


def _leave() -> NoReturn:
    """End this process at once: taking Python apart would take longer than the fork did.

    What libraries and the program do at exit is the child's to do, and it has done it.
    """
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(0)


def _can_fork() -> bool:
    try:
        return len(os.listdir("/proc/self/task")) == 1
    except OSError:  # not Linux
        return False


def _fork() -> int:
    for stream in (sys.stdout, sys.stderr):
        stream.flush()  # else both would write what is held back
    return os.fork()


def _spawn(mask: Collection[int], says: int) -> int:
    command = [sys.executable, *sys.orig_argv[1:]]
    environment = {**os.environ, CHILD: str(says)}
    os.set_inheritable(says, True)
    return os.posix_spawn(sys.executable, command, environment, setsigmask=mask)


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
