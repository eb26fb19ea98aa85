"""A model at work on this machine: its container's serve command, asked over HTTP."""

import errno
import http.client
import json
import random
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Thread
from typing import Any

from sagepipe.contract import hosting, limits
from sagepipe.local.control import JobProcess
from sagepipe.local.errors import StepError
from sagepipe.local.launch.launch import Launch

SERVED = "Served"  # why a model that has done its work is stopped
_AGAIN_SECONDS = 0.05
# Below those that systems give to whoever asks for any (32768 and up on Linux, 49152 elsewhere): no
# other program gets one by chance before the model listens there.
_PORTS = range(20_000, 32_000)
_RETRIED = (429, 500, 502, 503, 504)


@dataclass(frozen=True)
class Answer:
    """What a request came to.

    Attributes:
        status: The HTTP status; 0 where none came.
        body: The body, or what went wrong.
    """

    status: int
    body: bytes

    @property
    def good(self) -> bool:
        """Whether it holds predictions."""
        return 200 <= self.status < 300


class Endpoint:
    """Starts a model's container, and asks it.

    Args:
        process: Runs it.
        launch: What to run; it has a port.
    """

    def __init__(self, process: JobProcess, launch: Launch) -> None:
        assert launch.port is not None
        self._process = process
        self._launch = launch
        self._port = launch.port
        self._status: int | None = None
        self._error: Exception | None = None
        self._thread = Thread(target=self._run, name=f"serve-{self._port}", daemon=True)

    def start(self, executing: Callable[[], None]) -> None:
        """Start it and wait until it is healthy.

        Args:
            executing: Called once it is.

        Raises:
            StepError: It ended, or was not healthy in time.
        """
        self._thread.start()
        end = time.monotonic() + hosting.STARTUP_SECONDS
        while self._thread.is_alive() and not self._process.stopped:
            if self._get(hosting.PING_PATH).status == 200:
                executing()
                return
            if time.monotonic() > end:
                raise StepError(
                    f"the model did not answer GET {hosting.PING_PATH} with 200 within "
                    f"{hosting.STARTUP_SECONDS} s",
                    "AlgorithmError",
                )
            time.sleep(_AGAIN_SECONDS)
        if self._error:
            raise self._error
        raise StepError(
            f"the model's container ended before it answered GET {hosting.PING_PATH} "
            f"(exit code {self._status})",
            "AlgorithmError",
        )

    def execution_parameters(self) -> Mapping[str, Any]:
        """Ask what it can take.

        Returns:
            What it says; nothing where it doesn't know the question.
        """
        answer = self._get(hosting.EXECUTION_PARAMETERS_PATH)
        try:
            found = json.loads(answer.body) if answer.good else {}
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    def invoke(
        self, body: bytes, headers: Mapping[str, str], timeout: float, retries: int
    ) -> Answer:
        """Ask for predictions.

        Args:
            body: The request's body.
            headers: Its headers.
            timeout: Seconds that an answer may take.
            retries: How often a request is sent again that got no answer, or a server's error.

        Returns:
            The last answer.
        """
        for last in (*[False] * retries, True):
            answer = self._ask("POST", hosting.INVOCATIONS_PATH, timeout, body, headers)
            if last or self._process.stopped or answer.status not in (0, *_RETRIED):
                return answer
            time.sleep(_AGAIN_SECONDS)
        raise AssertionError

    def stop(self) -> None:
        """Stop it as SageMaker does, and wait for its end."""
        self._process.terminate(SERVED)
        self._thread.join()

    def _run(self) -> None:
        try:
            self._status = self._process.run(
                self._launch, float(limits.TRAINING_MAX_RUNTIME_SECONDS), lambda: None
            )
        except Exception as error:
            self._error = error

    def _get(self, path: str) -> Answer:
        return self._ask("GET", path, hosting.PING_SECONDS)

    def _ask(
        self,
        method: str,
        path: str,
        timeout: float,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        connection = http.client.HTTPConnection(hosting.LOOPBACK, self._port, timeout=timeout)
        try:
            connection.request(method, path, body, dict(headers or {}))
            response = connection.getresponse()
            return Answer(response.status, response.read())
        except (OSError, http.client.HTTPException) as error:
            return Answer(0, f"no answer: {error or type(error).__name__}".encode())
        finally:
            connection.close()


def free_port() -> int:
    """Find a port of this machine that nobody has.

    Returns:
        The port.

    Raises:
        OSError: When this machine lets nobody listen.
    """
    while True:
        port = random.SystemRandom().choice(_PORTS)
        with socket.socket() as listener:
            try:
                listener.bind((hosting.LOOPBACK, port))
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise
            else:
                return port
