"""How a run goes on: a live view on a terminal, plain lines or JSON elsewhere."""

import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict
from datetime import datetime
from typing import Any, Protocol

from sagepipe.cli import plain
from sagepipe.cli.output import MARKS, numbers, took
from sagepipe.local import Event

FINISHED = ("Succeeded", "Failed", "Stopped", "CompletedWithFailures")
_REASON = 120  # characters of a reason: the whole of it stands below, once the run has ended
STOPPING = "stopping: what runs has 120 s to end by itself; Ctrl-C once more ends it at once"


class Progress(AbstractContextManager["Progress"], Protocol):
    """Something that is told of each change."""

    def update(self, event: Event) -> None:
        """Take note of a change."""


def progress(as_json: bool, definition: Mapping[str, Any], at_terminal: bool = False) -> Progress:
    """Choose how to show a run, by who reads.

    Args:
        as_json: Whether a machine does.
        definition: What runs.
        at_terminal: Whether a step has the terminal for a while.

    Returns:
        What is to be told of each change.
    """
    if as_json:
        return JsonLines()
    if at_terminal or not sys.stdout.isatty():
        return Lines()
    from sagepipe.cli.live import Live

    return Live(definition)


class JsonLines:
    """One JSON object a change."""

    def __enter__(self) -> "JsonLines":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def update(self, event: Event) -> None:
        """Write a change."""
        print(plain.line({"event": asdict(event)}), flush=True)


class Lines:
    """One line a change, for logs and CI."""

    def __init__(self) -> None:
        self._started: dict[str, datetime] = {}
        self._last: dict[str, str] = {}

    def __enter__(self) -> "Lines":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def update(self, event: Event) -> None:
        """Write a change."""
        if event.step is None:
            if event.status == "Executing":
                print(f"run {event.execution_id}", flush=True)
            elif event.status == "Stopping":
                print(STOPPING, flush=True)
            return
        started = self._started.setdefault(event.step, event.time)
        # A step of several jobs says that it executes at each of them.
        same = self._last.get(event.step) == event.status == "Executing"
        self._last[event.step] = event.status
        if same or event.status == "Starting":
            return
        parts = [f"  {MARKS.get(event.status, ' ')} {event.step:<20} {event.status:<10}"]
        if event.status in FINISHED:
            parts.append(took(started, event.time))
        if event.reused_from:
            parts.append(f"from run {event.reused_from}")
        if event.outcome is not None:
            parts.append(str(event.outcome))
        if event.metrics:
            parts.append(numbers(event.metrics, limit=4))
        if event.reason:
            parts.append(_beginning(event.reason))
        print("  ".join(parts).rstrip(), flush=True)


def _beginning(reason: str) -> str:
    line = reason.partition("\n")[0]
    return line if len(line) <= _REASON else f"{line[:_REASON].rstrip()} …"
