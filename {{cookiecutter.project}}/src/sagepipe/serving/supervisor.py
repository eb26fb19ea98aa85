"""The process above the workers: starts them, replaces them, ends them."""

import os
import signal
import time
from collections.abc import Callable
from functools import partial
from typing import NoReturn

from sagepipe.serving import metrics, requestlog
from sagepipe.serving.board import Board
from sagepipe.serving.worker import DRAIN_SECONDS, HUNG

_STOP = {signal.SIGTERM, signal.SIGINT}
_LOOK_SECONDS = 1.0
# A worker that lived shorter is replaced only after as long, or a fault at its start would keep
# the CPUs busy with starting it.
_SHORT_LIFE_SECONDS = 1.0
# For a worker to end after it has drained.
_GRACE_SECONDS = 2.0


class Supervisor:
    """Keeps a number of forked processes running.

    Args:
        workers: How many.
        start: Runs a worker with its number, in the forked process; does not come back.
        board: Where the workers say that they are alive.
        seconds: A worker that has said nothing for longer is killed and replaced.
    """

    def __init__(
        self, workers: int, start: Callable[[int], NoReturn], board: Board, seconds: float
    ) -> None:
        self._start = start
        self._board = board
        self._seconds = seconds
        self._numbers = range(workers)
        self._running: dict[int, int] = {}  # process id → the worker's number
        self._started: dict[int, float] = {}
        self._due: dict[int, float] = {number: 0.0 for number in self._numbers}

    def run(self, on_stop: Callable[[], object]) -> None:
        """Start the workers, and keep them running until SIGTERM.

        Args:
            on_stop: Called before they are told to end.
        """
        signal.pthread_sigmask(signal.SIG_BLOCK, {*_STOP, signal.SIGCHLD})
        try:
            self._start_due()
            while True:
                told = signal.sigtimedwait({*_STOP, signal.SIGCHLD}, self._patience())
                if told is not None and told.si_signo in _STOP:
                    return
                for number, status in self._collect():
                    self._ended(number, status)
                self._kill_silent()
                self._start_due()
        finally:
            self._end(on_stop)

    def _start_due(self) -> None:
        now = time.monotonic()
        for number in [number for number, due in self._due.items() if due <= now]:
            del self._due[number]
            self._started[number] = now
            self._board.row(number)[metrics.BEAT] = now
            self._running[fork(partial(self._start, number))] = number

    def _patience(self) -> float:
        waits = [due - time.monotonic() for due in self._due.values()]
        return max(0.0, min([_LOOK_SECONDS, *waits]))

    def _collect(self) -> list[tuple[int, int]]:
        """List workers that have ended, and how; orphans that this process inherited end here."""
        ended: list[tuple[int, int]] = []
        while True:
            try:
                process, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return ended
            if process == 0:
                return ended
            if process in self._running:
                ended.append((self._running.pop(process), status))

    def _ended(self, number: int, status: int) -> None:
        now = time.monotonic()
        lived = now - self._started[number]
        self._due[number] = now if lived > _SHORT_LIFE_SECONDS else now + _SHORT_LIFE_SECONDS
        row = self._board.row(number)
        row.add("replaced")
        row["waiting"] = 0
        code = os.waitstatus_to_exitcode(status)
        requestlog.event("worker replaced", worker=number, reason=_reason(code))

    def _kill_silent(self) -> None:
        """Kill a worker whose event loop has stood still for too long."""
        now = time.monotonic()
        for process, number in self._running.items():
            if now - self._board.row(number)[metrics.BEAT] > self._seconds:
                os.kill(process, signal.SIGKILL)

    def _end(self, on_stop: Callable[[], object]) -> None:
        """Let the workers drain, and then end what is left of them."""
        on_stop()
        for process in self._running:
            os.kill(process, signal.SIGTERM)
        deadline = time.monotonic() + DRAIN_SECONDS + _GRACE_SECONDS
        while self._running and (left := deadline - time.monotonic()) > 0:
            self._collect()
            if self._running:
                signal.sigtimedwait({signal.SIGCHLD}, min(left, _LOOK_SECONDS))
        for process in self._running:
            os.kill(process, signal.SIGKILL)


def fork(work: Callable[[], NoReturn]) -> int:
    """Run something in a process of its own.

    Args:
        work: What to run; it ends its process.

    Returns:
        The process's id.
    """
    process = os.fork()
    if process:
        return process
    try:
        for number in (*_STOP, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {*_STOP, signal.SIGCHLD})
        work()
    finally:
        os._exit(1)


def _reason(code: int) -> str:
    if code == HUNG:
        return "the model took too long"
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"
