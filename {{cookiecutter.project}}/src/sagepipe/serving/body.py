"""Reading bodies: not too much of one, not too much of all together, and not for ever."""

import asyncio

from sagepipe.serving.asgi import ClientDisconnect, Headers, Receive
from sagepipe.serving.errors import Overloaded, PayloadTooLarge, RequestError, TooSlow

# Bodies held at the same time, as a multiple of the largest.
_BODIES = 4


class Intake:
    """Reads the bodies of one worker's requests.

    Args:
        limit: Bytes of the largest body that is taken.
        seconds: How long a body may take to arrive.
    """

    def __init__(self, limit: int, seconds: float) -> None:
        self._limit = limit
        self._most_held = limit * _BODIES
        self._seconds = seconds
        self._held = 0

    async def read(self, headers: Headers, receive: Receive, arrived: bool = False) -> bytes:
        """Read a body. ``release`` has to follow when it is no longer needed.

        One that is refused is read to its end and thrown away, or the caller would meet a reset
        connection instead of the answer; one that waits for ``100 Continue`` need not send it.

        Args:
            headers: The request's.
            receive: Where the body comes from.
            arrived: Whether all of it is there: then there is nothing to wait for.

        Returns:
            The body.

        Raises:
            PayloadTooLarge: It is larger than the limit.
            Overloaded: It, and those that are worked on, are.
            TooSlow: It did not arrive in time.
            ClientDisconnect: The caller hung up.
        """
        declared = headers.get("content-length")
        too_large = declared.isdecimal() and int(declared) > self._limit
        if too_large and headers.get("expect"):
            raise self._too_large()
        refused = self._too_large() if too_large else None
        if arrived:
            return await self._read(receive, refused)
        try:
            async with asyncio.timeout(self._seconds):
                return await self._read(receive, refused)
        except TimeoutError:
            raise TooSlow(f"the body did not arrive within {self._seconds:g} s") from None

    async def _read(self, receive: Receive, refused: RequestError | None) -> bytes:
        held = 0
        chunks: list[bytes] = []
        more = True
        try:
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise ClientDisconnect
                more = message.get("more_body", False)
                if refused is None:
                    chunk = message.get("body", b"")
                    held += len(chunk)
                    self._held += len(chunk)
                    chunks.append(chunk)
                    refused = self._refusal(held)
                if refused is not None:
                    chunks.clear()
            if refused is not None:
                raise refused
        except BaseException:
            self._held -= held
            raise
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    def release(self, body: bytes) -> None:
        """Count a body as no longer held."""
        self._held -= len(body)

    def _refusal(self, size: int) -> RequestError | None:
        if size > self._limit:
            return self._too_large()
        if self._held > self._most_held:
            return Overloaded("too many large requests at once; ask again in a moment")
        return None

    def _too_large(self) -> RequestError:
        return PayloadTooLarge(
            f"the body is larger than {self._limit:,} bytes; send fewer rows at a time"
        )
