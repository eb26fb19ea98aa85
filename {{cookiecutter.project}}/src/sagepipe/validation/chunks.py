"""One verdict on a table that comes in chunks.

Great Expectations checks each chunk as it would the table. What is true row by row is counted
together; a table's length and the extremes of a column are put together and then checked by Great
Expectations itself. Whatever else an expectation may ask needs the whole table.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sagepipe.validation import engine, strays
from sagepipe.validation.result import SuiteError

if TYPE_CHECKING:
    import pandas
    from great_expectations import ExpectationSuite

    from sagepipe.validation.engine import Frames

# Counted: each row, or its value, holds or does not, whatever the others are.
ROW_BY_ROW = (
    "expect_column_values_to_not_be_null",
    "expect_column_values_to_be_null",
    "expect_column_values_to_be_between",
    "expect_column_values_to_be_in_set",
    "expect_column_values_to_not_be_in_set",
    "expect_column_values_to_be_of_type",
    "expect_column_values_to_be_in_type_list",
    "expect_column_values_to_match_regex",
    "expect_column_values_to_not_match_regex",
    "expect_column_values_to_match_regex_list",
    "expect_column_values_to_not_match_regex_list",
    "expect_column_values_to_match_strftime_format",
    "expect_column_values_to_be_dateutil_parseable",
    "expect_column_values_to_be_json_parseable",
    "expect_column_value_lengths_to_be_between",
    "expect_column_value_lengths_to_equal",
    "expect_column_pair_values_a_to_be_greater_than_b",
    "expect_column_pair_values_to_be_equal",
    "expect_column_pair_values_to_be_in_set",
    "expect_select_column_values_to_be_unique_within_record",
    "expect_multicolumn_sum_to_equal",
)
# Put together: the chunks' own values make a small column with the same one.
OF_COLUMN = (
    "expect_column_max_to_be_between",
    "expect_column_min_to_be_between",
)
OF_LENGTH = (
    "expect_table_row_count_to_be_between",
    "expect_table_row_count_to_equal",
)
# Every chunk has the same columns.
OF_COLUMNS = (
    "expect_column_to_exist",
    "expect_table_column_count_to_be_between",
    "expect_table_column_count_to_equal",
    "expect_table_columns_to_match_ordered_list",
    "expect_table_columns_to_match_set",
)
COVERED = (*ROW_BY_ROW, *OF_COLUMN, *OF_LENGTH, *OF_COLUMNS)

_COUNTS = ("element_count", "missing_count", "unexpected_count")


@dataclass
class Seen:
    """What the chunks so far say of one expectation."""

    outcome: dict[str, Any]
    values: list[Any] = field(default_factory=list)


@dataclass(frozen=True)
class Checked:
    """A table that was checked in chunks.

    Attributes:
        plain: The result as Great Expectations' JSON.
        columns: The names of its columns.
        rows: Its length.
    """

    plain: dict[str, Any]
    columns: list[str]
    rows: int


def refuse_uncovered(suite: "ExpectationSuite", name: str) -> None:
    """Refuse a suite with an expectation that needs the table in one piece.

    Args:
        suite: The suite.
        name: Its file, for the message.

    Raises:
        SuiteError: It holds one.
    """
    for position, expectation in enumerate(suite.expectations, start=1):
        kind = expectation.expectation_type
        if kind not in COVERED:
            raise SuiteError(
                f"expectation {position} of suite {name} ({kind}) can't be checked in chunks, as "
                "it looks at all rows at once: check the table in one piece, or take the "
                "expectation into a suite of its own"
            )


def check(
    frames: "Frames", chunks: Iterable["pandas.DataFrame"], suite: "ExpectationSuite"
) -> Checked:
    """Check a table in chunks, of which one is held at a time.

    Args:
        frames: What makes batches of frames.
        chunks: The table's rows in their order; at least one chunk, which may be empty; all have
            the same columns, of the same types.
        suite: The suite, with covered expectations only.

    Returns:
        What a check in one piece says.
    """
    seen: dict[str, Seen] = {}
    plain: dict[str, Any] = {}
    columns: list[str] = []
    rows = 0
    for chunk in chunks:
        chunk = chunk.reset_index(drop=True)
        columns = [str(column) for column in chunk.columns]
        if chunk.empty and rows == 0:
            plain = engine.check(frames, chunk, suite)
            continue
        result = engine.run(frames, chunk, suite, engine.FULL)
        plain = engine.as_json(result.to_json_dict())  # type: ignore[no-untyped-call]
        for outcome, raw in zip(plain["results"], result.results, strict=True):
            strays.add(outcome, chunk)
            _move(outcome, rows)
            _merge(seen, outcome, raw.result.get("observed_value"))
        rows += len(chunk)
    if rows:
        plain["results"] = [_verdict(frames, each, rows) for each in seen.values()]
        _count(plain)
    return Checked(plain, columns, rows)


def _move(outcome: dict[str, Any], rows: int) -> None:
    """Count a chunk's rows from the table's beginning."""
    result = outcome["result"]
    for found, key in ((result, "partial_unexpected_index_list"), (result.get(strays.KEY), "rows")):
        if found and found.get(key):
            found[key] = [position + rows for position in found[key]]


def _merge(seen: dict[str, Seen], outcome: dict[str, Any], observed: Any) -> None:
    """Add what one chunk says of an expectation."""
    kind = outcome["expectation_config"]["type"]
    one = seen.setdefault(engine.key(outcome), Seen(outcome))
    if kind in OF_COLUMN and observed is not None:
        one.values.append(observed)
    if outcome is one.outcome or _raised(one.outcome):
        return
    if _raised(outcome):
        one.outcome = outcome
        return
    whole, part = one.outcome["result"], outcome["result"]
    for count in _COUNTS:
        if part.get(count) is not None:
            whole[count] = (whole.get(count) or 0) + part[count]
    for listed in ("partial_unexpected_list", "partial_unexpected_index_list"):
        if part.get(listed):
            whole[listed] = [*(whole.get(listed) or ()), *part[listed]][: engine.EXAMPLES]
    if strays.KEY in part:
        whole[strays.KEY] = strays.joined(whole[strays.KEY], part[strays.KEY])
    one.outcome["success"] = one.outcome["success"] and outcome["success"]


def _verdict(frames: "Frames", seen: Seen, rows: int) -> dict[str, Any]:
    """Decide on what all chunks say of an expectation."""
    import pandas

    outcome = seen.outcome
    config = outcome["expectation_config"]
    if _raised(outcome):
        outcome["success"] = False
    elif config["type"] in OF_LENGTH:
        # Rows without columns take no memory.
        return _again(frames, pandas.DataFrame(index=pandas.RangeIndex(rows)), config)
    elif config["type"] in OF_COLUMN:
        small = pandas.DataFrame({config["kwargs"]["column"]: seen.values})
        return _again(frames, small, config)
    elif outcome["result"].get("unexpected_count") is not None:
        _share(outcome)
    return outcome


def _again(frames: "Frames", frame: "pandas.DataFrame", config: dict[str, Any]) -> dict[str, Any]:
    """Ask an expectation of what the chunks have been put together to."""
    from pathlib import Path

    from sagepipe.validation import suite

    conditions = ("batch_id", "row_condition", "condition_parser")  # the chunks have met them
    arguments = {name: value for name, value in config["kwargs"].items() if name not in conditions}
    one = suite.of({"name": "one", "expectations": [{**config, "kwargs": arguments}]}, Path("one"))
    result = engine.run(frames, frame, one, engine.FULL)
    (outcome,) = engine.as_json(result.to_json_dict())["results"]  # type: ignore[no-untyped-call]
    outcome["expectation_config"] = config
    return outcome  # type: ignore[no-any-return]


def _share(outcome: dict[str, Any]) -> None:
    """Hold the share of values that are as expected against the one that is asked for."""
    result = outcome["result"]
    unexpected, elements = result["unexpected_count"], result["element_count"]
    counted = elements - (result.get("missing_count") or 0)
    mostly = outcome["expectation_config"]["kwargs"].get("mostly", 1)
    outcome["success"] = counted == 0 or (counted - unexpected) / counted >= mostly
    result["unexpected_percent"] = unexpected / counted * 100 if counted else None
    result["unexpected_percent_total"] = unexpected / elements * 100 if elements else None
    result["unexpected_percent_nonmissing"] = result["unexpected_percent"]
    if result.get("missing_count") is not None:
        result["missing_percent"] = result["missing_count"] / elements * 100 if elements else None
    result.pop("partial_unexpected_counts", None)


def _count(plain: dict[str, Any]) -> None:
    """Say how many expectations hold."""
    held: Sequence[bool] = [item["success"] for item in plain["results"]]
    plain["success"] = all(held)
    plain["statistics"] = {
        "evaluated_expectations": len(held),
        "successful_expectations": sum(held),
        "unsuccessful_expectations": len(held) - sum(held),
        "success_percent": sum(held) / len(held) * 100,
    }


def _raised(outcome: dict[str, Any]) -> bool:
    """Say whether an expectation could not be checked."""
    info = outcome["exception_info"] or {}
    entries = (info, *(entry for entry in info.values() if isinstance(entry, dict)))
    return any(entry.get("raised_exception") for entry in entries)
