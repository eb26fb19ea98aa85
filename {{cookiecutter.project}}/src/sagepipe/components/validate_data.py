"""Checking data against an expectation suite, as a step."""

import sys
from pathlib import Path
from typing import Literal, NamedTuple

from sagepipe import tracking, validation
from sagepipe.components import chunks, tables
from sagepipe.dsl import HTML, Dataset, Input, Output, component


class Verdict(NamedTuple):
    """What a validation says.

    Attributes:
        passed: Whether every critical expectation holds.
        rows: How many rows the table has.
        failed: How many critical expectations don't hold.
    """

    passed: bool
    rows: int
    failed: int


@component
def validate_data(
    data: Input[Dataset],
    report: Output[HTML],
    suite: str,
    name: str = "data",
    on_failure: Literal["fail", "warn"] = "fail",
    chunk_rows: int = 0,
) -> Verdict:
    """Check a table against an expectation suite of the project's code.

    The report is there whatever the verdict: ``<name>.html``, Great Expectations' Data Docs as one
    page, and ``<name>.json``, its result for machines. MLflow has both, with the suite's hash as a
    tag and the counts of rows, expectations and failures as metrics.

    Args:
        data: The table, n rows: a CSV or Parquet file, or a folder of such parts.
        report: The folder for the report.
        suite: The suite: a package and a file in it, such as
            ``flight_delay.expectations:raw.json``.
        name: What the data are, such as ``raw``; the report's files are called so.
        on_failure: Whether a table that breaks a critical expectation fails the step, or is warned
            of in its log.
        chunk_rows: How many rows to read at a time, for a table larger than memory, with the same
            verdict; 0 for all at once.

    Returns:
        The verdict, for a condition: ``dsl.If(validated.outputs["passed"])``.

    Raises:
        ValidationError: The table breaks a critical expectation, and ``on_failure`` is ``fail``.
        SuiteError: There is no such suite, or it can't be used; or, in chunks, it holds an
            expectation that needs all rows at once.
        ValueError: There is no table, or it can't be read.
    """
    file = validation.find_suite(suite)
    folder = Path(report.directory)
    if chunk_rows:
        read = chunks.read(data.path, chunk_rows)
        result = validation.check_chunks(read, file, name=name, report=folder)
    else:
        result = validation.check(tables.read(data.path), file, name=name, report=folder)
    failed = len(result.critical)
    tracking.log_metrics(
        {
            f"{name}.rows": result.rows,
            f"{name}.expectations": result.evaluated,
            f"{name}.expectations_failed": failed,
        }
    )
    if not result.success:
        error = validation.ValidationError(result)
        if on_failure == "fail":
            raise error
        print(f"sagepipe: warning: {error}", file=sys.stderr)
    return Verdict(result.success, result.rows, failed)
