"""One JSON line on stdout for each request, with nothing of what it carried."""

import os
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from random import getrandbits
from typing import Any

from sagepipe.contract import hosting
from sagepipe.serving.asgi import ARRIVED, AsgiApplication, Message, Receive, Scope, Send

_INFERENCE_ID = hosting.INFERENCE_ID_HEADER.lower().encode()
_ID_CHARACTERS = 64
# Lines of several processes do not mix in a pipe, if each is one write of up to 4,096 bytes.
_PATH_CHARACTERS = 200
_STDOUT = 1


class RequestLog:
    """ASGI middleware that writes the lines.

    A ``/ping`` that got 200 is left out: SageMaker sends one every few seconds. The application
    puts what it answers, and what else there is to say, into ``scope["state"]["log"]``.

    Args:
        app: The application it stands before.
        worker: The number of this process among its like.
        count: Called with the line of each ``/invocations``.
    """

    def __init__(
        self, app: AsgiApplication, worker: int, count: Callable[[Mapping[str, Any]], None]
    ) -> None:
        self._app = app
        self._worker = worker
        self._count = count

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and write its line when it is answered."""
        started = time.perf_counter()
        state = scope.setdefault("state", {})
        arrived = state.get(ARRIVED)
        line: dict[str, Any] = {
            "time": _now(),
            "id": _id(scope),
            "worker": self._worker,
            "method": scope["method"],
            "path": scope["path"][:_PATH_CHARACTERS],
            "status": None,
            "bytes_in": arrived or 0,
            "bytes_out": 0,
        }
        state["log"] = line

        async def counted() -> Message:
            message = await receive()
            line["bytes_in"] += len(message.get("body", b""))
            return message

        try:
            await self._app(scope, counted if arrived is None else receive, send)
        finally:
            line["milliseconds"] = int((time.perf_counter() - started) * 1e6) / 1000
            if line["path"] == hosting.INVOCATIONS_PATH:
                self._count(line)
            if (line["path"], line["status"]) != (hosting.PING_PATH, 200):
                write(line)


def event(what: str, **facts: Any) -> None:
    """Write a line about something that is no request."""
    write({"time": _now(), "event": what, **facts})


def write(line: Mapping[str, Any]) -> None:
    """Write one line of JSON to stdout."""
    import orjson

    os.write(_STDOUT, orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))


def _id(scope: Scope) -> str:
    """Take the caller's id of the request, or make one up."""
    for name, value in scope["headers"]:
        if name == _INFERENCE_ID and value:
            text: str = value.decode("latin-1")[:_ID_CHARACTERS]
            return text
    return f"{getrandbits(128):032x}"


def _now() -> str:
    """Write the time in milliseconds."""
    second, rest = divmod(time.time_ns(), 1_000_000_000)
    return f"{_second(second)}.{rest // 1_000_000:03d}+00:00"


@lru_cache(maxsize=1)  # put into words once a second, not for each request
def _second(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")
