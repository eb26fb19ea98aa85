"""The warm template and what is forked from it, seen from the runner (see ``runtime.warm``).

A fork is the template's child. The template tells how it ended, and leaves its number unused until
the runner hangs up, so that a signal can't reach another process.
"""

import json
import os
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sagepipe.contract import paths
from sagepipe.local import note
from sagepipe.local.errors import StepError
from sagepipe.local.launch import process
from sagepipe.local.launch.launch import Started

RECORD_FILE = "warm.json"
LOG_FILE = "warm.log"
_MODULE = "sagepipe.runtime.warm"
_PATIENCE = 0.2  # seconds
_LARGEST = 4096  # bytes of an answer

# Room for the path of any step's folder: a fork's environment, as the system shows it, is the
# template's, in which the fork overwrites this value.
ROOM = "-" * os.pathconf("/", "PC_PATH_MAX")


@dataclass(frozen=True)
class Request:
    """What a fork is to be; ``runtime.warm.request`` reads the same.

    Attributes:
        command: The command that would start it cold.
        component: The component that it runs, ``module:function``.
        environment: All its variables.
        folder: Its working folder.
        imports: The file that it leaves the names of what it imported in.
    """

    command: Sequence[str]
    component: str
    environment: Mapping[str, str]
    folder: str
    imports: str


class Template:
    """A template, as it starts.

    Args:
        program: Python's path.
        shared: The variables that it has, and all its forks.
        root: The folder for what it learns and for what it prints.
    """

    def __init__(self, program: str, shared: Mapping[str, str], root: Path) -> None:
        self._key = (program, dict(shared))
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._process: subprocess.Popen[bytes] | None = None
        descriptor = theirs.fileno()
        with theirs, suppress(OSError), open(root / LOG_FILE, "wb") as log:
            self._process = subprocess.Popen(
                [program, "-m", _MODULE, str(descriptor), str(root / RECORD_FILE)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=root,
                env={**shared, paths.BASE_DIR_VARIABLE: ROOM},
                pass_fds=[descriptor],
                start_new_session=True,
            )

    def fits(self, program: str, shared: Mapping[str, str]) -> bool:
        """Say whether a step may be forked from it.

        Args:
            program: The step's Python.
            shared: Its variables, but for those that each step has to itself.

        Returns:
            Whether they are the template's.
        """
        return self._key == (program, shared)

    def fork(self, request: Request, log: Path, cold: Callable[[], Started]) -> "Forked":
        """Ask for a fork.

        Args:
            request: What it is to be.
            log: The file that its output is added to.
            cold: Starts it cold, which is done where the template refuses or is gone.

        Returns:
            What will be a fork once all that it needs has been imported.
        """
        step, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs, open(log, "ab") as output, suppress(OSError):
            message = json.dumps(asdict(request)).encode()
            socket.send_fds(self._control, [message], [theirs.fileno(), output.fileno()])
        return Forked(step, log, cold)

    def close(self) -> None:
        """Hang up, upon which it ends with all that it forked; what it learned is on file."""
        self._control.close()
        if self._process is not None:
            try:
                self._process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:  # it is importing
                self._process.kill()
                self._process.wait()


class Forked:
    """A host that is to be a fork, in a session of its own; or a cold start in its place.

    It can be stopped before there is a process: importing may take its time, or never end.

    Args:
        step: The socket on which the template tells of it.
        log: What it prints.
        cold: Starts it cold.

    Attributes:
        group: Unknown as yet: who looks for it goes by its environment.
    """

    def __init__(self, step: socket.socket, log: Path, cold: Callable[[], Started]) -> None:
        self._step = step
        self._log = log
        self._cold = cold
        self._lock = threading.Lock()
        self._pid: int | None = None
        self._instead: Started | None = None
        self._status: int | None = None
        self.group: int | None = None

    def wait(self) -> None:
        """Wait until it is there, and until it has ended."""
        told = _receive(self._step)
        with self._lock:
            if self._status is None:  # or it has been stopped
                self._begin(told)
        if self._instead is not None:
            self._instead.wait()
        elif self._pid is not None:
            told = _receive(self._step)
            if told is None:
                self.signal(signal.SIGKILL)  # the template is gone: nobody is left to tell of it
            else:
                self._status = told["status"]

    def _begin(self, told: Mapping[str, Any] | None) -> None:
        if told and "ready" in told:
            with suppress(OSError):
                self._step.send(b"go")
            told = _receive(self._step)
        if told is None:
            note.add(self._log, "the warm template process is gone; this step starts cold")
        if told and "pid" in told:
            self._pid = told["pid"]
        else:
            self._instead = self._cold()

    def signal(self, number: int) -> None:
        """Send a signal to the process and all of its session's.

        Args:
            number: The signal.
        """
        with self._lock:
            if self._instead is not None:
                self._instead.signal(number)
            elif self._pid is not None:
                _send(self._pid, number)
            elif self._status is None:
                self._status = -number
                with suppress(OSError):
                    self._step.shutdown(socket.SHUT_RDWR)

    def close(self) -> int:
        """End the children that it left, and let the template reap it.

        Returns:
            Its exit status, minus n where signal n ended it.

        Raises:
            StepError: The template ended before it.
        """
        if self._instead is not None:
            self._step.close()
            return self._instead.close()
        self.signal(signal.SIGKILL)
        with self._lock:
            self._pid = None
        self._step.close()
        if self._status is None:
            raise StepError(
                "InternalServerError: the warm template process, from which this step was forked, "
                "was ended by something else; run it again, or without it (--cold)"
            )
        process.explain(self._status, self._log)
        return self._status


def _send(pid: int, number: int) -> None:
    """Send a signal to a group; to its first process alone as long as there is no group yet."""
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
    except PermissionError:
        pass


def _receive(step: socket.socket) -> dict[str, Any] | None:
    """Wait for what the template says; ``None`` if it is gone."""
    with suppress(OSError):
        if message := step.recv(_LARGEST):
            told: dict[str, Any] = json.loads(message)
            return told
    return None
