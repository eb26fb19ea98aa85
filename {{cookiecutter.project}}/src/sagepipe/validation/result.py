"""What a validation says."""

from dataclasses import dataclass
from pathlib import Path

from sagepipe.contract.errors import SagepipeError

_SHOWN = 10  # failures in the message; the report has them all


@dataclass(frozen=True)
class Failure:
    """One expectation that does not hold.

    Attributes:
        column: The column, or nothing for the table as a whole.
        expectation: The expectation's type, such as ``expect_column_values_to_be_between``.
        observed: What was seen instead: counts and examples.
        severity: ``critical`` fails the validation; ``warning`` and ``info`` are only reported.
    """

    column: str
    expectation: str
    observed: str
    severity: str = "critical"

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
        evaluated: How many expectations were checked.
        failures: Those that do not hold, whatever their severity.
        json: Great Expectations' result.
        page: Its Data Docs page.
    """

    name: str
    suite: Path
    rows: int
    evaluated: int
    failures: tuple[Failure, ...]
    json: Path
    page: Path

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

    Attributes:
        result: All that was found.
    """

    def __init__(self, result: ValidationResult) -> None:
        self.result = result
        shown = [f"  - {failure};" for failure in result.critical[:_SHOWN]]
        if len(result.critical) > _SHOWN:
            shown.append(f"  - and {len(result.critical) - _SHOWN} more;")
        super().__init__(
            "\n".join(
                [
                    f"{result.name} data ({result.rows:,} rows): {len(result.critical)} of "
                    f"{result.evaluated} expectations do not hold:",
                    *shown,
                    f"mend the data, or the suite {result.suite}; report: {result.page}",
                ]
            )
        )
