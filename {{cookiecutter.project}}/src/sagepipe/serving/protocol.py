"""HTTP as uvicorn speaks it, with an end to what a caller may send before its request's body."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from sagepipe.serving.asgi import ALONE, ARRIVED

# Request line and headers; nginx takes 32 KB, uvicorn's other parser 64.
_MOST_HEAD_BYTES = 64 * 1024
HEAD_SECONDS = 90
# For a request that is on its way when the server is told to end.
_LAST_REQUEST_SECONDS = 0.5


class BoundedProtocol(HttpToolsProtocol):
    """A connection whose request heads are neither too long nor too slow."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._in_head = True
        self._head_bytes = 0
        self._deadline: asyncio.TimerHandle | None = None
        self._ending = False

    def connection_made(self, transport: Any) -> None:
        """Start to wait for the first request."""
        super().connection_made(transport)
        self._set_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._clear_deadline()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """Note where a head begins."""
        self._in_head = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Note where it ends."""
        self._in_head = False
        self._head_bytes = 0
        self._clear_deadline()
        super().on_headers_complete()
        if self._ending:
            self.cycle.keep_alive = False

    def on_message_complete(self) -> None:
        """Note that all of it is there."""
        super().on_message_complete()
        if self.cycle is not None:
            self.scope["state"][ARRIVED] = len(self.cycle.body)
            self.scope["state"][ALONE] = len(self.connections) == 1

    def data_received(self, data: bytes) -> None:
        """Take what has come, as long as it is not too much."""
        super().data_received(data)
        if not self._in_head or self.transport.is_closing():
            return
        self._head_bytes += len(data)
        if self._head_bytes > _MOST_HEAD_BYTES:
            self.send_400_response(f"Headers of more than {_MOST_HEAD_BYTES} bytes.")
        elif self._deadline is None:
            self._set_deadline()

    def shutdown(self) -> None:
        """Answer what is asked already or in the next moment, and close."""
        self._ending = True
        if self._idle():
            self.loop.call_later(_LAST_REQUEST_SECONDS, self._close_if_idle)
        else:
            super().shutdown()

    def _idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _close_if_idle(self) -> None:
        if self._idle():
            self.transport.close()

    def _set_deadline(self) -> None:
        self._deadline = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _clear_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
