"""The schema that follows from a proposal, as Python's source: what a team edits from then on."""

import json
from collections.abc import Sequence

from sagepipe.components.profiling.columns import Value
from sagepipe.components.profiling.proposal import Proposal

_WIDTH = 100

_TEXT = '''\
"""The columns, the question and the bar: the one place in the code that is about this table.

What values the columns may hold stands in ``expectations/``. For another table
`sagepipe adopt FILE --target COLUMN` writes both anew.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

TASK = {task}

{numeric}
{categorical}
{boolean}

# What the model takes, in this order; a request to the served model holds these columns.
FEATURES = [*NUMERIC, *CATEGORICAL, *BOOLEAN]
{left_out}
# What the model predicts, and the raw column that it comes from; rows without it are left out.
TARGET = {target}
ANSWER = TARGET

{classes_note}
{classes}
{names}

# Columns that are text whatever they look like.
{text}

# How rows are divided: "random", "stratified" (each label), "grouped" or "time", by these columns.
SPLIT = {split}
{split_by}

# The prepared table, in this order.
COLUMNS = list(dict.fromkeys([*SPLIT_BY, *FEATURES, TARGET]))

# Whether rows that are there twice are two cases; else they are an error of the table's.
KEEP_DUPLICATES = {duplicates}

# What the pipeline's bar is held against, and the bar if a run names no other:
# {bar_note}. Raise it.
METRIC = {metric}
HIGHER_IS_BETTER = {higher}
BAR = {bar}

# The files in which preprocessing hands its tables on.
TRAIN_FILE = {train_file}
TEST_FILE = {test_file}


def target(table: "pd.DataFrame") -> "pd.Series":
    """Derive what the model predicts from the raw table."""
    return table[ANSWER]{cast}
'''


def schema(proposal: Proposal, suffix: str = ".csv") -> str:
    """Write ``schema.py``.

    Args:
        proposal: What was understood.
        suffix: The format in which tables are handed on, ``.csv`` or ``.parquet``.

    Returns:
        The module's source, in ruff's style.
    """
    labels = list(proposal.classes)
    text_target = bool(labels) and all(isinstance(label, str) for label in labels)
    classes = "list[str | int | bool]"
    return _TEXT.format(
        task=literal(proposal.task),
        numeric=names("NUMERIC", proposal, "numeric"),
        categorical=names("CATEGORICAL", proposal, "categorical"),
        boolean=names("BOOLEAN", proposal, "boolean"),
        left_out=_left_out(proposal),
        target=literal(proposal.target.name),
        classes_note=_classes_note(labels),
        classes=assignment(f"CLASSES: {classes}", labels),
        names=assignment("CLASS_NAMES: list[str]", [str(label) for label in labels]),
        text="TEXT = [*CATEGORICAL, TARGET]" if text_target else "TEXT = CATEGORICAL",
        split=literal(proposal.split),
        split_by=assignment("SPLIT_BY: list[str]", list(proposal.split_by)),
        duplicates=proposal.duplicates > 0,
        bar_note="what a guess reaches" if labels else "what always saying the median is off by",
        metric=literal(proposal.metric),
        higher=bool(labels),
        bar=proposal.bar,
        train_file=literal(f"train_data{suffix}"),
        test_file=literal(f"test_data{suffix}"),
        cast=_cast(labels, text_target),
    )


def names(constant: str, proposal: Proposal, role: str) -> str:
    """Write the list of a role's columns."""
    return assignment(f"{constant}: list[str]", [column.name for column in proposal.named(role)])


def assignment(left: str, values: Sequence[Value]) -> str:
    """Write a list as ruff formats it: in a line if that is short enough, else an item a line."""
    items = [literal(value) for value in values]
    line = f"{left} = [{', '.join(items)}]"
    if len(line) <= _WIDTH:
        return line
    return "\n".join([f"{left} = [", *(f"    {item}," for item in items), "]"])


def literal(value: Value) -> str:
    """Write a value as Python's source, text in the quotes that ruff prefers."""
    if not isinstance(value, str):
        return repr(value)
    if ('"' in value and "'" not in value) or not value.isprintable():
        return repr(value)
    return json.dumps(value, ensure_ascii=False)


def _left_out(proposal: Proposal) -> str:
    """Say in a comment which columns are no features, and why."""
    lines = [
        f"#   {column.name}: {proposal.roles[column.name].reason}"[:_WIDTH]
        for column in proposal.named("left out")
    ]
    return "\n".join(["", "# Left out:", *lines, ""]) if lines else ""


def _classes_note(labels: Sequence[Value]) -> str:
    if not labels:
        return "# A number has no classes."
    if len(labels) == 2:
        return (
            "# The labels, and what plots call them; the second is the one that scores are about."
        )
    return "# The labels, and what plots call them."


def _cast(labels: Sequence[Value], text: bool) -> str:
    """Undo what a missing answer somewhere does to a column's type."""
    if not labels:
        return '.astype("float64")'
    if text:
        return '.astype("str")'
    return '.astype("bool")' if isinstance(labels[0], bool) else '.astype("int64")'
