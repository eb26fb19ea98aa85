"""Tables for people: columns are as wide as what stands in them, the last gives way."""

import shutil
import sys
from collections.abc import Sequence

GAP = "   "


def lines(
    headers: Sequence[str], rows: Sequence[Sequence[str]], width: int | None = None
) -> list[str]:
    """Write a table.

    Args:
        headers: The columns' names.
        rows: What stands in them.
        width: The most characters of a line, which cut the last column; none where the reader is
            no terminal.

    Returns:
        Its lines: the headers, a rule, the rows.
    """
    every = [list(headers), *(list(row) for row in rows)]
    widths = [max(len(row[index]) for row in every) for index in range(len(headers))]
    written = [
        GAP.join(cell.ljust(size) for cell, size in zip(row, widths, strict=True)).rstrip()
        for row in every
    ]
    written.insert(1, "─" * min(max(map(len, written)), width or 10_000))
    return [
        line if not width or len(line) <= width else f"{line[: width - 1]}…" for line in written
    ]


def show(
    headers: Sequence[str], rows: Sequence[Sequence[str]], colours: Sequence[str] | None = None
) -> None:
    """Print a table, in a terminal as wide as that is.

    Args:
        headers: The columns' names.
        rows: What stands in them.
        colours: A colour for each row, where the reader is a terminal.
    """
    terminal = sys.stdout.isatty()
    width = shutil.get_terminal_size().columns if terminal else None
    head, rule, *body = lines(headers, rows, width)
    print(head)
    print(rule)
    for index, line in enumerate(body):
        code = _ANSI.get(colours[index], "") if colours and terminal else ""
        print(f"{code}{line}\x1b[0m" if code else line)


_ANSI = {"red": "\x1b[31m", "yellow": "\x1b[33m", "cyan": "\x1b[36m"}
