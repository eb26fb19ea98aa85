"""Values that keep a column from being the numbers that it is expected to be."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas

KEY = "not_numbers"  # in an outcome's result
SHOWN = 3

_ARGUMENTS = ("type_", "type_list")
_NUMBERS = ("int", "float", "Int", "Float")


def types(arguments: Mapping[str, Any]) -> list[str]:
    """Return the types that an expectation asks for, if it does.

    Args:
        arguments: The expectation's.
    """
    found = [arguments[name] for name in _ARGUMENTS if arguments.get(name)]
    return [kind for item in found for kind in ([item] if isinstance(item, str) else item)]


def add(outcome: dict[str, Any], frame: "pandas.DataFrame") -> None:
    """Add to a failed expectation of numbers which values are none.

    Args:
        outcome: Great Expectations' of one expectation; its result gets their count, of how many
            values, the first of them and their rows.
        frame: The table, its rows numbered.
    """
    import pandas

    arguments = outcome["expectation_config"]["kwargs"]
    wanted, column = types(arguments), arguments.get("column")
    numeric = (
        not outcome["success"] and wanted and all(kind.startswith(_NUMBERS) for kind in wanted)
    )
    if not numeric or column not in frame.columns:
        return
    values = frame[column].dropna()
    found = values[pandas.to_numeric(values, errors="coerce").isna()]
    outcome["result"][KEY] = {
        "count": len(found),
        "of": len(values),
        "values": [str(value) for value in found.head(SHOWN)],
        "rows": [int(row) for row in found.index[:SHOWN]],
    }


def joined(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    """Put together what two parts of a column hold.

    Args:
        first: What ``add`` wrote of the first.
        second: The same of the second.

    Returns:
        The same of both.
    """
    return {
        "count": first["count"] + second["count"],
        "of": first["of"] + second["of"],
        "values": [*first["values"], *second["values"]][:SHOWN],
        "rows": [*first["rows"], *second["rows"]][:SHOWN],
    }
