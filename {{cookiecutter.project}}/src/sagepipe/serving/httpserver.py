"""uvicorn's server, which at its end loses no connection that the system has taken."""

import asyncio
import socket
from collections.abc import Callable
from types import FrameType

import uvicorn


class Server(uvicorn.Server):
    """A server that stops taking connections the moment it is told to.

    Args:
        config: As uvicorn wants it.
        listener: The listening socket.
        on_close: Called when no more connections are taken; running requests go on. Without it,
            what waits in the socket is answered first, as nobody else will.
    """

    def __init__(
        self, config: uvicorn.Config, listener: socket.socket, on_close: Callable[[], None] | None
    ) -> None:
        super().__init__(config)
        self._listener = listener
        self._on_close = on_close
        self._told = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Note that a signal came."""
        super().handle_exit(sig, frame)
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._told.set)

    async def main_loop(self) -> None:
        """Tick as uvicorn does, until a signal comes."""
        self._loop = asyncio.get_running_loop()
        ticks = 0
        while not await self.on_tick(ticks):
            ticks += 1
            try:
                await asyncio.wait_for(self._told.wait(), 0.1)
            except TimeoutError:
                continue

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop taking connections, then drain."""
        with self._listener.dup() as last:
            for server in self.servers:
                server.close()
            self._listener.close()
            waiting = [] if self._on_close else _accepted(last)
        if self._on_close:
            self._on_close()
        loop = asyncio.get_running_loop()
        for connection in waiting:
            await loop.connect_accepted_socket(self._protocol, connection)
        await super().shutdown(sockets)

    def _protocol(self) -> asyncio.Protocol:
        protocol: asyncio.Protocol = self.config.http_protocol_class(  # type: ignore[call-arg]
            config=self.config,
            server_state=self.server_state,
            app_state=self.lifespan.state,
            _loop=asyncio.get_running_loop(),
        )
        return protocol


def _accepted(listener: socket.socket) -> list[socket.socket]:
    """Take all connections that wait in a socket."""
    listener.setblocking(False)
    found: list[socket.socket] = []
    while True:
        try:
            connection, _ = listener.accept()
        except ConnectionError:
            continue  # that caller has hung up already
        except OSError:
            return found
        connection.setblocking(False)
        found.append(connection)
