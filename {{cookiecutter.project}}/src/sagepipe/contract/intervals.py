"""How metrics name the ends of their confidence intervals."""

from collections.abc import Iterable

LOW, HIGH = "_low", "_high"


def bounded(names: Iterable[str]) -> set[str]:
    """Return the metrics that have an interval: those with both ends beside them."""
    given = set(names)
    return {name for name in given if name + LOW in given and name + HIGH in given}


def ends(names: Iterable[str]) -> set[str]:
    """Return the names that are no metric of their own but an end of an interval."""
    return {name + end for name in bounded(names) for end in (LOW, HIGH)}
