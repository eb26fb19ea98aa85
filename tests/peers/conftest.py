"""The peers run on this machine only, and their pipelines are imported by name."""

import socket
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
FOLDERS = [HERE, HERE.parent / "sagepipe" / "compiler"]
sys.path[:0] = [str(folder) for folder in FOLDERS if str(folder) not in sys.path]


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    """Refuse whatever would leave this machine."""

    def refuse(*arguments, **_):
        raise AssertionError(f"a test of the peers wanted the network: {arguments[-1]}")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
