"""The port that a model is given."""

import errno
import socket

import pytest

from sagepipe.local.jobs import endpoint


@pytest.fixture
def taken():
    with socket.create_server(("127.0.0.1", endpoint.free_port())) as server:
        yield server.getsockname()[1]


def test_a_port_that_somebody_has_is_passed_over(monkeypatch, taken):
    other = endpoint.free_port()
    monkeypatch.setattr(endpoint, "_PORTS", (taken, other))
    assert {endpoint.free_port() for _ in range(50)} == {other}


def test_it_is_none_that_a_system_gives_to_whoever_asks_for_any():
    assert all(endpoint.free_port() < 32_768 for _ in range(50))


def test_a_machine_that_lets_nobody_listen_says_so(monkeypatch):
    monkeypatch.setattr(endpoint.hosting, "LOOPBACK", "192.0.2.1")  # an address it does not have
    with pytest.raises(OSError) as raised:
        endpoint.free_port()
    assert raised.value.errno == errno.EADDRNOTAVAIL
