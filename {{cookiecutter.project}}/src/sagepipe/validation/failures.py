"""From Great Expectations' results to sentences."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sagepipe.validation import strays
from sagepipe.validation.result import MISSING, Failure

_COLUMN_ARGUMENTS = ("column", "column_A", "column_B")
_EXPECTED = 60  # characters of an expectation's argument; SageMaker keeps little of a message
_NOT_SHOWN = {"batch_id", "column", "mostly", "result_format"}


def find(
    outcomes: Sequence[Mapping[str, Any]], columns: Sequence[str], rows: int
) -> Iterator[Failure]:
    """Describe the expectations that do not hold.

    A column that isn't there is named once, not once for each expectation on it; one of the wrong
    type isn't named again by expectations that could not be checked for that. Where there are no
    rows, only that is said.

    Args:
        outcomes: The ``results`` of Great Expectations' JSON.
        columns: The names of the table's columns.
        rows: Its length.

    Yields:
        Failures, in the result's order.
    """
    mistyped = _mistyped(outcomes)
    if rows == 0 and columns:
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
        if not absent and not (_unchecked(outcome) and mistyped & set(_columns(arguments))):
            column = " and ".join(_columns(arguments))
            observed = _strays(outcome) + _observed(outcome, arguments)
            yield Failure(column, kind, observed, severity)
        for name in absent:
            if name not in named:
                named.add(name)
                yield Failure(name, kind, _absent(name, columns), severity, missing=True)


def _wanted(outcomes: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the columns that the suite speaks of."""
    names: dict[str, None] = {}
    for outcome in outcomes:
        names |= dict.fromkeys(_columns(outcome["expectation_config"]["kwargs"]))
    return list(names)


def _columns(arguments: Mapping[str, Any]) -> list[str]:
    single = [arguments[name] for name in _COLUMN_ARGUMENTS if arguments.get(name)]
    return single + list(arguments.get("column_list") or ())


def _mistyped(outcomes: Sequence[Mapping[str, Any]]) -> set[str]:
    """Return the columns whose type is not the one expected."""
    kwargs = [item["expectation_config"]["kwargs"] for item in outcomes if not item["success"]]
    return {item["column"] for item in kwargs if strays.types(item) and item.get("column")}


def _unchecked(outcome: Mapping[str, Any]) -> bool:
    result = outcome.get("result") or {}
    return result.get("unexpected_count") is None and result.get("observed_value") is None


def _strays(outcome: Mapping[str, Any]) -> str:
    """Name the values that keep a column from being the numbers it is expected to be."""
    found = (outcome.get("result") or {}).get(strays.KEY)
    if not found or not found["count"]:
        return ""
    counted = f"{found['count']:,} of {found['of']:,} values are not numbers"
    return f"{counted}, such as {_listed(found['values'], found['rows'])}, "


def _absent(name: str, columns: Sequence[str]) -> str:
    close = difflib.get_close_matches(name, [str(column) for column in columns], n=1)
    return f"{MISSING}{f'; did it become {close[0]!r}?' if close else ''}"


def _observed(outcome: Mapping[str, Any], arguments: Mapping[str, Any]) -> str:
    """Say what was expected and what was seen instead."""
    result = outcome.get("result") or {}
    parts = []
    if result.get("unexpected_count") is not None and result.get("element_count") is not None:
        counted = result["element_count"] - (result.get("missing_count") or 0)
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
            "expected "
            + ", ".join(f"{name} {_short(value, _EXPECTED)}" for name, value in expected.items())
        )
    if "mostly" in arguments:
        parts.append(f"in at least {arguments['mostly']:.1%}")
    return ", ".join(parts)


def _examples(result: Mapping[str, Any]) -> str:
    values = result.get("partial_unexpected_list") or ()
    return _listed(values, result.get("partial_unexpected_index_list") or ()) if values else ""


def _listed(values: Sequence[Any], rows: Sequence[int]) -> str:
    different = dict.fromkeys(_short(value) for value in values)
    return ", ".join(list(different)[:3]) + _where(rows[:3])


def _where(positions: Sequence[int]) -> str:
    """Name data rows as people count them: the first one below the header is 1."""
    if not positions:
        return ""
    rows = ", ".join(str(position + 1) for position in positions)
    return f" (data row{'s' if len(positions) > 1 else ''} {rows})"


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
