"""Running a step's processes, and stopping them from any thread as SageMaker stops a job."""

import signal
from collections.abc import Callable, Iterator
from threading import Event, Lock, Timer

from sagepipe.local.launch.guardian import Guardian
from sagepipe.local.launch.launch import Command, Launch, Launcher, Started

STOP_REQUESTED = "Stopped"
MAX_RUNTIME_EXCEEDED = "MaxRuntimeExceeded"


class Control:
    """What a step runs: any number of jobs, which are stopped together.

    Args:
        launcher: Starts the hosts of jobs.
        grace: Seconds from SIGTERM to SIGKILL.
        guardian: Watches over what they start.
    """

    def __init__(self, launcher: Launcher, grace: float, guardian: Guardian) -> None:
        self._launcher = launcher
        self._grace = grace
        self._guardian = guardian
        self._lock = Lock()
        self._processes: list[JobProcess] = []
        self._stop = Event()
        self.stopped: str | None = None

    def pause(self, seconds: float) -> bool:
        """Wait for some time, if the step isn't being stopped.

        Args:
            seconds: How long.

        Returns:
            Whether it wasn't.
        """
        return not self._stop.wait(seconds)

    def faults(self, command: Command) -> Iterator[str]:
        """Find what can't be run, where it wasn't known before the run began.

        Args:
            command: What a job is to run.

        Yields:
            Each fault as one line.
        """
        yield from self._launcher.faults(command)

    def overlays(self, command: Command) -> bool:
        """Say whether a job's hosts can have overlays (see ``Launch.overlaid``).

        Args:
            command: What it is to run.

        Returns:
            Whether what starts them can make them.
        """
        return self._launcher.overlays(command)

    def process(self, launcher: Launcher | None = None, grace: float | None = None) -> "JobProcess":
        """Prepare for one more process.

        Args:
            launcher: What starts it; the run's where not given.
            grace: Seconds from SIGTERM to SIGKILL; the run's where not given.

        Returns:
            The process to be; it won't start if the step is being stopped.
        """
        guarded = self._guardian.guard(launcher or self._launcher)
        made = JobProcess(guarded, self._grace if grace is None else grace)
        with self._lock:
            self._processes.append(made)
            made.stopped = self.stopped
        return made

    def terminate(self, reason: str) -> None:
        """Send SIGTERM to all, and SIGKILL when the time of grace is over.

        Args:
            reason: What ``stopped`` says from now on.
        """
        with self._lock:
            self.stopped = self.stopped or reason
        self._stop.set()
        for process in self._processes:
            process.terminate(reason)

    def kill(self) -> None:
        """Send SIGKILL to all."""
        with self._lock:
            self.stopped = self.stopped or STOP_REQUESTED
        self._stop.set()
        for process in self._processes:
            process.kill()


class JobProcess:
    """Runs at most one process, and stops it from any thread.

    Args:
        launcher: Starts it.
        grace: Seconds from SIGTERM to SIGKILL.

    Attributes:
        stopped: Why it was stopped, if it was.
    """

    def __init__(self, launcher: Launcher, grace: float) -> None:
        self._launcher = launcher
        self._grace = grace
        self._lock = Lock()
        self._started: Started | None = None
        self._timers: list[Timer] = []
        self._over = False
        self.stopped: str | None = None

    def run(self, launch: Launch, max_runtime: float, started: Callable[[], None]) -> int | None:
        """Run one host of a job to its end.

        Args:
            launch: The host.
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
            self._started = self._launcher.start(launch)
            self._later(max_runtime, lambda: self.terminate(MAX_RUNTIME_EXCEEDED))
        started()
        self._started.wait()
        with self._lock:
            self._over = True
            for timer in self._timers:
                timer.cancel()
        return self._started.close()

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

    def _signal(self, number: int) -> None:
        if self._started:
            self._started.signal(number)
