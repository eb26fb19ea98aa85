"""A proposal in words and rows that a person reads at a glance."""

import shlex

from sagepipe.components.profiling.columns import Column
from sagepipe.components.profiling.proposal import Proposal

HEADERS = ("Column", "Role", "Type", "Missing", "Range or values")
_SHOWN = 40  # characters of a value set


def rows(proposal: Proposal) -> list[tuple[str, str, str, str, str]]:
    """Describe each column in a row under ``HEADERS``."""
    return [
        (
            column.name,
            proposal.roles[column.name].kind,
            "whole number" if column.whole else column.kind,
            f"{column.null_share:.1%}" if column.nulls else "",
            proposal.roles[column.name].reason or _content(column),
        )
        for column in proposal.columns
    ]


def split_in_words(proposal: Proposal) -> str:
    """Say how rows are divided."""
    by = ", ".join(proposal.split_by)
    return {
        "grouped": f"rows of the same {by} stay on one side of the split",
        "time": f"the latest rows by {by} are tested on",
        "stratified": "rows are divided at random, each label alike",
        "random": "rows are divided at random",
    }[proposal.split]


def notes(proposal: Proposal) -> list[str]:
    """List what a person should look at, a sentence each."""
    said = list(proposal.warnings)
    if proposal.duplicates:
        said.append(
            f"rows that are there more than once, and are kept: {proposal.duplicates:,}; if that "
            "is an error, set KEEP_DUPLICATES in schema.py to False"
        )
    dates = [column.name for column in proposal.named("left out") if column.kind == "date"]
    if dates and proposal.split != "time":
        one = "a date" if len(dates) == 1 else "dates"
        said.append(
            f"{', '.join(map(repr, dates))}: {one}, and no feature. If the model will be asked "
            f"about days to come, adopt with --time {shlex.quote(dates[0])}: else the days that it "
            "is tested on lie between those that it learned from"
        )
    without = proposal.target.nulls
    if without:
        said.append(f"{without:,} rows have no {proposal.target.name!r} and are left out")
    return said


def _content(column: Column) -> str:
    if column.kind in ("number", "date"):
        return f"{_short(column.low)} … {_short(column.high)}"
    shown = ""
    for value in column.values:
        longer = f"{shown}, {value}" if shown else str(value)
        if len(longer) > _SHOWN:
            return f"{shown or str(value)[:_SHOWN]} … ({column.distinct})"
        shown = longer
    return shown or f"{column.distinct:,} values"


def _short(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
