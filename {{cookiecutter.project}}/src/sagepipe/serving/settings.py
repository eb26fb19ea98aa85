"""Where to listen and how much to take, as the environment variables say."""

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sagepipe.contract import hosting
from sagepipe.serving.errors import ServingError

# Requests that wait in a worker. A request that waits behind more than that is better sent again.
_MOST_WAITING = 100
_MOST_WORKERS = 256


@dataclass(frozen=True)
class ServerSettings:
    """What the server is told.

    Attributes:
        host: Address to listen on.
        port: Port to listen on.
        workers: Processes that predict.
        seconds: How long the model may take over one prediction.
        most_waiting: Requests that may wait in each worker.
        max_body_bytes: Larger bodies are refused.
        accept: The Accept header of requests that have none.
        checksum: What the model folder has to have; empty where it is not known.
        outside: ``refuse`` values that training's expectations refuse, or ``report`` them.
    """

    host: str = "0.0.0.0"
    port: int = hosting.DEFAULT_PORT
    workers: int = 1
    seconds: int = hosting.INVOCATION_SECONDS
    most_waiting: int = _MOST_WAITING
    max_body_bytes: int = hosting.PAYLOAD_BYTES
    accept: str = ""
    checksum: str = ""
    outside: str = hosting.OUTSIDE[0]

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> "ServerSettings":
        """Read the settings.

        Args:
            environment: The process's environment variables.

        Returns:
            The settings, SageMaker's defaults where it says nothing and a worker for each CPU.

        Raises:
            ServingError: A variable is not a number in its range, or not one of its words.
        """
        # A transform job sends 0 for a body of any length.
        megabytes = _number(environment, [hosting.BATCH_PAYLOAD_VARIABLE], -1, 0, 100)
        limit = megabytes * hosting.MEBIBYTE or sys.maxsize
        # A transform job may wait longer than a caller of an endpoint; it doesn't say how long.
        in_transform = environment.get(hosting.BATCH_VARIABLE, "").lower() == "true"
        seconds = hosting.TRANSFORM_SECONDS if in_transform else hosting.INVOCATION_SECONDS
        return cls(
            host=environment.get(hosting.HOST_VARIABLE, "0.0.0.0"),
            port=_number(environment, [hosting.PORT_VARIABLE], hosting.DEFAULT_PORT, 1, 65535),
            workers=_number(environment, hosting.WORKERS_VARIABLES, _cpus(), 1, _MOST_WORKERS),
            seconds=_number(
                environment, hosting.TIMEOUT_VARIABLES, seconds, 1, hosting.TRANSFORM_SECONDS
            ),
            most_waiting=_number(environment, [hosting.QUEUE_VARIABLE], _MOST_WAITING, 1, 100_000),
            max_body_bytes=limit if megabytes >= 0 else hosting.PAYLOAD_BYTES,
            accept=environment.get(hosting.ACCEPT_VARIABLE, "").strip(),
            checksum=environment.get(hosting.CHECKSUM_VARIABLE, ""),
            outside=_outside(environment.get(hosting.OUTSIDE_VARIABLE, hosting.OUTSIDE[0])),
        )


def _cpus() -> int:
    """Count the CPUs that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _outside(text: str) -> str:
    if text not in hosting.OUTSIDE:
        raise ServingError(
            f"{hosting.OUTSIDE_VARIABLE}={text!r} is not one of {', '.join(hosting.OUTSIDE)}"
        )
    return text


def _number(
    environment: Mapping[str, str], names: Sequence[str], default: int, low: int, high: int
) -> int:
    for name in names:
        text = environment.get(name)
        if text is None:
            continue
        if not text.isdecimal() or not low <= int(text) <= high:
            raise ServingError(f"{name}={text!r} is not a whole number from {low} to {high}")
        return int(text)
    return default
