"""What is proposed of a table: roles, task, labels, split, and what a person should look at."""

import numpy as np
import pandas as pd
import pytest

from sagepipe.components.profiling import summary
from sagepipe.components.profiling.proposal import propose

ROWS = 200
random = np.random.default_rng(1)
SIZE = random.normal(50, 9, ROWS).round(1)
TABLE = pd.DataFrame(
    {
        "size (mm)": SIZE,
        "shop": random.choice(["north", "south", "é st"], ROWS),
        "new": random.choice([True, False, None], ROWS),
        "customer": [f"C{place:04}" for place in range(ROWS)],
        "row": range(ROWS),
        "day": pd.date_range("2026-01-01", periods=ROWS).strftime("%Y-%m-%d"),
        "made": pd.date_range("2026-01-01", periods=ROWS),
        "same": 1,
        "empty": None,
        "parts": [["a", "b"]] * ROWS,
        "grade": random.choice(["low", "mid", "high"], ROWS),
        "sold": random.choice(["yes", "no"], ROWS, p=[0.7, 0.3]),
        "late": random.choice([1.0, 0.0], ROWS),
        "price": 3 * SIZE + random.normal(0, 40, ROWS),
        "stars": random.integers(1, 6, ROWS),
    }
)


def features(target: str, **options: object) -> list[str]:
    return [column.name for column in propose(TABLE, target, **options).features]  # type: ignore[arg-type]


def test_numbers_categories_and_true_or_false_are_features_in_this_order() -> None:
    assert features("grade") == ["size (mm)", "late", "price", "stars", "shop", "sold", "new"]


@pytest.mark.parametrize(
    ("column", "reason"),
    [
        ("customer", "is different in almost every row (200 values)"),
        ("row", "is a number of the row, an id"),
        ("day", "is a date"),
        ("made", "is a date"),
        ("same", "is always the same"),
        ("empty", "is empty"),
        ("parts", "holds object values, which no request can carry"),
    ],
)
def test_what_is_no_use_is_left_out_and_said(column: str, reason: str) -> None:
    role = propose(TABLE, "grade").roles[column]
    assert role.kind == "left out" and role.reason.startswith(reason)


@pytest.mark.parametrize("form", ["%Y/%m/%d", "%d.%m.%Y", "%b %d %Y", "%d-%b-%y", "%m/%d/%y %H:%M"])
def test_dates_are_known_as_people_write_them(form: str) -> None:
    table = TABLE.assign(day=pd.to_datetime(TABLE["day"]).dt.strftime(form))
    assert propose(table, "grade").roles["day"].reason.startswith("is a date")


def test_a_date_that_the_split_does_not_go_by_is_pointed_out() -> None:
    (said,) = summary.notes(propose(TABLE.drop(columns="made"), "grade"))
    assert said.startswith("'day': a date, and no feature.")
    assert "adopt with --time day" in said
    assert summary.notes(propose(TABLE.drop(columns="made"), "grade", time="day")) == []


@pytest.mark.parametrize(
    ("target", "task", "classes"),
    [
        ("grade", "classification", ("high", "low", "mid")),
        ("sold", "classification", ("no", "yes")),
        ("late", "classification", (0, 1)),
        ("new", "classification", (False, True)),
        ("price", "regression", ()),
    ],
)
def test_the_target_says_the_task(target: str, task: str, classes: tuple[object, ...]) -> None:
    found = propose(TABLE, target)
    assert (found.task, found.classes) == (task, classes)
    assert list(map(type, found.classes)) == list(map(type, classes))


def test_whole_numbers_may_be_labels_or_counts_and_are_asked_for() -> None:
    with pytest.raises(ValueError, match=r"5 different whole numbers.*--task classification or"):
        propose(TABLE, "stars")
    assert propose(TABLE, "stars", "classification").classes == (1, 2, 3, 4, 5)
    assert propose(TABLE, "stars", "regression").classes == ()


def test_the_bar_is_what_knowing_nothing_reaches() -> None:
    price = TABLE["price"]
    assert propose(TABLE, "grade").bar == 0.5
    error = (price - price.median()).abs().mean()
    assert error <= propose(TABLE, "price").bar < 1.01 * error


def test_a_group_or_a_time_is_no_feature_and_what_the_split_goes_by() -> None:
    grouped, timed = propose(TABLE, "grade", group=["stars"]), propose(TABLE, "grade", time="day")
    assert (grouped.split, grouped.split_by) == ("grouped", ("stars",))
    assert (timed.split, timed.split_by) == ("time", ("day",))
    assert "stars" not in [column.name for column in grouped.features]
    assert timed.prepared[0].name == "day"


def test_a_column_that_says_the_answer_alone_is_suspected() -> None:
    leaking = TABLE.assign(code=TABLE["grade"].str.upper())
    (warning,) = propose(leaking, "grade").warnings
    assert warning.startswith("'code' says 'grade' almost by itself (100%)")
    assert not propose(TABLE, "grade").warnings


@pytest.mark.parametrize(
    ("target", "options", "message"),
    [
        ("greade", {}, "the table has no column 'greade'; it has size"),
        ("same", {}, "target 'same' is always the same"),
        ("day", {}, r"target 'day' holds str values \(date\), which can't be predicted"),
        ("customer", {}, "200 different values, more than 50: merge labels"),
        ("grade", {"task": "regression"}, "target 'grade' holds no numbers"),
        ("price", {"task": "classification"}, "'price' holds fractions, which are no labels"),
        ("price", {"task": "clustering"}, "no task 'clustering'; there are classification and"),
        ("grade", {"group": ["shop"], "time": "day"}, "by a group or by time, not by both"),
        ("grade", {"group": ["empty"]}, "200 rows have no empty, which the split goes by"),
        ("grade", {"time": "shop"}, "'shop', .* holds neither numbers nor ISO dates"),
    ],
)
def test_what_can_not_be_learned_is_named(
    target: str, options: dict[str, object], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        propose(TABLE, target, **options)  # type: ignore[arg-type]


def test_too_few_rows_are_named() -> None:
    with pytest.raises(ValueError, match="40 rows have a 'grade', which is too few"):
        propose(TABLE[:40], "grade")


def test_a_rare_label_is_named() -> None:
    rare = TABLE.assign(grade=TABLE["grade"].mask(TABLE["row"] < 3, "top"))
    with pytest.raises(ValueError, match="target 'grade' is 'top' in 3 rows, which is too few"):
        propose(rare, "grade")


def test_a_split_that_leaves_a_label_to_the_test_alone_is_named() -> None:
    late = TABLE.assign(grade=TABLE["grade"].mask(TABLE["row"] > 180, "new label"))
    with pytest.raises(ValueError, match="split by day leaves no row of grade 'new label' to"):
        propose(late, "grade", time="day")
