"""A run on a terminal: each step's state and time, its metrics and last line as they appear."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any

from sagepipe.cli import logtail
from sagepipe.cli.logtail import LogTail
from sagepipe.cli.output import COLOURS, MARKS, numbers, took
from sagepipe.cli.progress import FINISHED, STOPPING
from sagepipe.local import Event

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.table import Table
    from rich.text import Text

_HEAD_LINES = 4  # what the view has besides its steps: title, blank lines, what is not shown
_WAITING = "·"


@dataclass
class _Row:
    """A step that has started."""

    name: str
    started: datetime
    last: Event
    tail: LogTail | None = None

    @property
    def finished(self) -> bool:
        return self.last.status in FINISHED


class Live:
    """A table that is drawn anew while the run goes on.

    Args:
        definition: What runs: its steps are shown before they start.
        console: Where to draw; the terminal where not given.
    """

    def __init__(self, definition: Mapping[str, Any], console: "Console | None" = None) -> None:
        from rich.console import Console
        from rich.live import Live as RichLive
        from rich.spinner import Spinner

        self._patterns = logtail.patterns(definition)
        self._names = _names(definition)
        self._rows: dict[str, _Row] = {}
        self._run: Event | None = None
        self._stopping = False
        self._over = False
        self._spinner = Spinner("dots")  # one for all: it turns by its own age
        self._console = console or Console()
        self._live = RichLive(self, console=self._console, refresh_per_second=8)

    def __enter__(self) -> "Live":
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over = True
        self._live.stop()

    def update(self, event: Event) -> None:
        """Take note of a change."""
        if event.step is None:
            self._run = self._run or event
            self._stopping = event.status == "Stopping"
            return
        row = self._rows.setdefault(event.step, _Row(event.step, event.time, event))
        row.last = event
        if event.log and row.tail is None:
            row.tail = LogTail(event.log, logtail.of_step(self._patterns, event.step))

    def __rich__(self) -> "RenderableType":
        """Draw the run as it is now."""
        from rich.console import Group
        from rich.text import Text

        rows = list(self._rows.values())  # the thread that draws is not the one that is told
        waiting = [] if self._over else [name for name in self._names if name not in self._rows]
        shown, listed = self._fitting(rows, waiting)
        lines: list[RenderableType] = [self._title(), self._table(shown, listed)]
        if len(shown) < len(rows):
            lines.append(Text(f"✓ {len(rows) - len(shown)} more succeeded", style="dim"))
        if len(listed) < len(waiting):
            lines.append(Text(f"{_WAITING} {len(waiting) - len(listed)} more wait", style="dim"))
        if self._stopping and not self._over:
            lines.append(Text(STOPPING, style="yellow"))
        return Group(*lines)

    def _fitting(self, rows: list[_Row], waiting: list[str]) -> tuple[list[_Row], list[str]]:
        """Choose what the terminal has room for: first what runs or failed, last what waits."""
        if self._over:
            return rows, waiting
        room = max(1, self._console.size.height - _HEAD_LINES)
        succeeded = [row for row in rows if row.last.status == "Succeeded"]
        kept = len(rows) - len(succeeded)
        hidden = {row.name for row in succeeded[: max(0, len(rows) - max(room, kept))]}
        shown = [row for row in rows if row.name not in hidden]
        return shown, waiting[: max(0, room - len(shown))]

    def _title(self) -> "Text":
        from rich.text import Text

        if self._run is None:
            return Text()
        since = "" if self._over else took(self._run.time, datetime.now(UTC))
        return Text.assemble(f"run {self._run.execution_id}", ("  " + since, "dim"))

    def _table(self, rows: list[_Row], waiting: list[str]) -> "Table":
        from rich.table import Table
        from rich.text import Text

        table = Table.grid(padding=(0, 2, 0, 0), expand=True)
        for _ in range(3):
            table.add_column(no_wrap=True)
        table.add_column(no_wrap=True, justify="right")
        table.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
        for row in rows:
            colour = COLOURS.get(row.last.status, "")
            mark = Text(MARKS[row.last.status], style=colour) if row.finished else self._spinner
            end = row.last.time if row.finished else datetime.now(UTC)
            table.add_row(
                mark,
                Text(row.name),
                Text(row.last.status, style=colour),
                took(row.started, end),
                self._detail(row),
            )
        for name in waiting:
            table.add_row(_WAITING, Text(name, style="dim"), Text("waits", style="dim"))
        return table

    def _detail(self, row: _Row) -> "Text":
        from rich.text import Text

        if row.finished:
            if row.last.outcome is not None:
                return Text(str(row.last.outcome))
            # The whole reason stands below the view once the run has ended.
            reason = "" if self._over else (row.last.reason or "").partition("\n")[0]
            reused = f"from run {row.last.reused_from}" if row.last.reused_from else ""
            found = reason or numbers(row.last.metrics, 4)
            return Text("  ".join(filter(None, (reused, found))))
        if row.tail is None:
            return Text()
        row.tail.read()
        found = numbers(row.tail.metrics, 4)
        return Text.assemble(found + "  " * bool(found), (row.tail.line, "dim"))


def _names(definition: Mapping[str, Any]) -> list[str]:
    """List the steps that may run under the names that they have in the definition."""
    from sagepipe.compiler import reading

    return [
        step.name
        for step in reading.steps(definition)
        if all(body.key != "ForEachBody" for body in step.within)
    ]
