"""Condition steps compare values of their types."""

import pytest

from sagepipe.local.conditions import holds
from sagepipe.local.errors import StepError


def compare(kind, left, right):
    return holds([{"Type": kind, "LeftValue": left, "RightValue": right}])


@pytest.mark.parametrize(
    ("kind", "left", "right", "outcome"),
    [
        ("Equals", 3, 3.0, True),
        ("Equals", "3", 3, False),
        ("Equals", True, 1, False),
        ("Equals", "a", "a", True),
        ("GreaterThan", 2, 1, True),
        ("GreaterThan", 1, 1, False),
        ("GreaterThanOrEqualTo", 1, 1.0, True),
        ("LessThan", 1, 2, True),
        ("LessThanOrEqualTo", 2, 1, False),
    ],
)
def test_comparisons(kind, left, right, outcome):
    assert compare(kind, left, right) is outcome


def test_all_conditions_have_to_hold():
    yes = {"Type": "Equals", "LeftValue": 1, "RightValue": 1}
    no = {"Type": "Equals", "LeftValue": 1, "RightValue": 2}
    assert holds([yes, yes]) is True
    assert holds([yes, no]) is False
    assert holds([{"Type": "Or", "Conditions": [no, yes]}]) is True
    assert holds([{"Type": "Not", "Condition": no}]) is True


def test_in_looks_for_an_equal_value():
    assert holds([{"Type": "In", "QueryValue": "b", "Values": ["a", "b"]}]) is True
    assert holds([{"Type": "In", "QueryValue": "c", "Values": ["a", "b"]}]) is False


def test_order_needs_numbers():
    with pytest.raises(StepError, match="GreaterThan can't compare 'a' with 1"):
        compare("GreaterThan", "a", 1)
