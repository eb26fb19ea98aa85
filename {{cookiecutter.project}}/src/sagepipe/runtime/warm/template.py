"""The template's loop: import while nothing is asked, fork when something is.

It talks with the runner over sockets that keep messages apart. One leads to the runner as such: it
brings requests, and where it ends the runner is gone. With each request comes the step's own: the
template says on it that it is ready, and forks if it is told to go on; then which process it is,
and how that ended. The runner may hang up at any time, and does when it no longer needs the
process's number.
"""

import gc
import json
import os
import selectors
import signal
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# The first four are what every step needs.
from sagepipe.runtime import config, execute, failure, killed  # noqa: F401
from sagepipe.runtime.warm import source
from sagepipe.runtime.warm.modules import Modules
from sagepipe.runtime.warm.request import Request
from sagepipe.tracking.store import ENVIRONMENT as TRACKING
from sagepipe.validation.engine import ENVIRONMENT as VALIDATION

_LARGEST = 2**20  # bytes of a request


@dataclass(frozen=True)
class _Asked:
    """A request with the step's socket and its log."""

    request: Request
    step: socket.socket
    log: int

    def close(self) -> None:
        """Let go of both."""
        self.step.close()
        os.close(self.log)


@dataclass(frozen=True)
class _Running:
    """A fork, with what tells of its end."""

    pid: int
    component: str
    imports: Path
    step: socket.socket
    descriptor: int


class Template:
    """Serves one runner.

    Args:
        control: The socket to it.
        modules: What to import.
    """

    def __init__(self, control: socket.socket, modules: Modules) -> None:
        self._control = control
        self._modules = modules
        self._asked: list[_Asked] = []  # not all is imported yet
        self._offered: list[_Asked] = []  # it is
        self._granted: list[_Asked] = []  # and the runner still wants it
        self._running: dict[int, _Running] = {}
        self._watched: set[int] = set()  # whose descriptor is open: its number may be given again
        self._over = False
        self._selector = selectors.PollSelector()
        self._selector.register(control, selectors.EVENT_READ, self._receive)

    def serve(self) -> Request | None:
        """Serve until the runner hangs up.

        Returns:
            In the template nothing; in a fork what it is to be.
        """
        gc.disable()  # until there are no more imports
        for name, value in {**TRACKING, **VALIDATION}.items():
            os.environ.setdefault(name, value)
        before = dict(os.environ)
        while not self._over:
            # Who has been told that it is ready says at once whether to go on.
            busy = not self._offered and (self._modules.pending or self._asked)
            for key, _ in self._selector.select(0 if busy else None):
                key.data()
            self._answer()
            while self._granted:
                asked = self._granted[-1]
                if self._fork(asked):
                    return _with_imported(asked.request, before)
                self._granted.pop()
            if self._modules.pending and not self._offered:
                self._modules.import_next()
        for fork in self._running.values():
            _kill(fork.pid)
        return None

    def _receive(self) -> None:
        message, descriptors, *_ = socket.recv_fds(self._control, _LARGEST, 2)
        if not message:
            self._over = True
            return
        step, log = descriptors
        self._asked.append(_Asked(Request.decode(message), socket.socket(fileno=step), log))

    def _answer(self) -> None:
        """Answer what can be answered by now."""
        for asked in list(self._asked):
            refusal = self._modules.unfit or source.refusal(asked.request)
            if refusal:
                self._asked.remove(asked)
                _say(asked.step, refused=refusal)
                asked.close()
            elif self._modules.ready(asked.request.component):
                self._asked.remove(asked)
                self._offered.append(asked)
                _say(asked.step, ready=True)
                self._selector.register(
                    asked.step, selectors.EVENT_READ, lambda asked=asked: self._taken(asked)
                )

    def _taken(self, asked: _Asked) -> None:
        """The runner has said that it is to go on, or has hung up."""
        self._selector.unregister(asked.step)
        self._offered.remove(asked)
        if _heard(asked.step):
            self._granted.append(asked)
        else:
            asked.close()

    def _fork(self, asked: _Asked) -> bool:
        """Fork, and say whether this is the fork."""
        sys.stdout.flush()
        sys.stderr.flush()
        gc.freeze()  # what forks share stays shared: their collector leaves it alone
        pid = os.fork()
        if pid == 0:
            self._leave(asked)
            return True
        os.close(asked.log)
        request = asked.request
        fork = _Running(
            pid, request.component, Path(request.imports), asked.step, os.pidfd_open(pid)
        )
        self._running[pid] = fork
        self._watched.add(pid)
        self._selector.register(fork.descriptor, selectors.EVENT_READ, lambda: self._ended(fork))
        self._selector.register(fork.step, selectors.EVENT_READ, lambda: self._released(fork))
        _say(fork.step, pid=pid)
        return False

    def _leave(self, asked: _Asked) -> None:
        """Let go of all that is the template's, and take up what is the step's."""
        os.setsid()
        for number in (1, 2):
            os.dup2(asked.log, number)
        self._selector.close()
        self._control.close()
        for other in (*self._asked, *self._offered, *self._granted):
            other.close()
        for fork in self._running.values():
            fork.step.close()
            if fork.pid in self._watched:  # else it has ended, and only waits to be released
                os.close(fork.descriptor)
        gc.enable()

    def _ended(self, fork: _Running) -> None:
        """Say how a fork ended. It isn't reaped, so that its number stays its own."""
        if fork.pid not in self._watched:  # released in this very round
            return
        self._unwatch(fork)
        how = os.waitid(os.P_PID, fork.pid, os.WEXITED | os.WNOWAIT)
        assert how is not None
        self._modules.learn(fork.component, fork.imports)
        _say(fork.step, status=how.si_status if how.si_code == os.CLD_EXITED else -how.si_status)

    def _released(self, fork: _Running) -> None:
        """The runner has hung up."""
        self._selector.unregister(fork.step)
        fork.step.close()
        if fork.pid in self._watched:
            self._unwatch(fork)
        _kill(fork.pid)
        del self._running[fork.pid]

    def _unwatch(self, fork: _Running) -> None:
        self._watched.remove(fork.pid)
        self._selector.unregister(fork.descriptor)
        os.close(fork.descriptor)


def _with_imported(request: Request, before: dict[str, str]) -> Request:
    """Add the variables that imported libraries have set, as they won't do it again."""
    added = {name: value for name, value in os.environ.items() if before.get(name) != value}
    return Request(
        command=request.command,
        component=request.component,
        environment={**added, **request.environment},
        folder=request.folder,
        imports=request.imports,
    )


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)  # it may not have come to its own group yet
    os.waitpid(pid, 0)


def _heard(step: socket.socket) -> bool:
    try:
        return bool(step.recv(_LARGEST))
    except OSError:  # the runner is gone
        return False


def _say(step: socket.socket, **what: Any) -> None:
    with suppress(OSError):  # the runner is gone, which is seen elsewhere
        step.send(json.dumps(what).encode())
