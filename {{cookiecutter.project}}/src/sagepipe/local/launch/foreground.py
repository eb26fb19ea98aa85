"""One host at the terminal, under the debugger: what a person asked for by the step's name.

Its output is what the person sees and not in its log, so that metric definitions find nothing in
there. While it runs the terminal is its own: Ctrl-C is for the debugger, not for the run.
"""

import os
import signal
import sys
from contextlib import suppress
from dataclasses import replace

from sagepipe.contract import debugging
from sagepipe.local import note
from sagepipe.local.launch import machine
from sagepipe.local.launch.launch import Launch, Started
from sagepipe.local.launch.process import ProcessLauncher, StartedProcess, popen
from sagepipe.local.settings import LocalSettings


class ForegroundLauncher:
    """Starts the first host of a job at the terminal, the others as ever.

    Args:
        settings: The run's settings.

    Attributes:
        name: How it runs them, for the record.
    """

    name = "process at the terminal"

    def __init__(self, settings: LocalSettings) -> None:
        self._processes = ProcessLauncher(settings)
        # All but the start is as for any process.
        self.faults = self._processes.faults
        self.overlays = self._processes.overlays
        self.undo = self._processes.undo

    def start(self, launch: Launch) -> Started:
        """Start a host.

        Args:
            launch: The host.

        Returns:
            Its process.

        Raises:
            StepError: The program can't be started.
        """
        if launch.host != launch.hosts[0]:
            return self._processes.start(launch)
        prepared = self._processes.prepare(launch)
        note.add(launch.log, "it ran at the terminal, under the debugger; its output went there")
        sys.stdout.flush()
        environment = {**prepared.environment, **machine.terminal(), debugging.VARIABLE: "1"}
        started = popen(replace(prepared, environment=environment), process_group=0)
        return StartedInForeground(StartedProcess(started, launch.log))


class StartedInForeground:
    """A process that has the terminal until it ends.

    Args:
        process: The process, which leads a group of its own.

    Attributes:
        group: That group's number.
    """

    def __init__(self, process: StartedProcess) -> None:
        self._process = process
        self.group = process.group
        if process.group is not None:
            _give_terminal(process.group)
        self.signal(signal.SIGCONT)  # it was stopped if it read before it had the terminal

    def wait(self) -> None:
        """Wait until it has ended, and take the terminal back."""
        self._process.wait()
        _give_terminal(os.getpgrp())

    def signal(self, number: int) -> None:
        """Send a signal to the process and its group.

        Args:
            number: The signal.
        """
        self._process.signal(number)

    def close(self) -> int:
        """Reap it, and end the children that it left.

        Returns:
            Its exit status, minus n where signal n ended it.
        """
        return self._process.close()


def _give_terminal(group: int) -> None:
    """Let a process group read from the terminal and get its Ctrl-C, where there is one."""
    if not sys.stdin or not sys.stdin.isatty():
        return
    # The kernel would stop this group for it, once it isn't the terminal's own any more.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})
    try:
        with suppress(OSError):
            os.tcsetpgrp(sys.stdin.fileno(), group)
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTTOU})
