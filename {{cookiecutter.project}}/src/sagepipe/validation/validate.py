"""Checking a table against a suite, with its report."""

import json
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sagepipe.contract import names
from sagepipe.validation import chunks as in_chunks
from sagepipe.validation import engine, failures, page, suite
from sagepipe.validation.result import ValidationError, ValidationResult

if TYPE_CHECKING:
    import pandas


def validate(
    frame: "pandas.DataFrame", suite_file: Path, *, name: str, report: Path
) -> ValidationResult:
    """Check a table against an expectation suite, and fail where it does not hold.

    The result and its Data Docs page are written whether or not the expectations hold; in the
    folder of an ``Output[HTML]`` they are recorded in MLflow as well.

    Args:
        frame: The table. One without rows never passes.
        suite_file: The suite, as Great Expectations' JSON.
        name: What the table is, such as ``raw``; the report's files are called so.
        report: The folder for ``<name>.json`` and ``<name>.html``.

    Returns:
        The outcome, where every critical expectation holds.

    Raises:
        ValidationError: A critical expectation doesn't hold; the message names column, expectation,
            count and examples.
        SuiteError: The suite can't be used.
    """
    result = check(frame, suite_file, name=name, report=report)
    if not result.success:
        raise ValidationError(result)
    return result


def check(
    frame: "pandas.DataFrame", suite_file: Path, *, name: str, report: Path
) -> ValidationResult:
    """Check a table against an expectation suite, and say what holds.

    Args:
        frame: The table. One without rows never passes.
        suite_file: The suite, as Great Expectations' JSON.
        name: What the table is, such as ``raw``; the report's files are called so.
        report: The folder for ``<name>.json`` and ``<name>.html``.

    Returns:
        The outcome, whatever it is.

    Raises:
        SuiteError: The suite can't be used.
    """
    frames = engine.open_frames()
    expectations = suite.load(suite_file)
    # Row labels are positions from here on, whatever was filtered or sorted before.
    frame = frame.reset_index(drop=True)
    plain = engine.check(frames, frame, expectations)
    columns = [str(column) for column in frame.columns]
    return _report(plain, columns, len(frame), suite_file, name, report)


def check_chunks(
    chunks: Iterable["pandas.DataFrame"], suite_file: Path, *, name: str, report: Path
) -> ValidationResult:
    """Check a table that is larger than memory, with the verdict of a check in one piece.

    Args:
        chunks: The table's rows in their order, in frames of the same columns and types; one is
            held at a time.
        suite_file: The suite, of expectations that ``sagepipe.validation.chunks.COVERED`` names.
        name: What the table is, such as ``raw``; the report's files are called so.
        report: The folder for ``<name>.json`` and ``<name>.html``.

    Returns:
        The outcome, whatever it is.

    Raises:
        SuiteError: The suite can't be used, or holds an expectation that needs all rows at once.
    """
    frames = engine.open_frames()
    expectations = suite.load(suite_file)
    in_chunks.refuse_uncovered(expectations, str(suite_file))
    checked = in_chunks.check(frames, chunks, expectations)
    return _report(checked.plain, checked.columns, checked.rows, suite_file, name, report)


def _report(
    plain: dict[str, Any],
    columns: Sequence[str],
    rows: int,
    suite_file: Path,
    name: str,
    report: Path,
) -> ValidationResult:
    """Write the report, and warn of what is less than critical."""
    result = ValidationResult(
        name=name,
        suite=suite_file,
        rows=rows,
        columns=tuple(columns),
        evaluated=len(plain["results"]),
        failures=tuple(failures.find(plain["results"], columns, rows)),
        json=report / f"{name}.json",
        page=report / f"{name}.html",
    )
    meta = plain["meta"]
    meta["run_id"] = {"run_name": name, "run_time": datetime.now(UTC).isoformat()}
    meta.setdefault("batch_spec", {})["data_asset_name"] = name
    meta[names.SUITE_HASH] = suite.content_hash(suite_file)
    meta[names.VERDICT] = {"passed": result.success, "rows": rows, "failed": len(result.critical)}
    report.mkdir(parents=True, exist_ok=True)
    _write(result.json, json.dumps(plain, indent=2) + "\n")
    _write(result.page, page.render(plain, result.title))
    for failure in result.failures:
        if failure.severity != "critical":
            print(f"sagepipe: {result.title}, {failure.severity}: {failure}", file=sys.stderr)
    return result


def _write(file: Path, text: str) -> None:
    """Write beside, then rename."""
    beside = file.with_name(f".{file.name}.part")
    beside.write_text(text, encoding="utf-8")
    beside.replace(file)
