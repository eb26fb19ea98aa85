"""The newest of a log that is still being written: its last line, and the numbers in it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeAlias

from sagepipe.contract import names

# At most so much is read at a time: a step may print faster than a person can read.
MOST_BYTES = 64 * 1024
# An author's regular expression isn't let loose on longer lines.
_LONGEST_LINE = 4096

_BREAK = re.compile(rb"[\r\n]")  # a progress bar goes back to the start of its line
_CONTROL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|[\x00-\x1f\x7f]")
_OURS = re.compile(
    re.escape(names.METRIC_LINE)
    .replace(r"\{name\}", "(?P<name>[^=;]+)")
    .replace(r"\{value\}", "(?P<value>[^;]+)")
)

Patterns: TypeAlias = Sequence[tuple[str, re.Pattern[str]]]


def patterns(definition: Mapping[str, Any]) -> dict[str, Patterns]:
    """Collect the metric definitions of a pipeline's training steps.

    Args:
        definition: The compiled definition.

    Returns:
        For each step that has some, names and regular expressions; those that are only known when
        the step runs are left out.
    """
    from sagepipe.compiler import reading

    found: dict[str, Patterns] = {}
    for step in reading.steps(definition):
        algorithm = step.arguments.get("AlgorithmSpecification")
        listed = algorithm.get("MetricDefinitions") if isinstance(algorithm, dict) else None
        if isinstance(listed, list):
            found[step.name] = tuple(_compiled(listed))
    return found


def of_step(found: Mapping[str, Patterns], step: str) -> Patterns:
    """Return a step's metric definitions; of a loop's round, those of the body's step."""
    return found.get(step) or found.get(re.sub(r"-\d+$", "", step), ())


def _compiled(listed: list[Any]) -> Iterator[tuple[str, re.Pattern[str]]]:
    for item in listed:
        with suppress(re.error, TypeError, KeyError):
            yield str(item["Name"]), re.compile(item["Regex"])


def plain(text: str) -> str:
    """Take out what would move a terminal's cursor or change its colours."""
    return _CONTROL.sub("", text.replace("\t", " ")).strip()


class LogTail:
    """What a log says last.

    Args:
        file: The log.
        patterns: The job's own metric definitions; lines in the library's form are always read.

    Attributes:
        line: Its last line that is not blank.
        metrics: The latest value of each metric in what was read.
    """

    def __init__(self, file: Path, patterns: Patterns = ()) -> None:
        self.line = ""
        self.metrics: dict[str, float] = {}
        self._file = file
        self._patterns = patterns
        self._seen = 0
        self._rest = b""

    def read(self) -> None:
        """Read what has been written since the last time, at most the last ``MOST_BYTES`` of it."""
        try:
            with open(self._file, "rb") as log:
                size = log.seek(0, 2)
                if size == self._seen:
                    return
                start = max(self._seen if size > self._seen else 0, size - MOST_BYTES)
                log.seek(start)
                new = log.read(MOST_BYTES)
        except OSError:
            return
        follows = start == self._seen
        self._seen = start + len(new)
        *whole, self._rest = _BREAK.split((self._rest if follows else b"") + new)
        self._rest = self._rest[-MOST_BYTES:]
        if not follows and start:
            del whole[:1]  # its beginning was skipped
        self._measure(whole)
        for part in (self._rest, *reversed(whole)):
            if line := plain(part[:_LONGEST_LINE].decode(errors="replace")):
                self.line = line
                return

    def _measure(self, lines: list[bytes]) -> None:
        for line in lines:
            text = line[:_LONGEST_LINE].decode(errors="replace")
            for name, value in self._found(text):
                with suppress(TypeError, ValueError):
                    self.metrics[name] = float(value)

    def _found(self, text: str) -> Iterator[tuple[str, str]]:
        for match in _OURS.finditer(text):
            yield match["name"], match["value"]
        for name, pattern in self._patterns:
            for match in pattern.finditer(text):
                with suppress(IndexError):
                    yield name, match[1]


def ending(file: Path, lines: int = 40, most: int = 16 * 1024) -> str:
    """Read the end of a log as text that nothing but letters is left of.

    Args:
        file: The log.
        lines: At most so many lines.
        most: At most so many bytes.

    Returns:
        Its last lines; of one that was written over and over, what it said last.
    """
    try:
        with open(file, "rb") as log:
            start = max(0, log.seek(0, 2) - most)
            log.seek(start)
            found = log.read(most).rstrip(b"\r\n").split(b"\n")
    except OSError:
        return ""
    if start and len(found) > 1:
        del found[:1]  # its beginning was skipped
    return "\n".join(_last_version(line) for line in found[-lines:])


def _last_version(line: bytes) -> str:
    return _CONTROL.sub("", line.rstrip(b"\r").rpartition(b"\r")[2].decode(errors="replace"))
