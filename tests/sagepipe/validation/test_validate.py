"""Tables against suites: what is said, and what is written."""

import json
import re
from pathlib import Path
from typing import Any

import pandas
import pytest

from sagepipe import validation
from sagepipe.validation import SuiteError, ValidationError, ValidationResult

FLIGHTS = pandas.DataFrame(
    {
        "origin": ["JFK", "LGA", "EWR", "XXX"],
        "distance": [200.0, 500.0, -3.0, -3.0],
        "delay": [1.0, None, 3.0, 4.0],
    }
)


def expect(kind: str, severity: str = "critical", **arguments: Any) -> dict[str, Any]:
    return {"type": f"expect_{kind}", "kwargs": arguments, "severity": severity}


NOT_NULL = expect("column_values_to_not_be_null", column="distance")
POSITIVE = expect("column_values_to_be_between", column="distance", min_value=0)
KNOWN = expect("column_values_to_be_in_set", column="origin", value_set=["JFK", "LGA", "EWR"])
ABSENT = expect("column_values_to_not_be_null", column="dest")
RENAMED = expect("column_values_to_not_be_null", column="distanc")


@pytest.fixture
def check(tmp_path: Path) -> Any:
    """Validate a frame against some expectations; the report goes to ``report``."""

    def check(frame: pandas.DataFrame, *expectations: dict[str, Any]) -> ValidationResult:
        suite = tmp_path / "raw.json"
        suite.write_text(json.dumps({"name": "raw", "expectations": list(expectations)}))
        return validation.validate(frame, suite, name="raw", report=tmp_path / "report")

    return check


def failures(check: Any, frame: pandas.DataFrame, *expectations: dict[str, Any]) -> list[str]:
    with pytest.raises(ValidationError) as raised:
        check(frame, *expectations)
    return [str(failure) for failure in raised.value.result.failures]


def test_a_table_that_holds_passes_and_is_reported(check: Any, tmp_path: Path, capfd: Any) -> None:
    result = check(FLIGHTS, NOT_NULL)
    assert (result.success, result.rows, result.evaluated, result.failures) == (True, 4, 1, ())
    assert json.loads((tmp_path / "report/raw.json").read_text())["success"] is True
    assert "<title>raw data: passed</title>" in (tmp_path / "report/raw.html").read_text()
    said = capfd.readouterr()
    assert (said.out, said.err) == ("", "")


def test_failing_values_are_named_with_column_count_examples_and_rows(check: Any) -> None:
    assert failures(check, FLIGHTS, POSITIVE, KNOWN) == [
        "column 'distance': 2 of 4 values fail, such as -3.0 (data rows 3, 4), "
        "expected min_value 0.0 [expect_column_values_to_be_between]",
        "column 'origin': 1 of 4 values fail, such as XXX (data row 4), "
        "expected value_set ['JFK', 'LGA', 'EWR'] [expect_column_values_to_be_in_set]",
    ]


def test_rows_are_counted_in_the_table_whatever_its_labels(check: Any) -> None:
    (said,) = failures(check, FLIGHTS.iloc[::-1].set_axis(["a", "a", "b", "c"]), KNOWN)
    assert "such as XXX (data row 1), " in said


def test_the_message_names_the_data_the_suite_and_the_report(check: Any, tmp_path: Path) -> None:
    with pytest.raises(ValidationError) as raised:
        check(FLIGHTS, NOT_NULL, POSITIVE)
    assert str(raised.value).splitlines()[0] == (
        "raw data (4 rows): 1 of 2 expectations do not hold; "
        f"report: {tmp_path}/report/raw.html; mend the data, or the suite {tmp_path}/raw.json:"
    )


@pytest.mark.parametrize(("sign", "name"), [(";", "';'"), ("\t", "tabs")])
def test_a_table_of_one_column_by_the_wrong_separator_is_recognised(
    check: Any, sign: str, name: str
) -> None:
    names = [f"column_{number}" for number in range(40)]
    wrong = pandas.DataFrame({sign.join(names): [sign.join("1" * 40)] * 2})
    nulls = [expect("column_values_to_not_be_null", column=column) for column in names]
    ones = [expect("column_values_to_be_in_set", column=column, value_set=[1]) for column in names]
    with pytest.raises(ValidationError) as raised:
        check(wrong, *nulls, *ones)
    _, hint, missing = str(raised.value).splitlines()
    assert hint == f"  - the file seems to be separated by {name};"
    assert missing.startswith("  - 40 columns are missing: column_0, column_1, ")
    assert missing.count("column_39") == 1 and len(missing) < 900


def test_a_suite_that_lists_the_columns_passes_and_is_reported(check: Any, tmp_path: Path) -> None:
    names = FLIGHTS.columns.tolist()
    assert check(FLIGHTS, expect("table_columns_to_match_ordered_list", column_list=names)).success
    assert "<title>raw data: passed</title>" in (tmp_path / "report/raw.html").read_text()


def test_a_failed_validation_leaves_its_report(check: Any, tmp_path: Path) -> None:
    failures(check, FLIGHTS, POSITIVE)
    result = json.loads((tmp_path / "report/raw.json").read_text())
    assert result["success"] is False
    assert result["results"][0]["result"]["unexpected_count"] == 2
    assert "2 unexpected values found" in (tmp_path / "report/raw.html").read_text()


def test_the_page_says_how_many_values_there_are_where_nulls_are_few_enough(
    check: Any, tmp_path: Path
) -> None:
    check(FLIGHTS, expect("column_values_to_not_be_null", column="delay", mostly=0.5))
    page = (tmp_path / "report/raw.html").read_text()
    assert "75% not null" in page and "unknown" not in page


def test_a_missing_column_is_named_once_with_what_the_table_has(check: Any) -> None:
    said = failures(
        check, FLIGHTS, ABSENT, expect("column_values_to_be_unique", column="dest"), RENAMED
    )
    assert len(said) == 2
    assert said[0].startswith("column 'dest': is missing [expect_")
    assert "column 'distanc': is missing; did it become 'distance'?" in said[1]


def test_missing_columns_share_a_line_and_the_list_of_what_there_is(check: Any) -> None:
    with pytest.raises(ValidationError) as raised:
        check(FLIGHTS, ABSENT, POSITIVE, RENAMED)
    _, missing, other = str(raised.value).splitlines()
    assert missing == (
        "  - 2 columns are missing: dest, distanc (did it become 'distance'?) "
        "(the table has origin, distance, delay);"
    )
    assert other.startswith("  - column 'distance': 2 of 4 values fail")
    with pytest.raises(
        ValidationError, match=r"column 'dest': is missing \(the table has origin, "
    ):
        check(FLIGHTS, ABSENT)


def test_text_among_numbers_is_named_once_with_count_examples_and_rows(check: Any) -> None:
    numeric = expect(
        "column_values_to_be_in_type_list", column="distance", type_list=["int64", "float64"]
    )
    texts = FLIGHTS.assign(distance=["200", "far", None, "far"])
    (said,) = failures(check, texts, numeric, POSITIVE)
    assert said.startswith(
        "column 'distance': 2 of 3 values are not numbers, such as far (data rows 2, 4), observed "
    )


def test_a_table_without_rows_never_passes(check: Any, tmp_path: Path) -> None:
    (said,) = failures(check, FLIGHTS.head(0), NOT_NULL, ABSENT)
    assert said.startswith(
        "the table: there are no rows, only a header; columns dest are missing too"
    )
    assert json.loads((tmp_path / "report/raw.json").read_text())["success"] is False


def test_an_aggregate_is_named_with_what_was_observed(check: Any, tmp_path: Path) -> None:
    mean = expect("column_mean_to_be_between", column="distance", min_value=1000)
    (said,) = failures(check, FLIGHTS, mean)
    assert "column 'distance': observed 173.5, expected min_value 1000.0" in said
    assert "173.5" in (tmp_path / "report/raw.html").read_text()


def test_missing_values_do_not_count_as_values_unless_nulls_are_the_point(check: Any) -> None:
    below = expect("column_values_to_be_between", column="delay", max_value=3)
    nulls = expect("column_values_to_not_be_null", column="delay", mostly=0.9)
    said = failures(check, FLIGHTS, below, nulls)
    assert "1 of 3 values fail" in said[0]
    assert "1 of 4 values fail" in said[1] and "in at least 90.0%" in said[1]


def test_only_critical_expectations_fail_the_step(check: Any, capsys: Any) -> None:
    result = check(FLIGHTS, NOT_NULL, {**POSITIVE, "severity": "warning"})
    assert result.success and len(result.failures) == 1
    assert "raw data, warning: column 'distance': 2 of 4 values fail" in capsys.readouterr().err


def test_a_long_list_of_failures_is_cut_and_counted(check: Any) -> None:
    many = [
        expect("column_values_to_be_between", column="distance", min_value=10 + step)
        for step in range(13)
    ]
    with pytest.raises(ValidationError) as raised:
        check(FLIGHTS, *many)
    assert str(raised.value).count("\n  - ") == 11
    assert "and 3 more" in str(raised.value)


def test_the_page_needs_nothing_from_elsewhere_and_shows_data_as_text(
    check: Any, tmp_path: Path
) -> None:
    odd = FLIGHTS.assign(origin=["<script>alert(1)</script>", "b", "c", "d"])
    failures(check, odd, KNOWN, POSITIVE, ABSENT)
    page = (tmp_path / "report/raw.html").read_text()
    assert not re.findall(r"""(?:src|href)\s*=\s*["'](?!#)""", page)
    assert not re.findall(r"url\(|@import|https?://", page)
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page
    sections = re.findall(r'id="(section-\d+)"', page)
    assert re.findall(r'href="#(section-\d+)"', page) == sections


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "there is no expectation suite"),
        ("{", "is not JSON"),
        ('{"name": "raw", "expectations": []}', "holds no expectations"),
        ("[]", "holds no expectations"),
        (
            json.dumps({"expectations": [NOT_NULL, expect("column_to_be_nice", column="a")]}),
            r"expectation 2 of suite .*raw\.json \(expect_column_to_be_nice\) can't be used",
        ),
        (
            json.dumps({"expectations": [expect("column_values_to_be_in_set", value_set=[1])]}),
            r"expectation 1 of suite .*column",
        ),
    ],
    ids=["missing", "no-json", "empty", "list", "unknown-type", "lacks-argument"],
)
def test_a_suite_that_cannot_be_used_is_named(
    tmp_path: Path, content: str | None, said: str
) -> None:
    suite = tmp_path / "raw.json"
    if content is not None:
        suite.write_text(content)
    with pytest.raises(SuiteError, match=said):
        validation.validate(FLIGHTS, suite, name="raw", report=tmp_path / "report")
    assert not (tmp_path / "report").exists()


def test_details_are_asked_for_only_where_an_expectation_does_not_hold(
    check: Any, tmp_path: Path
) -> None:
    few = expect("column_values_to_be_between", column="delay", max_value=1000)
    failures(check, FLIGHTS, few, POSITIVE)
    held, broken = json.loads((tmp_path / "report/raw.json").read_text())["results"]
    assert held["success"] and held["result"] == {}
    assert not broken["success"] and broken["result"]["partial_unexpected_list"] == [-3.0, -3.0]


def test_an_expectation_of_which_nothing_is_counted_is_named(check: Any) -> None:
    (said,) = failures(
        check, FLIGHTS, expect("column_distinct_values_to_equal_set", column="delay", value_set=[1])
    )
    assert said.startswith("column 'delay': does not hold, expected value_set [1]")


def test_the_same_expectation_of_two_severities_is_two_expectations(check: Any) -> None:
    said = failures(check, FLIGHTS, {**POSITIVE, "severity": "warning"}, POSITIVE)
    assert len(said) == 2


def test_the_result_says_the_verdict_to_machines(check: Any, tmp_path: Path) -> None:
    check(FLIGHTS, NOT_NULL, {**POSITIVE, "severity": "warning"})
    content = json.loads((tmp_path / "report/raw.json").read_text())
    assert content["meta"]["sagepipe_verdict"] == {"passed": True, "rows": 4, "failed": 0}
    assert content["success"] is False


class TestFindSuite:
    """Suites are named by package and file, wherever the package is installed."""

    @pytest.fixture(autouse=True)
    def package(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "delays/expectations").mkdir(parents=True)
        for folder in ("delays", "delays/expectations"):
            (tmp_path / folder / "__init__.py").touch()
        (tmp_path / "delays/broken.py").write_text("import no_such_module")
        (tmp_path / "delays/expectations/raw.json").write_text("{}")
        monkeypatch.syspath_prepend(tmp_path)

    def test_it_is_found_in_its_package(self, tmp_path: Path) -> None:
        found = validation.find_suite("delays.expectations:raw.json")
        assert found == tmp_path / "delays/expectations/raw.json"
        assert validation.find_suite("delays:expectations/raw.json") == found

    @pytest.mark.parametrize(
        ("name", "said"),
        [
            ("raw.json", "has to be named by its package"),
            ("expectations/raw.json", "has to be named by its package"),
            ("delays:", "has to be named by its package"),
            ("delays.expectations:../raw.json", "has to be named by its package"),
            ("delays.expectations:/raw.json", "has to be named by its package"),
            ("delay.expectations:raw.json", "there is no package 'delay'; install the project"),
            ("delays.suites:raw.json", "there is no package 'delays.suites'"),
            (
                "delays.expectations:row.json",
                r"no row\.json in .*, which has raw\.json",
            ),
            ("delays:raw.json", "which has no suite"),
        ],
    )
    def test_one_that_is_not_there_is_named(self, name: str, said: str) -> None:
        with pytest.raises(SuiteError, match=said):
            validation.find_suite(name)

    def test_a_fault_inside_the_package_comes_through(self) -> None:
        with pytest.raises(ModuleNotFoundError, match="no_such_module"):
            validation.find_suite("delays.broken:raw.json")
