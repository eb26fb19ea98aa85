"""One job's process: a session of its own, its output in a file, stopped as SageMaker stops it."""

import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Lock, Timer

from sagepipe.local.errors import StepError

STOP_REQUESTED = "Stopped"
MAX_RUNTIME_EXCEEDED = "MaxRuntimeExceeded"


class JobProcess:
    """Runs at most one process, and stops it from any thread.

    Args:
        grace: Seconds from SIGTERM to SIGKILL.
    """

    def __init__(self, grace: float) -> None:
        self._grace = grace
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._timers: list[Timer] = []
        self._over = False
        self.stopped: str | None = None

    def run(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        folder: Path,
        log: Path,
        max_runtime: float,
        started: Callable[[], None],
    ) -> int | None:
        """Run a command to its end.

        Args:
            command: The program and its arguments.
            environment: All of its environment.
            folder: Its working directory.
            log: The file that its standard output and error are added to.
            max_runtime: Seconds after which it is stopped.
            started: Called once it runs.

        Returns:
            The exit status, minus n where signal n killed it; ``None`` if it was stopped before it
            began.

        Raises:
            StepError: The program can't be started.
        """
        with self._lock:
            if self.stopped:
                return None
            try:
                with open(log, "ab") as output:
                    self._process = subprocess.Popen(
                        command,
                        stdin=subprocess.DEVNULL,
                        stdout=output,
                        stderr=subprocess.STDOUT,
                        cwd=folder,
                        env=dict(environment),
                        start_new_session=True,
                    )
            except OSError as error:
                raise StepError(f"{command[0]} can't be started: {error}") from None
            self._later(max_runtime, lambda: self.terminate(MAX_RUNTIME_EXCEEDED))
        started()
        return self._wait(self._process)

    def terminate(self, reason: str) -> None:
        """Send SIGTERM, and SIGKILL when the time of grace is over.

        Args:
            reason: What ``stopped`` says from now on.
        """
        with self._lock:
            if self.stopped or self._over:
                return
            self.stopped = reason
            self._signal(signal.SIGTERM)
            self._later(self._grace, self.kill)

    def kill(self) -> None:
        """Send SIGKILL."""
        with self._lock:
            if not self._over:
                self.stopped = self.stopped or STOP_REQUESTED
                self._signal(signal.SIGKILL)

    def _later(self, seconds: float, action: Callable[[], None]) -> None:
        timer = Timer(seconds, action)
        timer.daemon = True
        timer.start()
        self._timers.append(timer)

    def _wait(self, process: subprocess.Popen[bytes]) -> int:
        if hasattr(os, "waitid"):
            # Not reaped yet, so that its number can't have become another process's.
            os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        else:
            process.wait()
        with self._lock:
            self._signal(signal.SIGKILL)  # a container ends with its first process; so do children
            self._over = True
            for timer in self._timers:
                timer.cancel()
        return process.wait()

    def _signal(self, number: signal.Signals) -> None:
        if self._process:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, number)
