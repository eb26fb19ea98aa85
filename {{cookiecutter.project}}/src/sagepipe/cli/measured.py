"""Metrics as a person reads them: an interval stands with the metric that it is of."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from sagepipe.contract import intervals


class Measured(NamedTuple):
    """A metric.

    Attributes:
        name: Its name.
        value: The number.
        interval: Its confidence interval, where it has one.
    """

    name: str
    value: float
    interval: tuple[float, float] | None

    def text(self, digits: int = 4) -> str:
        """Write the number, and the interval if there is one.

        Args:
            digits: How many significant ones.
        """
        number = f"{self.value:.{digits}g}"
        if self.interval is None:
            return number
        low, high = self.interval
        return f"{number} ({low:.{digits}g} to {high:.{digits}g})"


def of(found: Mapping[str, float]) -> Iterator[Measured]:
    """Put the ends of intervals to their metrics.

    Args:
        found: Numbers by name; ``<name>_low`` and ``<name>_high`` are the ends of ``<name>``.

    Yields:
        The metrics, in the order of their names.
    """
    bounded = intervals.bounded(found)
    for name in sorted(found.keys() - intervals.ends(found)):
        interval = None
        if name in bounded:
            interval = (found[name + intervals.LOW], found[name + intervals.HIGH])
        yield Measured(name, found[name], interval)
