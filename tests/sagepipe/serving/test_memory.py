"""What a worker holds at most, whatever it is sent: a bounded multiple of the largest body."""

import socket
from pathlib import Path

import pytest

from .parquet_files import lying

pytestmark = pytest.mark.once

MEGABYTE = 1024 * 1024
LIMIT = 2 * MEGABYTE
# Python's own objects for the smallest cells that there are, measured: 50 times a body of 25 MB.
MOST = 100 * LIMIT + 64 * MEGABYTE


@pytest.fixture(params=["onnx", "sklearn"])
def server(request, start, model_directory, onnx_directory):
    """One new worker of each engine; memory that was used once stays with a process."""
    directory = onnx_directory if request.param == "onnx" else model_directory
    return start(directory, MODEL_SERVER_WORKERS="1", SAGEMAKER_MAX_PAYLOAD_IN_MB="2").wait(200)


def most_held(server) -> int:
    """Bytes that the worker has ever held."""
    pid = server.process.pid
    (worker,) = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[-1:]
    status = Path(f"/proc/{worker}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024


def filled(unit: str, before: str = "", after: str = "") -> str:
    """Repeat something until the body is as large as it may be."""
    return before + unit * ((LIMIT - len(before) - len(after)) // len(unit)) + after


COSTLY = {
    "lines without anything": ("text/csv", filled("\n", after="x"), 400),
    "lines without anything after a row": ("text/csv", filled("\n", "900.0,18,UA,false"), 200),
    "one row": ("text/csv", filled(","), 400),
    "the shortest rows": ("text/csv", filled(",1,,\n"), 200),
    "usual rows": ("text/csv", filled("900.0,18,UA,false\n"), 200),
    "records of nothing": ("application/json", filled("{},", "[", "{}]"), 400),
    "lists of nothing": ("application/json", filled("[],", "[", "[]]"), 400),
    "the shortest lists": (
        "application/json",
        filled('[0,0,"",true],', "[", '[0,0,"",true]]'),
        200,
    ),
    "depth": ("application/json", "[" * LIMIT, 400),
    "lines of nothing": ("application/jsonlines", filled("{}\n"), 400),
    "Parquet that stands for more than it says": (
        "application/x-parquet",
        lying(["distance", "hour", "carrier", "holiday"], 1500 * MEGABYTE),
        413,
    ),
}


def test_is_bounded_for_the_worst_bodies(server):
    before = most_held(server)
    for name, (content_type, body, status) in COSTLY.items():
        reply = server.invoke(body, content_type, Accept="text/csv")
        assert reply.status == status, (name, reply.body[:300])
    assert most_held(server) - before < MOST


def test_is_bounded_for_callers_that_stop_in_the_middle(server):
    """What is held of all bodies together is four times the largest; the rest is thrown away."""
    before = most_held(server)
    head = (
        b"POST /invocations HTTP/1.1\r\nHost: model\r\nContent-Type: text/csv\r\n"
        b"Content-Length: %d\r\n\r\n" % LIMIT
    )
    callers = []
    for _ in range(80):
        caller = socket.create_connection(("127.0.0.1", server.port), timeout=180)
        caller.sendall(head + b"x" * (LIMIT - 1))
        callers.append(caller)
    assert server.ping() == 200
    assert most_held(server) - before < 80 * LIMIT / 2
    for caller in callers:
        caller.close()
