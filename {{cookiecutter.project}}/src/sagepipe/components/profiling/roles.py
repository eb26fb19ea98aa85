"""What each column is for, and which ones are better left out."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sagepipe.components.profiling.columns import Column

FEATURES = ("numeric", "categorical", "boolean")

# One-hot encoding makes a column of each category.
MOST_CATEGORIES = 200
# Text that is different in more than this share of its rows is an id or a sentence.
_MOST_DIFFERENT = 0.5
_FEW = 20
_MOST_MISSING = 0.95
_ID = re.compile(r"(^|.*[\W_])(id|ids|key|uuid|guid|index|row)$|^unnamed: \d+$|.*[a-z]I[dD]$")
_KINDS = {"number": "numeric", "text": "categorical", "boolean": "boolean"}


@dataclass(frozen=True)
class Role:
    """What a column is for.

    Attributes:
        kind: ``target``, ``group``, ``time``, ``numeric``, ``categorical``, ``boolean`` or
            ``left out``.
        reason: Why it is left out.
    """

    kind: str
    reason: str = ""


def assign(
    columns: Sequence[Column], target: str, group: Sequence[str] = (), time: str = ""
) -> dict[str, Role]:
    """Give each column a role.

    Args:
        columns: The table's.
        target: The one that is predicted.
        group: Those whose rows stay together.
        time: The one that the split goes by.

    Returns:
        Roles by name, in the columns' order.
    """
    special = {**dict.fromkeys(group, "group"), time: "time", target: "target"}
    found = {}
    for column in columns:
        if kind := special.get(column.name):
            found[column.name] = Role(kind)
        elif reason := _useless(column):
            found[column.name] = Role("left out", reason)
        else:
            found[column.name] = Role(_KINDS[column.kind])
    return found


def _useless(column: Column) -> str:
    """Say why a column is no feature; nothing if it is one."""
    present = column.rows - column.nulls
    if column.kind == "empty":
        return "is empty"
    if column.kind == "other":
        return f"holds {column.dtype} values, which no request can carry"
    if column.kind == "date":
        return "is a date: make numbers of it, or split by it with --time"
    if column.distinct < 2:
        return "is always the same"
    if column.null_share > _MOST_MISSING:
        return f"is empty in {column.null_share:.0%} of the rows"
    if column.kind == "number":
        everywhere = column.whole and column.distinct == present
        named = _ID.fullmatch(column.name) or _ID.fullmatch(column.name.lower())
        return "is a number of the row, an id" if everywhere and (named or column.ordered) else ""
    if column.kind == "text" and column.distinct > max(_FEW, _MOST_DIFFERENT * present):
        return f"is different in almost every row ({column.distinct:,} values): an id or free text"
    if column.kind == "text" and column.distinct > MOST_CATEGORIES:
        return f"has {column.distinct:,} categories, more than {MOST_CATEGORIES}: merge some"
    return ""
