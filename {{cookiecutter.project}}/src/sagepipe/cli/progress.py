"""How a run goes on: a live table on a terminal, plain lines or JSON elsewhere."""

import json
import sys
from contextlib import AbstractContextManager
from dataclasses import asdict
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Protocol

from sagepipe.cli.output import COLOURS, MARKS, as_plain, numbers, took
from sagepipe.local import Event

FINISHED = ("Succeeded", "Failed", "Stopped")


class Progress(AbstractContextManager["Progress"], Protocol):
    """Something that is told of each change."""

    def update(self, event: Event) -> None:
        """Take note of a change."""


def progress(as_json: bool) -> Progress:
    """Choose how to show a run, by who reads."""
    if as_json:
        return JsonLines()
    return Live() if sys.stdout.isatty() else Lines()


class JsonLines:
    """One JSON object a change."""

    def __enter__(self) -> "JsonLines":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def update(self, event: Event) -> None:
        """Write a change."""
        print(json.dumps({"event": asdict(event)}, default=as_plain), flush=True)


class Lines:
    """One line a change, for logs and CI."""

    def __init__(self) -> None:
        self._started: dict[str, datetime] = {}

    def __enter__(self) -> "Lines":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def update(self, event: Event) -> None:
        """Write a change."""
        if event.step is None:
            if event.status == "Executing":
                print(f"run {event.execution_id}", flush=True)
            return
        started = self._started.setdefault(event.step, event.time)
        if event.status == "Starting":
            return
        parts = [f"  {MARKS.get(event.status, ' ')} {event.step:<20} {event.status:<10}"]
        if event.status in FINISHED:
            parts.append(took(started, event.time))
        if event.outcome is not None:
            parts.append(str(event.outcome))
        if event.metrics:
            parts.append(numbers(event.metrics, limit=4))
        print("  ".join(parts).rstrip(), flush=True)


class Live:
    """A table that is drawn anew while the run goes on."""

    def __init__(self) -> None:
        from rich.live import Live as RichLive

        self._steps: dict[str, list[Event]] = {}
        self._title = ""
        self._live = RichLive(get_renderable=self._draw, refresh_per_second=8)

    def __enter__(self) -> "Live":
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._live.stop()

    def update(self, event: Event) -> None:
        """Take note of a change."""
        self._title = f"run {event.execution_id}"
        if event.step is not None:
            self._steps.setdefault(event.step, []).append(event)

    def _draw(self) -> Any:
        from rich import box
        from rich.markup import escape
        from rich.spinner import Spinner
        from rich.table import Table
        from rich.text import Text

        table = Table(box=box.SIMPLE, title=self._title, title_justify="left", show_header=False)
        for name, events in self._steps.items():
            last = events[-1]
            finished = last.status in FINISHED
            end = last.time if finished else datetime.now(UTC)
            colour = COLOURS.get(last.status, "white")
            mark = Text(MARKS[last.status], style=colour) if finished else Spinner("dots")
            detail = (
                escape(last.reason.splitlines()[0]) if last.reason else numbers(last.metrics, 4)
            )
            if last.outcome is not None:
                detail = str(last.outcome)
            table.add_row(
                mark, name, f"[{colour}]{last.status}[/]", took(events[0].time, end), detail
            )
        return table
