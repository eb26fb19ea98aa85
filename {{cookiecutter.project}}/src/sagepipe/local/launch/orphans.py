"""Ending what a job leaves behind, and what a runner leaves behind that was killed.

A job's process group ends with the job. A child that has left that group (a daemon, ``setsid``) is
found by what it inherited: the environment variable that says where the job's ``/opt/ml`` is. That
works where ``/proc`` shows environments, on Linux; elsewhere such a child is not found.

The guardian imports this file without the library: the standard library has to do.
"""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

_ROUNDS = 1000
_NOTE = "[sagepipe] the process of this run is gone, so this step was killed\n"


def end(mark: str) -> int:
    """Kill every process that has an entry in its environment.

    Args:
        mark: The entry, ``NAME=value``.

    Returns:
        How many there were.
    """
    ended: set[int] = set()
    for _ in range(_ROUNDS):  # what is killed may just have started another
        found = set(_carrying(os.fsencode(mark)))
        if not found:
            break
        if found <= ended:
            time.sleep(0.001)  # they are on their way out
        for pid in found:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        ended |= found
    return len(ended)


def _carrying(mark: bytes) -> Iterator[int]:
    needle = b"\0" + mark + b"\0"
    try:
        names = os.listdir("/proc")
    except OSError:
        return
    for name in names:
        if not name.isdigit():
            continue
        try:
            descriptor = os.open(f"/proc/{name}/environ", os.O_RDONLY)
        except OSError:  # another user's, or gone
            continue
        try:
            if needle in b"\0" + _all(descriptor):
                yield int(name)
        except OSError:
            continue
        finally:
            os.close(descriptor)


def _all(descriptor: int) -> bytes:
    content = os.read(descriptor, 65536)
    while more := os.read(descriptor, 65536) if content else b"":
        content += more
    return content


def finish(told: str) -> None:
    """End the jobs that a runner has not ended itself.

    Args:
        told: What it said while it was there. Each line is a JSON object with a job's ``mark``, and
            ``over``: true where the job has come to its end, or else ``log`` and ``undo`` (before
            it starts) or ``group`` (once it has started).
    """
    jobs: dict[str, dict[str, Any]] = {}
    for line in told.splitlines():
        with suppress(ValueError, KeyError):  # the runner was killed in the middle of a line
            fact = json.loads(line)
            if fact.get("over"):
                jobs.pop(fact["mark"], None)
            else:
                jobs.setdefault(fact["mark"], {}).update(fact)
    for job in jobs.values():
        _finish(job)


def _finish(job: dict[str, Any]) -> None:
    with suppress(OSError, KeyError), open(job["log"], "a", encoding="utf-8") as log:
        log.write(_NOTE)
    if job.get("group"):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(job["group"], signal.SIGKILL)
    end(job["mark"])
    if job.get("undo"):
        with suppress(OSError):
            subprocess.run(
                job["undo"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
