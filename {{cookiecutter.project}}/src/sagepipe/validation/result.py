"""What a validation says."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sagepipe.contract.errors import SagepipeError

MISSING = "is missing"
_SHOWN = 10  # failures in the message; the report has them all
_LISTED = 300  # characters of the list of a table's columns


@dataclass(frozen=True)
class Failure:
    """One expectation that does not hold.

    Attributes:
        column: The column, or nothing for the table as a whole.
        expectation: The expectation's type, such as ``expect_column_values_to_be_between``.
        observed: What was seen instead: counts and examples.
        severity: ``critical`` fails the validation; ``warning`` and ``info`` are only reported.
        missing: Whether the table has no such column.
    """

    column: str
    expectation: str
    observed: str
    severity: str = "critical"
    missing: bool = False

    def __str__(self) -> str:
        subject = f"column {self.column!r}" if self.column else "the table"
        return f"{subject}: {self.observed} [{self.expectation}]"


@dataclass(frozen=True)
class ValidationResult:
    """The outcome of checking one table against one suite.

    Attributes:
        name: What was checked, such as ``raw``.
        suite: The suite's file.
        rows: The table's length.
        columns: The names of its columns.
        evaluated: How many expectations were checked.
        failures: Those that do not hold, whatever their severity.
        json: Great Expectations' result.
        page: Its Data Docs page.
    """

    name: str
    suite: Path
    rows: int
    columns: tuple[str, ...]
    evaluated: int
    failures: tuple[Failure, ...]
    json: Path
    page: Path

    @property
    def title(self) -> str:
        """What was checked, in a sentence."""
        return self.name if self.name == "data" else f"{self.name} data"

    @property
    def critical(self) -> tuple[Failure, ...]:
        """The failures that fail the validation."""
        return tuple(failure for failure in self.failures if failure.severity == "critical")

    @property
    def success(self) -> bool:
        """Whether every critical expectation holds."""
        return not self.critical


class SuiteError(SagepipeError):
    """An expectation suite that can't be used."""


class ValidationError(SagepipeError):
    """A table that breaks its expectations.

    The message begins with where to look and what to mend, as SageMaker keeps only its beginning.

    Attributes:
        result: All that was found.
    """

    def __init__(self, result: ValidationResult) -> None:
        self.result = result
        super().__init__(
            f"{result.title} ({result.rows:,} rows): {len(result.critical)} of "
            f"{result.evaluated} expectations do not hold; report: {result.page}; "
            f"mend the data, or the suite {result.suite}:\n"
            + ";\n".join(f"  - {line}" for line in _lines(result))
        )


def _lines(result: ValidationResult) -> Iterator[str]:
    """List what fails: the columns that are missing in one line, then the rest."""
    separator = _separator(result.columns)
    if separator:
        yield f"the file seems to be separated by {separator}"
    missing = [failure for failure in result.critical if failure.missing]
    if missing:
        has = f" (the table has {_cut(', '.join(result.columns)) or 'no columns'})"
        hinted = all(failure.observed != MISSING for failure in missing)
        yield _absent(missing) + ("" if hinted else has)
    others = [failure for failure in result.critical if not failure.missing]
    yield from map(str, others[:_SHOWN])
    if len(others) > _SHOWN:
        yield f"and {len(others) - _SHOWN} more"


def _absent(failures: Sequence[Failure]) -> str:
    if len(failures) == 1:
        return f"column {failures[0].column!r}: {failures[0].observed}"
    hints = [(each.column, each.observed.removeprefix(f"{MISSING}; ")) for each in failures]
    names = (f"{name} ({hint})" if hint != MISSING else name for name, hint in hints)
    return f"{len(failures)} columns are missing: {', '.join(names)}"


def _separator(columns: Sequence[str]) -> str:
    """Name what seems to stand between columns that were read as one."""
    if len(columns) != 1:
        return ""
    signs = {";": "';'", "\t": "tabs"}
    return next((name for sign, name in signs.items() if sign in columns[0]), "")


def _cut(text: str) -> str:
    return text if len(text) <= _LISTED else f"{text[:_LISTED]}…"
