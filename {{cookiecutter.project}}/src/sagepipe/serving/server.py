"""The process: port, model folder, signals, exit status."""

import gc
import os
import signal
import socket
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from sagepipe.contract import hosting, paths
from sagepipe.serving import checksum, metrics, worker
from sagepipe.serving.board import Board
from sagepipe.serving.errors import ServingError
from sagepipe.serving.porter import Porter
from sagepipe.serving.service import Service
from sagepipe.serving.settings import ServerSettings
from sagepipe.serving.supervisor import Supervisor

_BACKLOG = 2048
# Beyond the time that a prediction may take, for the event loop to say that it is alive.
_SILENCE_SECONDS = 5


def serve(predictor: str) -> None:
    """Serve until SIGTERM.

    Args:
        predictor: Name of the team's predictor module.

    Raises:
        SystemExit: Status 0 after SIGTERM, 1 with one line on stderr where the model or the port
            can't be used.
    """
    _exit_on_signals()
    # A request is too small to share out over threads; before NumPy and scikit-learn are imported.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    try:
        settings = ServerSettings.read(os.environ)
        directory = paths.relocate(paths.MODEL)
        if sys.platform == "linux":
            _serve_forked(settings, predictor, directory)
        else:
            # Elsewhere libraries don't bear a fork after they were used: one process has to do.
            _serve_alone(settings, predictor, directory)
    except ServingError as error:
        sys.exit(f"serve: {error}")


def _exit_on_signals() -> None:
    """Exit with status 0 on SIGTERM or SIGINT, wherever Python is.

    That may be a place where no exception can be raised, such as a destructor or a weak reference's
    callback; importing has many. Python hands what is raised there to a hook and goes on.
    """
    hook = sys.unraisablehook

    def lost(unraisable: Any) -> None:
        if isinstance(unraisable.exc_value, SystemExit):
            worker.leave(0)
        hook(unraisable)

    sys.unraisablehook = lost
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))


def _load(settings: ServerSettings, predictor: str, directory: Path) -> Service:
    checksum.check(directory, settings.checksum)
    return Service.load(predictor, directory, settings.outside == "refuse")


def _serve_alone(settings: ServerSettings, predictor: str, directory: Path) -> None:
    service = _load(settings, predictor, directory)
    worker.run(service, bind(settings), settings, Board(1, metrics.COLUMNS), 0)


def _serve_forked(settings: ServerSettings, predictor: str, directory: Path) -> None:
    import uvicorn  # noqa: F401  # before the first fork, so that it is imported once

    from sagepipe.serving import app  # noqa: F401

    first = bind(settings)
    board = Board(settings.workers, metrics.COLUMNS)
    porter = Porter(first, settings, board)
    # Libraries make many objects that stay; looking for garbage among them takes 7 % of the start.
    gc.disable()
    try:
        service = _load(settings, predictor, directory)
        listeners = [first, *(bind(settings, shared=True) for _ in range(1, settings.workers))]
        # What is loaded stays shared: the collector would write into every object there is.
        gc.collect()
        gc.freeze()
        gc.enable()
        porter.relieve()
    except BaseException:
        porter.kill()
        raise
    supervisor = Supervisor(
        settings.workers,
        partial(_work, service, listeners, settings, board, os.getpid()),
        board,
        settings.seconds + _SILENCE_SECONDS,
    )

    def close() -> None:
        for listener in listeners:
            listener.close()

    supervisor.run(on_stop=close)
    worker.leave(0)


def _work(
    service: Service,
    listeners: Sequence[socket.socket],
    settings: ServerSettings,
    board: Board,
    supervisor: int,
    number: int,
) -> NoReturn:
    """Be a worker; another one's socket, left open here, would go on taking connections."""
    for listener in listeners:
        if listener is not listeners[number]:
            listener.close()
    worker.run(service, listeners[number], settings, board, number, supervisor)


def bind(settings: ServerSettings, shared: bool = False) -> socket.socket:
    """Take the port.

    Each worker has a socket of its own, among which the system shares out connections. They stay
    open here: what waits in the socket of a worker that ended is answered by the one after it.

    Args:
        settings: Where to listen.
        shared: Whether this program has the port already.

    Returns:
        The socket, listening.

    Raises:
        ServingError: Somebody else has the port, or it may not be taken.
    """
    try:
        if not shared:
            _socket(settings, shared=False).close()
        return _socket(settings, shared=True)
    except OSError as error:
        raise ServingError(
            f"can't listen on {settings.host} port {settings.port}: {error.strerror}; "
            f"choose another with {hosting.PORT_VARIABLE}"
        ) from None


def _socket(settings: ServerSettings, shared: bool) -> socket.socket:
    # With the protocol named, asyncio turns Nagle's algorithm off; it costs 40 ms a request else.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared and hasattr(socket, "SO_REUSEPORT"):
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind((settings.host, settings.port))
        if shared:
            listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener
