"""Metrics that SageMaker would find in a training job's log.

Source: SageMaker Developer Guide, "Define metrics": the regex is searched in the log, its first
group is the value, the last value of a name is the final one.

The log is read from its end, a block at a time, until each metric has its last value; blocks and
lines without the text that a regex begins with are passed over. A line of more than ``LONGEST``
characters is searched in pieces of that size, for an author's regular expression may take time that
grows with the square of a line's length, or faster; a match across two pieces isn't found.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sagepipe.contract import limits
from sagepipe.local.expressions import PENDING

LONGEST = 16 * 1024  # what a container engine's log drivers cut lines at
_BLOCK = 256 * 1024
# One character that stands for itself, and that nothing after it makes optional.
_LITERAL = re.compile(r"(?:[\w =:,;#/<>\"'!@%&~-]|\\[^\w\s])(?![*?{])", re.ASCII)


def faults(definitions: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Check metric definitions.

    Args:
        definitions: ``AlgorithmSpecification.MetricDefinitions``.

    Yields:
        Each fault as one line.
    """
    for definition in definitions:
        regex = definition["Regex"]
        if regex is PENDING:
            continue
        try:
            groups = re.compile(regex).groups
        except (re.error, TypeError) as error:
            yield f"metric {definition['Name']!r}: {regex!r} is no regular expression: {error}"
            continue
        if not groups:
            yield f"metric {definition['Name']!r}: {regex!r} has no group for the value"
        if len(regex) > limits.METRIC_REGEX:
            yield f"metric {definition['Name']!r}: the regex is too long ({limits.METRIC_REGEX})"


def final(
    definitions: Sequence[Mapping[str, Any]], log: Path, prefixes: Sequence[str] = ()
) -> dict[str, float]:
    """Search a log for metrics.

    Args:
        definitions: ``AlgorithmSpecification.MetricDefinitions``.
        log: The job's log.
        prefixes: What lines may begin with that the job didn't print.

    Returns:
        The last value of each metric that was found, in the order of their definitions.
    """
    if not definitions or not log.exists():
        return {}
    wanted = [_Metric.of(item) for item in definitions]
    found: dict[str, float] = {}
    for block in _blocks_backwards(log):
        looked_for = [item for item in wanted if item.name not in found and item.text in block]
        if looked_for:
            _search(block, looked_for, found, prefixes)
        elif len(found) == len({item.name for item in wanted}):
            break
    return {item.name: found[item.name] for item in wanted if item.name in found}


@dataclass(frozen=True)
class _Metric:
    """A metric definition, and the text that is in every line with a value of it."""

    name: str
    pattern: re.Pattern[str]
    text: str

    @classmethod
    def of(cls, definition: Mapping[str, Any]) -> "_Metric":
        regex = definition["Regex"]
        return cls(str(definition["Name"]), re.compile(regex), first_text(regex))

    def last_in(self, line: str) -> float | None:
        found = None
        for match in self.pattern.finditer(line):
            with suppress(TypeError, ValueError):
                found = float(match[1])
        return found


def first_text(regex: str) -> str:
    """Find the text that a match of a regular expression begins with.

    Args:
        regex: The regular expression.

    Returns:
        The text, or less of it; empty where that takes more than a look.
    """
    if "|" in regex:
        return ""
    found, rest = "", regex
    while match := _LITERAL.match(rest):
        found += match[0][-1]
        rest = rest[match.end() :]
    return found


def _search(
    block: str, wanted: Sequence[_Metric], found: dict[str, float], prefixes: Sequence[str]
) -> None:
    left = list(wanted)
    for line in _pieces_backwards(block):
        if not left:
            return
        for item in left:
            if item.text not in line:
                continue
            value = item.last_in(_without(line, prefixes))
            if value is not None and item.name not in found:
                found[item.name] = value
                left = [other for other in left if other.name != item.name]


def _without(line: str, prefixes: Sequence[str]) -> str:
    for prefix in prefixes:
        line = line.removeprefix(prefix)
    return line


def _pieces_backwards(block: str) -> Iterator[str]:
    """Cut a block into its lines, the last one first; a long one into pieces, in that order."""
    for line in reversed(block.split("\n")):
        if len(line) <= LONGEST:
            yield line
            continue
        for start in range((len(line) - 1) // LONGEST * LONGEST, -1, -LONGEST):
            yield line[start : start + LONGEST]


def _blocks_backwards(log: Path) -> Iterator[str]:
    """Read whole lines, the last ones first; a line that is longer than a block comes in parts."""
    with open(log, "rb") as file:
        end = file.seek(0, 2)
        tail = b""  # the rest of a line whose beginning is yet to be read
        while end > 0:
            start = max(0, end - _BLOCK)
            file.seek(start)
            head, newline, lines = (file.read(end - start) + tail).partition(b"\n")
            if newline:
                yield lines.decode("utf-8", "replace")
            tail, end = head, start
            if len(tail) > _BLOCK:
                yield tail.decode("utf-8", "replace")
                tail = b""
        yield tail.decode("utf-8", "replace")
