"""Great Expectations in memory: no progress bars, no files, no telemetry."""

import json
import logging
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sagepipe.validation import strays

if TYPE_CHECKING:
    import pandas
    from great_expectations import ExpectationSuite
    from great_expectations.core import ExpectationSuiteValidationResult
    from great_expectations.core.batch_definition import BatchDefinition
    from great_expectations.expectations.expectation import Expectation

    Frames = BatchDefinition[Any]

# What Great Expectations is to find set while it is imported.
ENVIRONMENT = {"GX_ANALYTICS_ENABLED": "false"}

EXAMPLES = 5  # sampled unexpected values an expectation
LEAN = "BOOLEAN_ONLY"
_OF_NULLS = ("expect_column_values_to_not_be_null", "expect_column_values_to_be_null")
FULL = {"result_format": "SUMMARY", "partial_unexpected_count": EXAMPLES}


def check(frames: "Frames", frame: "pandas.DataFrame", suite: "ExpectationSuite") -> dict[str, Any]:
    """Check a table in one piece.

    Details of values are asked for only where an expectation does not hold: they cost more than the
    verdict.

    Args:
        frames: What makes batches of frames.
        frame: The table, its rows numbered from 0.
        suite: The suite.

    Returns:
        Great Expectations' result as JSON; expectations that do not hold, of the table and of nulls
            have details.
    """
    from great_expectations import ExpectationSuite

    if frame.empty:
        suite = with_rows(suite)
    outcome = run(frames, frame, suite, LEAN)
    plain: dict[str, Any] = as_json(outcome.to_json_dict())  # type: ignore[no-untyped-call]
    detailed = {key(item) for item in plain["results"] if _needs_details(item)}
    again = [item for item in suite.expectations if key(configuration(item)) in detailed]
    if again:
        details = run(frames, frame, ExpectationSuite(name=suite.name, expectations=again), FULL)
        described = as_json(details.to_json_dict())  # type: ignore[no-untyped-call]
        found = {key(item): item for item in described["results"]}
        for item in plain["results"]:
            if full := found.get(key(item)):
                item["result"] = full["result"]
                item["exception_info"] = full["exception_info"]
                strays.add(item, frame)
    return plain


def open_frames() -> "Frames":
    """Start Great Expectations: its suites can't be read before, nor tables be checked.

    Returns:
        What makes batches of frames.
    """
    for variable, value in ENVIRONMENT.items():
        os.environ.setdefault(variable, value)
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    # It logs a warning and a traceback for each column that isn't there; the result has them too.
    logging.getLogger("great_expectations").setLevel(logging.CRITICAL)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    asset = context.data_sources.add_pandas("frame").add_dataframe_asset("table")
    return asset.add_batch_definition_whole_dataframe("whole")


def run(
    frames: "Frames", frame: "pandas.DataFrame", suite: "ExpectationSuite", result_format: Any
) -> "ExpectationSuiteValidationResult":
    """Let Great Expectations check a table.

    Args:
        frames: What makes batches of frames.
        frame: The table.
        suite: The suite.
        result_format: How much to say.

    Returns:
        Its result.
    """
    batch = frames.get_batch({"dataframe": frame})
    return batch.validate(suite, result_format=result_format)


def with_rows(suite: "ExpectationSuite") -> "ExpectationSuite":
    """Add that there are rows: expectations on values hold for no values at all."""
    from great_expectations import ExpectationSuite
    from great_expectations.expectations.core.expect_table_row_count_to_be_between import (
        ExpectTableRowCountToBeBetween,
    )

    expectations: Sequence[Any] = [*suite.expectations, ExpectTableRowCountToBeBetween(min_value=1)]
    return ExpectationSuite(name=suite.name, expectations=expectations)


def configuration(expectation: "Expectation") -> dict[str, Any]:
    """Describe an expectation as results do."""
    described = as_json(expectation.configuration.to_json_dict())  # type: ignore[no-untyped-call]
    return {"expectation_config": described}


def key(outcome: dict[str, Any]) -> str:
    """Name what an outcome is of: the type and its arguments."""
    config = outcome["expectation_config"]
    arguments = {name: value for name, value in config["kwargs"].items() if name != "batch_id"}
    return json.dumps([config["type"], arguments], sort_keys=True)


def _needs_details(outcome: dict[str, Any]) -> bool:
    """Say whether a report needs more than the verdict."""
    # Those of the table cost nothing, and Great Expectations' page orders its columns by one; those
    # of nulls are shown with their share.
    kind = outcome["expectation_config"]["type"]
    shown = kind.startswith("expect_table_") or kind in _OF_NULLS
    return shown or not outcome["success"]


def as_json(described: Any) -> Any:
    """Turn NumPy's numbers into plain ones, as Great Expectations' own stores do."""
    return json.loads(json.dumps(described, default=lambda number: number.item()))
