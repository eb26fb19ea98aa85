"""From Great Expectations' results to sentences."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sagepipe.validation.result import Failure

_COLUMN_ARGUMENTS = ("column", "column_A", "column_B")
_NOT_SHOWN = {"batch_id", "column", "mostly", "result_format"}


def find(
    outcomes: Sequence[Mapping[str, Any]], columns: Sequence[str], rows: int
) -> Iterator[Failure]:
    """Describe the expectations that do not hold.

    A column that isn't there is named once, not once for each expectation on it. Where there are no
    rows, only that is said.

    Args:
        outcomes: The ``results`` of Great Expectations' JSON.
        columns: The table's columns.
        rows: The table's length.

    Yields:
        Failures, in the result's order.
    """
    if rows == 0 and len(columns) > 0:
        missing = [name for name in _wanted(outcomes) if name not in columns]
        also = f"; columns {', '.join(missing)} are missing too" if missing else ""
        yield Failure(
            "", "expect_table_row_count_to_be_between", f"there are no rows, only a header{also}"
        )
        return
    named: set[str] = set()
    for outcome in outcomes:
        if outcome["success"]:
            continue
        config = outcome["expectation_config"]
        kind, arguments = config["type"], config["kwargs"]
        severity = config.get("severity") or "critical"
        absent = [name for name in _columns(arguments) if name not in columns]
        if not absent:
            column = " and ".join(_columns(arguments))
            yield Failure(column, kind, _observed(outcome, arguments), severity)
        for name in absent:
            if name not in named:
                named.add(name)
                yield Failure(name, kind, _absent(name, columns), severity)


def _wanted(outcomes: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the columns that the suite speaks of."""
    names: dict[str, None] = {}
    for outcome in outcomes:
        names |= dict.fromkeys(_columns(outcome["expectation_config"]["kwargs"]))
    return list(names)


def _columns(arguments: Mapping[str, Any]) -> list[str]:
    single = [arguments[name] for name in _COLUMN_ARGUMENTS if arguments.get(name)]
    return single + list(arguments.get("column_list") or ())


def _absent(name: str, columns: Sequence[str]) -> str:
    close = difflib.get_close_matches(name, [str(column) for column in columns], n=1)
    has = ", ".join(str(column) for column in columns) or "no columns"
    return f"is missing{f'; did it become {close[0]!r}?' if close else ''} (the table has {has})"


def _observed(outcome: Mapping[str, Any], arguments: Mapping[str, Any]) -> str:
    """Say what was expected and what was seen instead."""
    result = outcome.get("result") or {}
    parts = []
    if result.get("unexpected_count") is not None:
        counted = result.get("element_count", 0) - (result.get("missing_count") or 0)
        parts.append(f"{result['unexpected_count']:,} of {counted:,} values fail")
        examples = _examples(result)
        if examples:
            parts.append(f"such as {examples}")
    elif result.get("observed_value") is not None:
        parts.append(f"observed {_short(result['observed_value'])}")
    else:
        parts.append(_exception(outcome.get("exception_info")) or "does not hold")
    differing = (result.get("details") or {}).get("mismatched")
    if isinstance(differing, Mapping):
        parts += [f"{what} {_short(names)}" for what, names in differing.items()]
    expected = {name: value for name, value in arguments.items() if name not in _NOT_SHOWN}
    if expected:
        parts.append(
            "expected " + ", ".join(f"{name} {_short(value)}" for name, value in expected.items())
        )
    if "mostly" in arguments:
        parts.append(f"in at least {arguments['mostly']:.1%}")
    return ", ".join(parts)


def _examples(result: Mapping[str, Any]) -> str:
    values = dict.fromkeys(_short(value) for value in result.get("partial_unexpected_list") or ())
    rows = result.get("partial_unexpected_index_list") or ()
    if not values:
        return ""
    where = f" (rows {', '.join(str(row) for row in rows[:3])})" if rows else ""
    return ", ".join(list(values)[:3]) + where


def _exception(info: Any) -> str:
    """Take the message out of an exception, which may be nested under a metric's name."""
    if not isinstance(info, Mapping):
        return ""
    for entry in (info, *info.values()):
        message = entry.get("exception_message") if isinstance(entry, Mapping) else None
        if message:
            return f"could not be checked: {_short(' '.join(str(message).split()), 200)}"
    return ""


def _short(value: Any, limit: int = 120) -> str:
    text = str(value) if isinstance(value, str | float | int) else repr(value)
    return text if len(text) <= limit else f"{text[:limit]}…"
