"""One JSON line on stdout for each request, with nothing of what it carried."""

import json
import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sagepipe.contract import hosting

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send


class RequestLog:
    """ASGI middleware that writes the lines.

    A ``/ping`` that got 200 is left out: SageMaker sends one every few seconds. What an endpoint
    puts into ``scope["state"]["log"]`` is added to the line.

    Args:
        app: The application it stands before.
    """

    def __init__(self, app: "ASGIApp") -> None:
        self._app = app

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Pass a request on, and write its line when it is answered."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        line: dict[str, Any] = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "method": scope["method"],
            "path": scope["path"],
            "status": None,
            "bytes_in": 0,
            "bytes_out": 0,
        }
        scope.setdefault("state", {})["log"] = line

        async def counted_receive() -> "Message":
            message = await receive()
            line["bytes_in"] += len(message.get("body", b""))
            return message

        async def counted_send(message: "Message") -> None:
            if message["type"] == "http.response.start":
                line["status"] = message["status"]
            line["bytes_out"] += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, counted_receive, counted_send)
        finally:
            line["milliseconds"] = round((time.perf_counter() - started) * 1000, 3)
            if (line["path"], line["status"]) != (hosting.PING_PATH, 200):
                write(line)


def write(line: dict[str, Any]) -> None:
    """Write one line of JSON to stdout."""
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()
