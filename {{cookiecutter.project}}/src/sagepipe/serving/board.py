"""Numbers that all workers share: each writes its own row, anyone may read them all."""

import mmap
from collections.abc import Sequence


class Board:
    """A table of numbers in memory that forked processes share.

    It needs no file, so a container whose file system is read-only has it too.

    Args:
        rows: How many processes write into it.
        names: The columns.
    """

    def __init__(self, rows: int, names: Sequence[str]) -> None:
        self._columns = {name: number for number, name in enumerate(names)}
        self._rows = rows
        self._numbers = memoryview(mmap.mmap(-1, rows * len(names) * 8)).cast("d")

    def row(self, number: int) -> "Row":
        """Take the row of one process; only that process may write into it."""
        return Row(
            self._numbers[number * len(self._columns) :][: len(self._columns)], self._columns
        )

    def total(self, name: str) -> float:
        """Add a column up over all rows."""
        return sum(self.row(number)[name] for number in range(self._rows))


class Row:
    """The numbers of one process."""

    def __init__(self, numbers: "memoryview[float]", columns: dict[str, int]) -> None:
        self._numbers = numbers
        self._columns = columns

    def __getitem__(self, name: str) -> float:
        """Read a number."""
        value: float = self._numbers[self._columns[name]]
        return value

    def __setitem__(self, name: str, value: float) -> None:
        """Write a number."""
        self._numbers[self._columns[name]] = value

    def add(self, name: str, amount: float = 1) -> None:
        """Add to a number."""
        self._numbers[self._columns[name]] += amount
