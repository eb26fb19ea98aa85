"""What a Great Expectations suite says of single values, as plain data for the server."""

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from sagepipe.export import parity
from sagepipe.export.errors import ExportError
from sagepipe.serving import Schema
from sagepipe.serving.expectations import Expectation, Expectations

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pandas import DataFrame

_Arguments: TypeAlias = Mapping[str, Any]


def read(suites: Iterable[str | Path], schema: Schema) -> tuple[Expectation, ...]:
    """Take from suites what can be held against each value of a request.

    These are ranges, sets and missing values of the features. What tolerates exceptions
    (``mostly``) or looks at some rows alone (``row_condition``) says nothing of a single value, and
    a pattern against text from outside may take for ever.

    Args:
        suites: Files, as Great Expectations writes its suites.
        schema: The model's columns.

    Returns:
        What is expected of them.

    Raises:
        ExportError: A file is missing or is no suite.
    """
    types = {feature.name: feature.type for feature in schema.features}
    found: dict[Expectation, None] = {}
    for file in suites:
        for item in _expectations(Path(file)):
            arguments = item.get("kwargs") or {}
            column = arguments.get("column")
            make = _KINDS.get(item.get("type", ""))
            if make is None or column not in types or not _of_each_value(arguments):
                continue
            says = make(arguments, types[column] in ("number", "integer"))
            if says:
                critical = (item.get("severity") or "critical") == "critical"
                found[Expectation(column, critical=critical, **says)] = None
    return tuple(found)


def check(schema: Schema, features: "DataFrame") -> None:
    """Make sure that the expectations are of what the model takes.

    Preparation may have made something else of a column that has kept its name; the server would
    then refuse what the model was trained on.

    Args:
        schema: The columns with what is expected of them.
        features: The rows that the model was fitted on.

    Raises:
        ExportError: One of the rows would be refused.
    """
    outside = Expectations(schema.expectations).find(
        {name: _as_parsed(values) for name, values in parity.columns(features).items()}
    )
    if outside is not None and outside.refusal is not None:
        raise ExportError(
            f"the suites do not describe what the model was fitted on: {outside.refusal}; hand on "
            "the suites of the features as the model takes them, or none"
        )


def _as_parsed(values: "NDArray[Any]") -> "NDArray[Any]":
    """Make missing text and true/false None, as in a request."""
    import numpy as np

    if values.dtype.kind != "O":
        return values
    parsed = np.empty(len(values), dtype=object)
    parsed[:] = [None if value != value else value for value in values.tolist()]
    return parsed


def _expectations(file: Path) -> list[Mapping[str, Any]]:
    try:
        listed: list[Mapping[str, Any]] = json.loads(file.read_text(encoding="utf-8"))[
            "expectations"
        ]
        if not all(isinstance(item, dict) for item in listed):
            raise TypeError("an expectation is an object")
    except FileNotFoundError:
        raise ExportError(f"there is no expectation suite {file}") from None
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ExportError(
            f"{file} is not an expectation suite ({type(error).__name__}: {error})"
        ) from None
    return listed


def _of_each_value(arguments: _Arguments) -> bool:
    return arguments.get("mostly") in (None, 1) and not arguments.get("row_condition")


def _between(arguments: _Arguments, numeric: bool) -> dict[str, Any] | None:
    bounds = {"low": arguments.get("min_value"), "high": arguments.get("max_value")}
    stated = {name: bound for name, bound in bounds.items() if bound is not None}
    if not numeric or not stated or not all(type(b) in (int, float) for b in stated.values()):
        return None
    return {
        **stated,
        "strict_low": bool(arguments.get("strict_min")),
        "strict_high": bool(arguments.get("strict_max")),
    }


def _values(arguments: _Arguments) -> tuple[Any, ...] | None:
    """Take a set as the suite has it; a parameter of the suite's is none."""
    values = arguments.get("value_set")
    plain = isinstance(values, list) and all(type(v) in (str, int, float, bool) for v in values)
    return tuple(values) if plain and values else None


def _in_set(arguments: _Arguments, numeric: bool) -> dict[str, Any] | None:
    values = _values(arguments)
    return {"among": values} if values else None


def _not_in_set(arguments: _Arguments, numeric: bool) -> dict[str, Any] | None:
    values = _values(arguments)
    return {"not_among": values} if values else None


def _not_null(arguments: _Arguments, numeric: bool) -> dict[str, Any]:
    return {"missing": False}


_KINDS: Mapping[str, Callable[[_Arguments, bool], dict[str, Any] | None]] = {
    "expect_column_values_to_be_between": _between,
    "expect_column_values_to_be_in_set": _in_set,
    "expect_column_values_to_not_be_in_set": _not_in_set,
    "expect_column_values_to_not_be_null": _not_null,
}
