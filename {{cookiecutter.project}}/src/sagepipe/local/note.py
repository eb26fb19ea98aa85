"""The runner's own lines in a job's log; why the job failed, unless the job has said so itself."""

import re
from contextlib import suppress
from pathlib import Path

_TAIL = 64 * 1024
_BY_THE_JOB = re.compile(r"(?P<kind>\w+): (?P<said>.+), exit code: (?P<code>\d+)", re.DOTALL)
_PLACE = re.compile(r" \([^()]+:\d+\)$")  # a traceback says it in its own way


def add(log: Path, text: str) -> None:
    """Add a line.

    Args:
        log: The job's log.
        text: The line.
    """
    with suppress(OSError), open(log, "a", encoding="utf-8") as file:
        file.write(f"[sagepipe] {text}\n")


def failed(log: Path, reason: str) -> None:
    """Add why a job failed; of what the job itself has printed, only how it ended.

    Args:
        log: The job's log.
        reason: Why it failed.
    """
    match = _BY_THE_JOB.fullmatch(reason)
    if match and _words(_PLACE.sub("", match["said"])) in _words(_tail(log)):
        reason = f"{match['kind']}, exit code: {match['code']}"
    add(log, reason)


def _tail(log: Path) -> str:
    with suppress(OSError), open(log, "rb") as file:
        file.seek(max(0, file.seek(0, 2) - _TAIL))
        return file.read(_TAIL).decode(errors="replace")
    return ""


def _words(text: str) -> str:
    return " ".join(text.split())
