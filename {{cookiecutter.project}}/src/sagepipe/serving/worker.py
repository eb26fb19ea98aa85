"""One process that answers requests."""

import asyncio
import gc
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Coroutine
from importlib.util import find_spec
from typing import Any, NoReturn

from sagepipe.contract import hosting
from sagepipe.serving import metrics
from sagepipe.serving.board import Board, Row
from sagepipe.serving.service import Service
from sagepipe.serving.settings import ServerSettings

# A kept connection outlives nginx's default of 75 s between two requests.
_KEEP_ALIVE_SECONDS = 90
# Running requests get this long after SIGTERM; SIGKILL comes at hosting.STOP_SECONDS.
DRAIN_SECONDS = hosting.STOP_SECONDS - 5
BEAT_SECONDS = 0.5
# Exit status of a worker whose model hangs, and how long its last answers may take.
HUNG = 75  # EX_TEMPFAIL of sysexits.h
_LAST_WORDS_SECONDS = 0.5
# After so many new objects garbage is looked for: Python's 700 are those of a few requests.
_NEW_OBJECTS = 10_000


def run(
    service: Service | None,
    listener: socket.socket,
    settings: ServerSettings,
    board: Board,
    number: int,
    supervisor: int | None = None,
    on_close: Callable[[], None] | None = None,
) -> NoReturn:
    """Answer requests until SIGTERM, then exit.

    Args:
        service: The model; None answers 503 to everything.
        listener: The bound socket.
        settings: How much to take.
        board: What all workers count.
        number: The worker's own, from 0.
        supervisor: Process id of the one above; without it, the worker ends.
        on_close: Called when it takes no more connections, if another process then does.
    """
    import uvicorn

    from sagepipe.serving.app import Application
    from sagepipe.serving.httpserver import Server
    from sagepipe.serving.requestlog import RequestLog

    for signal_number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signal_number, lambda *_: sys.exit(0))
    gc.set_threshold(_NEW_OBJECTS)
    application = Application(service, settings, board, number, on_hang=_give_up)
    config = uvicorn.Config(
        RequestLog(application, number, application.count),
        http=_protocol(),
        ws="none",
        access_log=False,
        log_config=None,
        log_level="error",
        server_header=False,
        lifespan="off",
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )
    server = Server(config, listener, on_close)
    status = 0
    try:
        with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
            alive = _beat(board.row(number), supervisor)
            runner.run(_serve(server, listener, alive, application.close))
    except SystemExit as left:
        # After draining, uvicorn raises the signal that stopped it once more: the handler exits.
        status = int(left.code or 0)
    leave(status)


async def _serve(
    server: Any,
    listener: socket.socket,
    beat: Coroutine[Any, Any, None],
    close: Callable[[], None],
) -> None:
    alive = asyncio.create_task(beat)
    try:
        await server.serve(sockets=[listener])
    finally:
        close()
        alive.cancel()


async def _beat(row: Row, supervisor: int | None) -> None:
    """Tell the supervisor that the event loop turns; leave when it is there no more."""
    while True:
        row[metrics.BEAT] = time.monotonic()
        await asyncio.sleep(BEAT_SECONDS)
        if supervisor not in (None, os.getppid()):
            leave(1)


def _give_up() -> None:
    """Leave a thread that can't be stopped, with a moment for the answers that are on their way."""
    asyncio.get_running_loop().call_later(_LAST_WORDS_SECONDS, leave, HUNG)


def _protocol() -> Any:
    """The parser in C where it is installed; uvicorn's other one has limits of its own."""
    if find_spec("httptools") is None:
        return "h11"
    from sagepipe.serving.protocol import BoundedProtocol

    return BoundedProtocol


def leave(status: int) -> NoReturn:
    """Exit without waiting for a prediction that outlasted the draining."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
