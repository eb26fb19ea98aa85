"""What counts as drift, and what does not."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from sagepipe.components.monitoring.drift import Drift, Limits, compare, index


def table(rows: int, seed: int, **changes: Any) -> pd.DataFrame:
    chance = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "size": chance.normal(10, 2, rows),
            "count": chance.poisson(0.3, rows),  # mostly 0: several deciles are one value
            "colour": chance.choice(["red", "green", "blue"], rows, p=[0.6, 0.3, 0.1]),
            "broken": chance.random(rows) < 0.1,
        }
    )
    return frame.assign(**{name: change(frame) for name, change in changes.items()})


def drifted(found: list[Drift]) -> dict[str, tuple[str, ...]]:
    return {drift.column: drift.reasons for drift in found if drift.reasons}


@pytest.mark.parametrize("rows", [40, 2000])
def test_tables_of_one_kind_do_not_drift(rows: int) -> None:
    reference = table(2000, seed=1)
    alarms = [drifted(compare(reference, table(rows, seed))) for seed in range(100, 112)]
    assert sum(map(bool, alarms)) <= 1  # alpha is one in a hundred


def test_a_table_does_not_drift_from_itself() -> None:
    for drift in compare(table(500, 1), table(500, 1)):
        assert (drift.psi, drift.reasons) == (0, ())
        assert drift.p_value == pytest.approx(1)


@pytest.mark.parametrize(
    ("column", "change"),
    [
        ("size", lambda frame: frame["size"] + 2),
        ("size", lambda frame: frame["size"] * 3 - 20),
        ("count", lambda frame: frame["count"] + (frame.index % 2)),
        ("colour", lambda frame: frame["colour"].where(frame.index % 2 == 0, "blue")),
        ("broken", lambda frame: frame.index % 3 == 0),
    ],
)
def test_a_shifted_column_drifts_and_no_other(column: str, change: Any) -> None:
    found = drifted(compare(table(4000, 1), table(1000, 2, **{column: change})))
    assert list(found) == [column]
    assert found[column][0].startswith("population stability index ")


def test_a_difference_that_is_real_but_small_is_no_drift() -> None:
    (drift,) = compare(
        table(30_000, 1), table(30_000, 2, size=lambda frame: frame["size"] + 0.1), ["size"]
    )
    assert drift.p_value < 1e-6
    assert drift.psi < 0.01
    assert not drift.reasons


def test_rare_categories_that_chance_brings_are_no_drift() -> None:
    rng = np.random.default_rng(7)
    names = pd.DataFrame({"name": rng.zipf(1.5, 440).astype(str)})
    (drift,) = compare(names.head(400), names.tail(40))
    assert sum(drift.new.values()) > 0.1
    assert drift.reasons == ()


def test_new_categories_are_named_with_their_share() -> None:
    recent = table(1000, 2, colour=lambda frame: frame["colour"].where(frame.index >= 20, "pink"))
    (drift,) = compare(table(4000, 1), recent, ["colour"])
    assert drift.new == {"pink": 0.02}
    assert drift.reasons == ("new categories: pink (2.0%)",)


def test_missing_values_that_come_or_go_are_drift() -> None:
    gone = table(1000, 2, size=lambda frame: frame["size"].where(frame.index % 5 > 0))
    found = compare(table(4000, 1), gone, ["size"])
    assert drifted(found) == {"size": ("missing values 0.0% before, 20.0% now",)}
    back = drifted(compare(gone, table(1000, 2), ["size"]))
    assert back == {"size": ("missing values 20.0% before, 0.0% now",)}


def test_a_gap_more_among_few_rows_may_be_chance() -> None:
    gappy = table(4000, 1, size=lambda frame: frame["size"].where(frame.index % 5 > 0))
    few = table(20, 2, size=lambda frame: frame["size"].where(frame.index > 5))  # 30 %
    assert drifted(compare(gappy, few, ["size"])) == {}


def test_a_column_that_is_empty_now_is_told_from_one_of_another_type() -> None:
    reference = table(400, 1)
    empty = reference.assign(colour=None)
    assert drifted(compare(reference, empty, ["colour"])) == {
        "colour": ("missing values 0.0% before, 100.0% now",)
    }
    with pytest.raises(ValueError, match="column colour: the reference has text and the recent"):
        compare(reference, reference.assign(colour=1.5))


def test_the_index_is_the_one_of_the_formula() -> None:
    found = index(np.array([50, 50]), np.array([80, 20]))
    assert found == pytest.approx(0.3 * np.log(1.6) - 0.3 * np.log(0.4))
    assert 0 < index(np.array([50, 0]), np.array([50, 50])) < 10


def test_what_cannot_be_compared_is_named() -> None:
    reference = table(10, 1)
    with pytest.raises(ValueError, match="the recent table lacks size, colour"):
        compare(reference, reference.drop(columns=["size", "colour"]))
    with pytest.raises(ValueError, match="the recent table has no rows"):
        compare(reference, reference[:0])
    with pytest.raises(ValueError, match="psi 0 is no limit"):
        Limits(psi=0)
