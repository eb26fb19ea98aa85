"""Metrics as the command shows them."""

from sagepipe.cli import measured, output


def test_the_ends_of_an_interval_stand_with_their_metric() -> None:
    found = measured.of({"auc": 0.71284, "auc_low": 0.667, "auc_high": 0.7565, "rows": 1184.0})
    assert [(it.name, it.text()) for it in found] == [
        ("auc", "0.7128 (0.667 to 0.7565)"),
        ("rows", "1184"),
    ]


def test_what_only_looks_like_an_end_is_a_metric_of_its_own() -> None:
    found = measured.of({"tide_low": 0.1, "tide": 0.5, "risk_low": 1.0, "risk_high": 2.0})
    assert [it.name for it in found] == ["risk_high", "risk_low", "tide", "tide_low"]


def test_a_line_of_numbers_has_no_intervals() -> None:
    found = {"auc": 0.7, "auc_low": 0.6, "auc_high": 0.8, "brier": 0.2}
    assert output.numbers(found) == "auc 0.7  brier 0.2"
    assert output.numbers(found, limit=1) == "auc 0.7 …"
