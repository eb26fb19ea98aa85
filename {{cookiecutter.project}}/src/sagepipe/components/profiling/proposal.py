"""What follows from a table's columns: each one's role, the task, the split, the bar."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from sagepipe.components.profiling import leaks, roles, targets
from sagepipe.components.profiling.columns import Column, Value, describe
from sagepipe.components.profiling.roles import Role
from sagepipe.components.split_data import split as divide

if TYPE_CHECKING:
    import pandas as pd

Task = Literal["classification", "regression"]

LEAST_ROWS = 50


@dataclass(frozen=True)
class Proposal:
    """What a person would otherwise write: the schema, as facts.

    Attributes:
        target: The column that is predicted.
        task: ``classification`` or ``regression``.
        classes: The labels; none for a regression.
        columns: The table's columns, in its order.
        roles: Each column's role and, where it is left out, why, by name.
        split: The strategy, as ``split_data`` knows it.
        split_by: The columns that it goes by.
        metric: What the bar is held against.
        bar: What a model that knows nothing reaches.
        duplicates: Rows that are there before already.
        warnings: What a person should look at, a sentence each.
    """

    target: Column
    task: Task
    classes: tuple[Value, ...]
    columns: tuple[Column, ...]
    roles: dict[str, Role]
    split: str
    split_by: tuple[str, ...]
    metric: str
    bar: float
    duplicates: int
    warnings: tuple[str, ...]

    def named(self, *kinds: str) -> list[Column]:
        """Return the columns of a role, in the table's order."""
        return [column for column in self.columns if self.roles[column.name].kind in kinds]

    @property
    def features(self) -> list[Column]:
        """The features in the model's order: numbers, categories, true or false."""
        return [*self.named("numeric"), *self.named("categorical"), *self.named("boolean")]

    @property
    def prepared(self) -> list[Column]:
        """The columns of the prepared table, in its order."""
        by_name = {column.name: column for column in self.columns}
        names = [*self.split_by, *(item.name for item in self.features), self.target.name]
        return [by_name[name] for name in dict.fromkeys(names)]

    @property
    def raw(self) -> list[Column]:
        """The columns of the raw table that are used, in its order."""
        used = {column.name for column in self.prepared}
        return [column for column in self.columns if column.name in used]


def propose(
    table: "pd.DataFrame",
    target: str,
    task: str = "",
    group: Sequence[str] = (),
    time: str = "",
) -> Proposal:
    """Look at a table and propose how to learn from it.

    Args:
        table: The table, n rows.
        target: The column to predict.
        task: ``classification`` or ``regression``; what the target says where empty.
        group: Columns whose rows stay on one side of the split.
        time: The column by which the split takes the latest rows to test on.

    Returns:
        The proposal.

    Raises:
        ValueError: A column is not there, the target can't be predicted, or there is too little to
            learn from.
    """
    if absent := [name for name in (target, *group, time) if name and name not in table.columns]:
        shown = ", ".join(map(str, table.columns))
        one = (
            "; is it separated by something else than commas? pandas.read_csv(FILE, "
            'sep=";").to_csv(FILE, index=False) mends that'
            if table.shape[1] == 1
            else ""
        )
        raise ValueError(f"the table has no column {absent[0]!r}; it has {shown}{one}")
    if group and time:
        raise ValueError("rows are split by a group or by time, not by both: name one of them")
    answered = table[table[target].notna()]
    if len(answered) < LEAST_ROWS:
        raise ValueError(
            f"{len(answered)} rows have a {target!r}, which is too few to learn from: it takes "
            f"{LEAST_ROWS} at least"
        )
    described = describe(table)
    answer = next(column for column in described if column.name == target)
    found_task = targets.task_of(answer, task)
    classes = targets.classes(answered[target]) if found_task == "classification" else ()
    assigned = roles.assign(described, target, group, time)
    if not any(role.kind in roles.FEATURES for role in assigned.values()):
        raise ValueError(
            "no column is left to learn from: "
            + "; ".join(f"{name} {role.reason}" for name, role in assigned.items() if role.reason)
        )
    split, by = _split(answer, found_task, group, time)
    _try_split(answered, split, by, target, classes)
    features = [item for item in described if assigned[item.name].kind in roles.FEATURES]
    return Proposal(
        target=answer,
        task=found_task,
        classes=classes,
        columns=tuple(described),
        roles=assigned,
        split=split,
        split_by=by,
        metric=_metric(classes),
        bar=0.5 if classes else targets.error_of_the_median(answered[target]),
        duplicates=_duplicates(table, described),
        warnings=tuple(leaks.suspects(answered, features, target, found_task)),
    )


def _metric(classes: Sequence[Value]) -> str:
    if not classes:
        return "mae"
    return "auc" if len(classes) == 2 else "auc_ovr"


def _duplicates(table: "pd.DataFrame", columns: Sequence[Column]) -> int:
    """Count the rows that are there before already, by the columns that can be compared."""
    return int(table[[item.name for item in columns if item.kind != "other"]].duplicated().sum())


def _try_split(
    table: "pd.DataFrame", split: str, by: Sequence[str], target: str, classes: Sequence[Value]
) -> None:
    """Hold that a model can be trained and tested on what the split gives."""
    train, test = divide(table, split, by=by)
    if not classes:
        return
    if missing := sorted(set(table[target].astype(str)) - set(train[target].astype(str))):
        raise ValueError(
            f"the split by {', '.join(by)} leaves no row of {target} {missing[0]!r} to train on"
        )
    if test[target].nunique() < 2:
        raise ValueError(
            f"the split by {', '.join(by)} tests on one {target} alone: {test[target].iloc[0]!r}"
        )


def _split(
    answer: Column, task: str, group: Sequence[str], time: str
) -> tuple[str, tuple[str, ...]]:
    if group:
        return "grouped", tuple(group)
    if time:
        return "time", (time,)
    if task == "classification":
        return "stratified", (answer.name,)
    return "random", ()
