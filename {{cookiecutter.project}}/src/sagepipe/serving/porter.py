"""The process at the door while the model is being loaded."""

import os
import signal
import socket

from sagepipe.serving import worker
from sagepipe.serving.board import Board
from sagepipe.serving.settings import ServerSettings
from sagepipe.serving.supervisor import fork


class Porter:
    """Answers 503 to everybody until it is relieved.

    It is a process of its own: what a model's libraries do while they are imported holds up every
    thread beside them.

    Args:
        listener: The socket, which stays open for those who come after.
        settings: How much to take.
        board: What workers count.
    """

    def __init__(self, listener: socket.socket, settings: ServerSettings, board: Board) -> None:
        self._closed, closing = os.pipe()
        above = os.getpid()
        self._process = fork(
            lambda: worker.run(None, listener, settings, board, 0, above, lambda: os.close(closing))
        )
        os.close(closing)

    def relieve(self) -> None:
        """Wait until it takes no more connections; those that it has it answers, and ends."""
        os.kill(self._process, signal.SIGTERM)
        os.read(self._closed, 1)
        os.close(self._closed)

    def kill(self) -> None:
        """End it at once."""
        os.kill(self._process, signal.SIGKILL)
