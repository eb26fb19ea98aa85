"""The process: port, model folder, signals, exit status."""

import os
import signal
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sagepipe.contract import hosting, paths
from sagepipe.serving.errors import ModelError, ServingError

# A kept connection outlives nginx's default of 75 s between two requests.
_KEEP_ALIVE_SECONDS = 90
# Running requests get this long after SIGTERM; SIGKILL comes at hosting.STOP_SECONDS.
_DRAIN_SECONDS = hosting.STOP_SECONDS - 5


@dataclass(frozen=True)
class ServerSettings:
    """Where to listen and how much to take, as SageMaker's environment variables say."""

    host: str
    port: int
    max_body_bytes: int

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> "ServerSettings":
        """Read the settings.

        Args:
            environment: The process's environment variables.

        Returns:
            The settings, SageMaker's defaults where it says nothing.

        Raises:
            ServingError: A variable is not a number in its range.
        """
        port = _number(environment, hosting.PORT_VARIABLE, hosting.DEFAULT_PORT, 1, 65535)
        # A transform job sends 0 for a body of any length.
        megabytes = _number(environment, hosting.BATCH_PAYLOAD_VARIABLE, -1, 0, 100)
        limit = megabytes * hosting.MEBIBYTE or sys.maxsize
        return cls(
            host=environment.get(hosting.HOST_VARIABLE, "0.0.0.0"),
            port=port,
            max_body_bytes=limit if megabytes >= 0 else hosting.PAYLOAD_BYTES,
        )


def serve(predictor: str) -> None:
    """Serve until SIGTERM.

    Args:
        predictor: Name of the team's predictor module.

    Raises:
        SystemExit: Status 0 after SIGTERM, 1 with one line on stderr where the model or the port
            can't be used.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    # A request is too small to share out over threads; before NumPy and scikit-learn are imported.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    try:
        settings = ServerSettings.read(os.environ)
        _listen(settings, predictor, paths.relocate(paths.MODEL))
    except ServingError as error:
        sys.exit(f"serve: {error}")


def _listen(settings: ServerSettings, predictor: str, directory: Path) -> None:
    import uvicorn

    from sagepipe.serving import app
    from sagepipe.serving.service import Service

    failures: list[ModelError] = []

    def stop(error: ModelError) -> None:
        failures.append(error)
        server.should_exit = True

    listener = bind(settings)
    config = uvicorn.Config(
        app.create(Service(predictor, directory), stop, settings.max_body_bytes),
        access_log=False,
        log_config=None,
        server_header=False,
        lifespan="on",
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_DRAIN_SECONDS,
    )
    server = uvicorn.Server(config)
    status = 0
    try:
        server.run(sockets=[listener])
    except SystemExit as left:
        # After draining, uvicorn raises the signal that stopped it once more: the handler exits.
        status = int(left.code or 0)
    if failures:
        print(f"serve: {failures[0]}", file=sys.stderr)
        status = 1
    _leave(status)


def bind(settings: ServerSettings) -> socket.socket:
    """Take the port.

    Args:
        settings: Where to listen.

    Returns:
        The socket, bound.

    Raises:
        ServingError: Somebody else has the port, or it may not be taken.
    """
    # With the protocol named, asyncio turns Nagle's algorithm off; it costs 40 ms a request else.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        raise ServingError(
            f"can't listen on {settings.host} port {settings.port}: {error.strerror}; "
            f"choose another with {hosting.PORT_VARIABLE}"
        ) from None
    return listener


def _leave(status: int) -> None:
    """Exit without waiting for a prediction that outlasted the draining."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _number(environment: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    text = environment.get(name)
    if text is None:
        return default
    if not text.isdecimal() or not low <= int(text) <= high:
        raise ServingError(f"{name}={text!r} is not a whole number from {low} to {high}")
    return int(text)
