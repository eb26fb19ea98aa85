"""One host at the terminal, under the debugger: what a person asked for by the step's name.

Its output is what the person sees and not in its log, so that metric definitions find nothing in
there. While it runs the terminal is its own: Ctrl-C is for the debugger, not for the run.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress

from sagepipe.contract import debugging
from sagepipe.local import note
from sagepipe.local.errors import StepError
from sagepipe.local.launch.launch import Command, Launch, Started
from sagepipe.local.launch.process import ProcessLauncher
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

    def faults(self, command: Command) -> Iterator[str]:
        """Find what needs an image.

        Args:
            command: What a job asks for.

        Yields:
            Each fault as one line.
        """
        yield from self._processes.faults(command)

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
        try:
            process = subprocess.Popen(
                prepared.command,
                cwd=prepared.folder,
                env={**prepared.environment, **_terminal(), debugging.VARIABLE: "1"},
                process_group=0,
            )
        except OSError as error:
            raise StepError(f"{prepared.command[0]} can't be started: {error}") from None
        return StartedInForeground(process)

    def undo(self, launch: Launch) -> list[str]:
        """Leave nothing but processes.

        Returns:
            No command.
        """
        return []


class StartedInForeground:
    """A process that has the terminal until it ends.

    Args:
        process: The process, which leads a group of its own.

    Attributes:
        group: That group's number.
    """

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self.group: int | None = process.pid
        _give_terminal(process.pid)
        self.signal(signal.SIGCONT)  # it was stopped if it read before it had the terminal

    def wait(self) -> None:
        """Wait until it has ended, and take the terminal back."""
        if hasattr(os, "waitid"):
            os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOWAIT)
        else:
            self._process.wait()
        _give_terminal(os.getpgrp())

    def signal(self, number: int) -> None:
        """Send a signal to the process and its group.

        Args:
            number: The signal.
        """
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)

    def close(self) -> int:
        """Reap it, and end the children that it left.

        Returns:
            Its exit status, minus n where signal n ended it.
        """
        self.signal(signal.SIGKILL)
        return self._process.wait()


def _terminal() -> dict[str, str]:
    """Say what terminal this is, which no job knows."""
    return {name: os.environ[name] for name in ("TERM", "COLORTERM") if name in os.environ}


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
