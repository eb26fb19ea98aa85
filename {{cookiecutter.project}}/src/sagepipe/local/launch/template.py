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
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sagepipe.contract import paths
from sagepipe.local import note
from sagepipe.local.errors import StepError
from sagepipe.local.launch import process

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

    def fork(self, request: Request, log: Path) -> "Forked | None":
        """Ask for a fork, and wait until it is there: until what it needs has been imported.

        Args:
            request: What it is to be.
            log: The file that its output is added to.

        Returns:
            It; ``None`` where the template has refused, or is gone.
        """
        step, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs, open(log, "ab") as output, suppress(OSError):
            message = json.dumps(asdict(request)).encode()
            socket.send_fds(self._control, [message], [theirs.fileno(), output.fileno()])
        told = _receive(step)
        if told is not None and "pid" in told:
            return Forked(step, told["pid"], log)
        step.close()
        if told is None:
            note.add(log, "the warm template process is gone; this step starts cold")
        return None

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
    """A fork, in a session of its own.

    Args:
        step: The socket on which the template tells of it.
        group: The number of its process group, which is its own.
        log: What it prints.
    """

    def __init__(self, step: socket.socket, group: int, log: Path) -> None:
        self._step = step
        self._log = log
        self._lock = threading.Lock()
        self._open = True
        self._status: int | None = None
        self.group: int | None = group

    def wait(self) -> None:
        """Wait until it has ended."""
        told = _receive(self._step)
        if told is None:
            self.signal(signal.SIGKILL)  # the template is gone: nobody is left to tell of it
        else:
            self._status = told["status"]

    def signal(self, number: int) -> None:
        """Send a signal to the process and all of its session's.

        Args:
            number: The signal.
        """
        with self._lock:
            if self._open and self.group is not None:
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(self.group, number)

    def close(self) -> int:
        """End the children that it left, and let the template reap it.

        Returns:
            Its exit status, minus n where signal n ended it.

        Raises:
            StepError: The template ended before it.
        """
        self.signal(signal.SIGKILL)
        with self._lock:
            self._open = False
        self._step.close()
        if self._status is None:
            raise StepError(
                "InternalServerError: the warm template process, from which this step was forked, "
                "was ended by something else; run it again, or without it (--cold)"
            )
        process.explain(self._status, self._log)
        return self._status


def _receive(step: socket.socket) -> dict[str, Any] | None:
    """Wait for what the template says; ``None`` if it is gone."""
    with suppress(OSError):
        if message := step.recv(_LARGEST):
            told: dict[str, Any] = json.loads(message)
            return told
    return None
