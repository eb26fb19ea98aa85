"""Hosts as plain processes: ``/opt/ml`` lies in their folder, and a variable says where.

Words of the command line that name a path under ``/opt/ml`` are given as where that path lies.
What a program itself spells out is not: it is found nowhere, and the job's log then says what would
help.
"""

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from sagepipe.contract import paths
from sagepipe.contract.runners import PROCESS
from sagepipe.local import note
from sagepipe.local.errors import StepError
from sagepipe.local.launch import machine, overlays, record
from sagepipe.local.launch.launch import Command, Launch
from sagepipe.local.settings import LocalSettings

_REMEDY = "run it with --runner sandbox or --runner container, where that path is true"
_ROOT = re.compile(r"(?<![\w./-])/opt/ml(?![\w.-])")  # not the end of another path
_PATH = re.compile(r"((?:--?[\w-]+=)?)(/opt/ml(?:/.*)?)")  # a path, or an option with one
_LOOKED_FOR = re.compile(rf"{_ROOT.pattern}[^\s'\":;,)]*")
_MISSED = ("No such file", "not found", "cannot open", "can't open", "does not exist")
_TAIL = 16 * 1024


@dataclass(frozen=True)
class Prepared:
    """What is to be started on this machine.

    Attributes:
        command: The program and its arguments.
        environment: All of its environment.
        folder: Its working folder.
    """

    command: list[str]
    environment: dict[str, str]
    folder: Path


class ProcessLauncher:
    """Starts hosts as processes of this machine.

    Args:
        settings: The run's settings.

    Attributes:
        name: How it runs them, for the record.
    """

    name = f"{PROCESS} (relocated /opt/ml)"

    def __init__(self, settings: LocalSettings) -> None:
        self._settings = settings

    def faults(self, command: Command) -> Iterator[str]:
        """Find what needs an image, or a file where no file can lie.

        Args:
            command: What a job asks for.

        Yields:
            Each fault as one line.
        """
        for word in command.entrypoint:
            if word.startswith(f"{paths.SERVING_PROGRAM}/"):
                yield f"ContainerEntrypoint names {word}, which lies in the image; {_REMEDY}"
        for script in _scripts(command):
            if _ROOT.search(script):
                yield f"{script!r} names a path under /opt/ml, which processes lack; {_REMEDY}"
        yield from machine.faults(command, self._settings.stand_in(command.image))

    def overlays(self, command: Command) -> bool:
        """Say whether a host can have overlays.

        Args:
            command: What a job asks for.

        Returns:
            Whether this machine allows them.
        """
        return overlays.possible(self._settings.root)

    def start(self, launch: Launch) -> "StartedProcess":
        """Start a host.

        Args:
            launch: The host.

        Returns:
            Its process.

        Raises:
            StepError: The program can't be started.
        """
        return self.start_prepared(self.prepare(launch), launch.log)

    def start_prepared(self, prepared: Prepared, log: Path) -> "StartedProcess":
        """Start what has been made ready.

        Args:
            prepared: It.
            log: The file that its output is added to.

        Returns:
            Its process.

        Raises:
            StepError: The program can't be started.
        """
        with open(log, "ab") as output:
            process = popen(
                prepared,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return StartedProcess(process, log)

    def prepare(self, launch: Launch) -> "Prepared":
        """Make ready what a host needs, and write down what is about to be started.

        Args:
            launch: The host.

        Returns:
            What is to be started.

        Raises:
            StepError: There is no such program.
        """
        image = self._settings.stand_in(launch.command.image)
        base = str(launch.folder / paths.ML_ROOT.lstrip("/"))
        environment = machine.environment(self._settings, launch, image)
        environment[paths.BASE_DIR_VARIABLE] = base
        entering = overlays.entering(launch)
        command = machine.words(_relocated(launch.command, base), image, environment["PATH"])
        command = [*entering, *command]
        work = launch.folder / "work"
        work.mkdir(exist_ok=True)
        record.write(
            launch.folder,
            runner=self.name,
            command=command,
            inside=entering,
            environment=environment,
            folder=work,
        )
        return Prepared(command, environment, work)

    def undo(self, launch: Launch) -> list[str]:
        """Leave nothing but processes.

        Returns:
            No command.
        """
        return []


class StartedProcess:
    """A process in a session, or a group, of its own.

    Args:
        process: The process.
        log: What it prints.

    Attributes:
        group: Its process group's number, which is its own.
    """

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self._process = process
        self._log = log
        self.group: int | None = process.pid

    def wait(self) -> None:
        """Wait until it has ended."""
        if hasattr(os, "waitid"):
            # Not reaped yet, so that its number can't have become another process's.
            os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOWAIT)
        else:
            self._process.wait()

    def signal(self, number: int) -> None:
        """Send a signal to the process and all of its session's.

        Args:
            number: The signal.
        """
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)

    def close(self) -> int:
        """Reap it; a container ends with its first process, and so do the children it left.

        Returns:
            Its exit status, minus n where signal n ended it.
        """
        self.signal(signal.SIGKILL)
        status = self._process.wait()
        explain(status, self._log)
        return status


def popen(prepared: Prepared, **where: Any) -> subprocess.Popen[bytes]:
    """Start what has been made ready.

    Args:
        prepared: It.
        where: Where it reads and writes, and which group or session it is of.

    Returns:
        The process.

    Raises:
        StepError: The program can't be started.
    """
    try:
        return subprocess.Popen(
            prepared.command, cwd=prepared.folder, env=prepared.environment, **where
        )
    except OSError as error:
        raise StepError(f"{prepared.command[0]} can't be started: {error}") from None


def explain(status: int, log: Path) -> None:
    """Add to a failed job's log what would have helped, where it looked for a path under /opt/ml.

    Args:
        status: The job's exit status.
        log: What it printed.
    """
    if status > 0 and (missed := _missed(log)):
        note.add(
            log,
            f"the job looked for {missed}; a plain process has its /opt/ml at "
            f"${paths.BASE_DIR_VARIABLE}: {_REMEDY}",
        )


def _relocated(command: Command, base: str) -> Command:
    def word(text: str) -> str:
        match = _PATH.fullmatch(text)
        return f"{match[1]}{base}{match[2][len(paths.ML_ROOT) :]}" if match else text

    return replace(
        command,
        entrypoint=tuple(map(word, command.entrypoint)),
        arguments=tuple(map(word, command.arguments)),
    )


def _scripts(command: Command) -> Iterator[str]:
    """Find what a shell or an interpreter is given as a program's text."""
    given = (*command.entrypoint, *command.arguments)
    yield from (text for option, text in pairwise(given) if option == "-c")


def _missed(log: Path) -> str | None:
    """Find a path under /opt/ml that a failed job did not find, by the end of its log."""
    with suppress(OSError), open(log, "rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL))
        for line in reversed(file.read().decode(errors="replace").splitlines()):
            path = _LOOKED_FOR.search(line)
            if path and any(phrase in line for phrase in _MISSED):
                return path[0]
    return None
