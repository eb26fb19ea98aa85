"""Checking a table against a suite."""

import json
import logging
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sagepipe.contract import names
from sagepipe.validation import failures, page, suite
from sagepipe.validation.result import ValidationError, ValidationResult

if TYPE_CHECKING:
    import pandas
    from great_expectations.core import ExpectationSuiteValidationResult

# What Great Expectations is to find set while it is imported.
ENVIRONMENT = {"GX_ANALYTICS_ENABLED": "false"}

_EXAMPLES = 5  # sampled unexpected values an expectation


def validate(
    frame: "pandas.DataFrame", suite_file: Path, *, name: str, report: Path
) -> ValidationResult:
    """Check a table against an expectation suite.

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
    for variable, value in ENVIRONMENT.items():
        os.environ.setdefault(variable, value)
    # Row labels are positions from here on, whatever was filtered or sorted before.
    frame = frame.reset_index(drop=True)
    checked = _check(frame, suite_file, name)
    plain: dict[str, Any] = checked.to_json_dict()  # type: ignore[no-untyped-call]
    plain["meta"][names.SUITE_HASH] = suite.content_hash(suite_file)
    found = failures.find(plain["results"], frame)
    report.mkdir(parents=True, exist_ok=True)
    result = ValidationResult(
        name=name,
        suite=suite_file,
        rows=len(frame),
        columns=tuple(str(column) for column in frame.columns),
        evaluated=len(checked.results),
        failures=tuple(found),
        json=report / f"{name}.json",
        page=report / f"{name}.html",
    )
    _write(result.json, json.dumps(plain, indent=2) + "\n")
    _write(result.page, page.render(checked, name))
    for failure in result.failures:
        if failure.severity != "critical":
            print(f"sagepipe: {name} data, {failure.severity}: {failure}", file=sys.stderr)
    if not result.success:
        raise ValidationError(result)
    return result


def _check(
    frame: "pandas.DataFrame", suite_file: Path, name: str
) -> "ExpectationSuiteValidationResult":
    """Run Great Expectations in memory, without progress bars, files or telemetry."""
    import great_expectations as gx
    from great_expectations.core.expectation_validation_result import (
        expectationSuiteValidationResultSchema,
    )
    from great_expectations.data_context.types.base import ProgressBarsConfig
    from great_expectations.expectations.core.expect_table_row_count_to_be_between import (
        ExpectTableRowCountToBeBetween,
    )

    # It logs a warning and a traceback for each column that isn't there; the result has them too.
    logging.getLogger("great_expectations").setLevel(logging.CRITICAL)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    expectations = suite.load(suite_file)
    if frame.empty:
        # Expectations on values hold for no values at all.
        expectations.add_expectation(ExpectTableRowCountToBeBetween(min_value=1))
    source = context.data_sources.add_pandas("frame")
    batch = (
        source.add_dataframe_asset(name)
        .add_batch_definition_whole_dataframe("whole")
        .get_batch({"dataframe": frame})
    )
    shape: Any = {"result_format": "SUMMARY", "partial_unexpected_count": _EXAMPLES}
    outcome = batch.validate(expectations, result_format=shape)
    # Through JSON, as Great Expectations' own stores do: its page can't show NumPy's numbers.
    described = outcome.to_json_dict()  # type: ignore[no-untyped-call]
    plain = json.loads(json.dumps(described, default=lambda number: number.item()))
    plain["meta"]["run_id"] = {"run_name": name, "run_time": datetime.now(UTC).isoformat()}
    plain["meta"].setdefault("batch_spec", {})["data_asset_name"] = name
    loaded = expectationSuiteValidationResultSchema.load(plain)
    return loaded  # type: ignore[no-any-return]


def _write(file: Path, text: str) -> None:
    """Write beside, then rename."""
    beside = file.with_name(f".{file.name}.part")
    beside.write_text(text, encoding="utf-8")
    beside.replace(file)
