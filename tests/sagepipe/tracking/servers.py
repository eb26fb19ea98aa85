"""MLflow's own server, and one in front of it that goes wrong in a chosen way."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from sagepipe.local.jobs.endpoint import free_port

_START = 300.0  # seconds that MLflow's server may take on a busy machine


@contextmanager
def mlflow_server(folder: Path, backend: str, *options: str, **environment: str) -> Iterator[str]:
    """Run MLflow's server until the block ends.

    Args:
        folder: Its working folder; ``server.txt`` there has its output.
        backend: The store behind it.
        options: Of the command line.
        environment: More variables.

    Yields:
        Its address.
    """
    port = free_port()
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1"]
    command += ["--port", str(port), "--backend-store-uri", backend, "--workers", "1", *options]
    settings = {
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "PYTHONWARNINGS": "ignore",
    }
    with (folder / "server.txt").open("w") as log:
        process = subprocess.Popen(
            command,
            cwd=folder,
            stdout=log,
            stderr=log,
            env={**os.environ, **settings, **environment},
            start_new_session=True,
        )
    try:
        address = f"http://127.0.0.1:{port}"
        wait(process, f"{address}/health", folder / "server.txt")
        yield address
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(120)


def wait(process: "subprocess.Popen[bytes]", address: str, log: Path) -> None:
    """Wait until something answers at an address."""

    def answers() -> bool:
        try:
            with urllib.request.urlopen(address, timeout=60):
                return True
        except OSError:
            return False

    until(answers, process, log)


def until(ready: Callable[[], bool], process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Wait until a process is ready.

    Raises:
        AssertionError: It ended, or took too long; its log says more.
    """
    end = time.monotonic() + _START
    while time.monotonic() < end and process.poll() is None:
        if ready():
            return
        threading.Event().wait(0.1)
    raise AssertionError(f"{process.args!r} is not ready:\n{log.read_text()}")


class Faulty(ThreadingHTTPServer):
    """Passes requests on to a server, unless it is told to do otherwise.

    Attributes:
        address: Where it listens.
        fault: What it does: ``""`` pass on, ``drop`` the connection, ``hang``, ``slow``, or a
            status that it answers with.
        after: How many requests that write to a run it passes on first.
        lost: Words that a request has in its method and path whose answer is lost, though it was
            passed on; no later one is answered then.
        asked: How many requests there were.
    """

    daemon_threads = True

    def __init__(self, behind: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.behind = urlsplit(behind)
        self.address = f"http://127.0.0.1:{self.server_address[1]}"
        self.fault = ""
        self.after = 0
        self.lost = ""
        self.asked = 0
        self.released = threading.Event()


class _Handler(BaseHTTPRequestHandler):
    server: Faulty
    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        server = self.server
        server.asked += 1
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if server.fault and server.after <= 0:
            if server.fault == "drop":
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            if server.fault == "hang":
                server.released.wait()
                self.close_connection = True
                return
            if server.fault.isdigit():
                self.send_response(int(server.fault))
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            server.released.wait(0.05)  # slow
        if server.fault and "log-batch" in self.path:
            server.after -= 1
        asked = f"{self.command} {self.path}"
        if server.lost and all(word in asked for word in server.lost.split()):
            server.fault = "drop"
        self._pass_on(body)

    def _pass_on(self, body: bytes) -> None:
        behind = self.server.behind
        with closing(http.client.HTTPConnection(str(behind.hostname), behind.port or 80)) as ahead:
            headers = {name: text for name, text in self.headers.items() if name != "Host"}
            ahead.request(self.command, self.path, body, headers)
            answer = ahead.getresponse()
            content = answer.read()
        if self.server.fault == "drop":
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.send_response(answer.status)
        for name in ("Content-Type", "X-Mlflow-Signature"):
            if text := answer.getheader(name):
                self.send_header(name, text)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def faulty(behind: str) -> Iterator[Faulty]:
    """Run a server that goes wrong in front of another."""
    server = Faulty(behind)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        server.shutdown()
        server.server_close()
        thread.join()
