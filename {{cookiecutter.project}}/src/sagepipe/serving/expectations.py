"""What training's suites say of single values, held against the rows of a request."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from sagepipe.serving.errors import BadRequest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sagepipe.serving.columns import Columns

_SHOWN_VALUES = 5
_SHOWN_CHARACTERS = 40
# Up to so many rows Python compares sooner than NumPy starts.
_FEW_ROWS = 32

Value: TypeAlias = str | float | bool


class OutsideExpectations(BadRequest):
    """A value that would have stopped training (400)."""


@dataclass(frozen=True)
class Expectation:
    """What each value of a column has to be. A missing value is only refused by ``missing``.

    Attributes:
        column: The feature's name.
        low: No value is less.
        high: No value is more.
        strict_low: Nor is one equal to ``low``.
        strict_high: Nor to ``high``.
        among: There are only these values.
        not_among: There are none of these.
        missing: Whether a value may be missing.
        critical: Whether training refuses what is outside; it is only reported if not.
    """

    column: str
    low: float | None = None
    high: float | None = None
    strict_low: bool = False
    strict_high: bool = False
    among: tuple[Value, ...] | None = None
    not_among: tuple[Value, ...] | None = None
    missing: bool = True
    critical: bool = True

    @property
    def bounds(self) -> tuple[float, float]:
        """The least and the largest number that is not outside."""
        low = -math.inf if self.low is None else self.low
        high = math.inf if self.high is None else self.high
        return (
            math.nextafter(low, math.inf) if self.strict_low else low,
            math.nextafter(high, -math.inf) if self.strict_high else high,
        )

    def holds(self, value: Any) -> bool:
        """Say whether a value is what it has to be.

        Args:
            value: A number, text, true or false; None or NaN where it is missing.
        """
        if value is None or value != value:
            return self.missing
        if self.among is not None and value not in self.among:
            return False
        if self.not_among is not None and value in self.not_among:
            return False
        if self.low is None and self.high is None:
            return True
        low, high = self.bounds
        return bool(low <= value <= high)

    def complaint(self, value: Any) -> str:
        """Say what is wrong with a value that is outside."""
        if value is None or value != value:
            return "a value is missing"
        shown = repr(value)
        if len(shown) > _SHOWN_CHARACTERS:
            shown = shown[:_SHOWN_CHARACTERS] + "…"
        if self.among is not None:
            return f"{shown} is none of {_listed(self.among)}"
        if self.not_among is not None:
            return f"{shown} is one of {_listed(self.not_among)}"
        least = f"{'more than' if self.strict_low else 'at least'} {self.low}"
        most = f"{'less than' if self.strict_high else 'at most'} {self.high}"
        sides = [least] * (self.low is not None) + [most] * (self.high is not None)
        return f"{shown} is not {' and '.join(sides)}"


@dataclass(frozen=True)
class Outside:
    """What a table has outside of the expectations.

    Attributes:
        counts: Column → how many of its values.
        refusal: What training refuses of it first; None if all is only reported.
    """

    counts: Mapping[str, int]
    refusal: OutsideExpectations | None


class Expectations:
    """All that training's suites say of a model's features, prepared for looking at many tables.

    Args:
        listed: The expectations.

    Attributes:
        ranges: Columns with the least and the largest number, and whether one may be missing.
        sets: Columns with all values that there are; None where one may be missing.
        present: Columns of which only that no value may be missing is expected.
        others: Columns that have to be looked at with ``holds``.
    """

    def __init__(self, listed: Sequence[Expectation]) -> None:
        self._of: dict[str, list[Expectation]] = {}
        for expectation in listed:
            self._of.setdefault(expectation.column, []).append(expectation)
        self.ranges: list[tuple[str, float, float, bool]] = []
        self.sets: list[tuple[str, frozenset[Value | None]]] = []
        self.present: list[str] = []
        self.others: list[str] = []
        for column, own in self._of.items():
            self._prepare(column, own)

    def find(self, columns: "Columns") -> Outside | None:
        """Look for values outside.

        Args:
            columns: The features, typed as ``parse`` types them.

        Returns:
            What was found; None where all is well.
        """
        suspects = self._suspects(columns)
        return self._outside(suspects, columns) if suspects else None

    def holds(self, column: str, value: Any) -> bool:
        """Say whether a value is what all expectations of its column say."""
        return all(expectation.holds(value) for expectation in self._of[column])

    def _prepare(self, column: str, own: Sequence[Expectation]) -> None:
        """Sort a column by how it can be looked at quickly."""
        missing = all(expectation.missing for expectation in own)
        sets = [frozenset(e.among) for e in own if e.among is not None]
        bounded = [e.bounds for e in own if e.low is not None or e.high is not None]
        if any(e.not_among is not None for e in own) or (sets and bounded):
            self.others.append(column)
        elif sets:
            nothing: set[Value | None] = {None} if missing else set()
            self.sets.append((column, frozenset.intersection(*sets) | nothing))
        elif bounded:
            low = max(bounds[0] for bounds in bounded)
            high = min(bounds[1] for bounds in bounded)
            self.ranges.append((column, low, high, missing))
        else:
            self.present.append(column)

    def _suspects(self, columns: "Columns") -> list[str]:
        """Name the columns that may have something outside; of most tables there is none."""
        suspects = []
        for name, low, high, missing in self.ranges:
            values = columns[name]
            if len(values) > _FEW_ROWS:
                if not _within(values, low, high, missing):
                    suspects.append(name)
                continue
            for value in values.tolist():
                if not low <= value <= high and not (missing and value != value):
                    suspects.append(name)
                    break
        for name, allowed in self.sets:
            if not allowed.issuperset(columns[name].tolist()):
                suspects.append(name)
        for name in self.present:
            if _has_missing(columns[name]):
                suspects.append(name)
        for name in self.others:
            if not all(self.holds(name, value) for value in columns[name].tolist()):
                suspects.append(name)
        return suspects

    def _outside(self, suspects: Sequence[str], columns: "Columns") -> Outside | None:
        counts: dict[str, int] = {}
        refusals: list[tuple[int, Expectation, Any]] = []
        for name in suspects:
            values = columns[name].tolist()
            for row, value in enumerate(values, start=1):
                broken = [e for e in self._of[name] if not e.holds(value)]
                if broken:
                    counts[name] = counts.get(name, 0) + 1
                    refusals += [(row, e, value) for e in broken if e.critical and not refusals]
        if not counts:
            return None
        return Outside(counts, _refusal(*refusals[0]) if refusals else None)


def _refusal(row: int, expectation: Expectation, value: Any) -> OutsideExpectations:
    name = expectation.column
    return OutsideExpectations(
        f"row {row}, column {name!r}: {expectation.complaint(value)}, as the model's training "
        "expects",
        row=row,
        column=name,
    )


def _within(values: "NDArray[Any]", low: float, high: float, missing: bool) -> bool:
    import numpy as np

    well = (values >= low) & (values <= high)
    if missing and not well.all():
        well |= np.isnan(values)
    return bool(well.all())


def _has_missing(values: "NDArray[Any]") -> bool:
    import numpy as np

    if values.dtype.kind == "O":
        return None in values.tolist()
    return bool(np.isnan(values).any())


def _listed(values: Sequence[Value]) -> str:
    shown = ", ".join(repr(value) for value in values[:_SHOWN_VALUES])
    more = len(values) - _SHOWN_VALUES
    return f"{shown} and {more} more" if more > 0 else shown
