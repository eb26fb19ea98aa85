"""Whether a port is free."""

import socket

from sagepipe.contract.errors import SagepipeError


def check_free(port: int) -> None:
    """Refuse a port that something listens on.

    Raises:
        SagepipeError: It is taken.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise SagepipeError(
                f"port {port} of this machine is taken; choose another with --port"
            ) from None
