"""Final metrics: what is found in a job's log, and what that costs."""

import subprocess
import sys

import pytest

from sagepipe.local.jobs import metrics


def final(log, prefixes=(), **regexes):
    definitions = [{"Name": name, "Regex": regex} for name, regex in regexes.items()]
    return metrics.final(definitions, log, prefixes)


@pytest.fixture
def log(tmp_path):
    return tmp_path / "log.txt"


def test_the_last_value_counts_also_within_a_line(log):
    log.write_text("loss=3;\nloss=2; loss=1;\nloss=none;\n")
    assert final(log, loss="loss=([^;]+);") == {"loss": 1.0}


def test_metrics_stand_in_the_order_of_their_definitions(log):
    log.write_text("b=1\na=2\n")
    assert list(final(log, a=r"a=(\d)", b=r"b=(\d)", c=r"c=(\d)")) == ["a", "b"]


def test_a_value_is_searched_in_one_line(log):
    log.write_text("loss=\n1;\n")
    assert final(log, loss=r"loss=\s*(\d);") == {}


def test_beginning_and_end_are_a_lines(log):
    log.write_text("x loss=1\nloss=2\nloss=3 x\n")
    assert final(log, loss=r"^loss=(\d)$") == {"loss": 2.0}


def test_a_last_line_without_an_end_counts(log):
    log.write_text("loss=1\nloss=2")
    assert final(log, loss=r"loss=(\d)") == {"loss": 2.0}


def test_what_a_host_is_called_in_the_log_is_no_part_of_its_line(log):
    log.write_text("[algo-1] loss=1\n[algo-2] loss=2\n")
    assert final(log, ["[algo-1] ", "[algo-2] "], loss=r"^loss=(\d)") == {"loss": 2.0}


def test_bytes_that_are_no_text_are_passed_over(log):
    log.write_bytes(b"loss=1\n\xff\xfe\x00\n")
    assert final(log, loss=r"loss=(\d)") == {"loss": 1.0}


def test_an_empty_log_and_none_hold_nothing(log):
    assert final(log, loss=r"loss=(\d)") == {}
    log.touch()
    assert final(log, loss=r"loss=(\d)") == {}


@pytest.mark.parametrize("size", [32, 37, 64, 1000])
def test_blocks_make_no_difference(log, monkeypatch, size):
    monkeypatch.setattr(metrics, "_BLOCK", size)
    log.write_text("".join(f"step {number} loss={number};\n" for number in range(50)) + "end\n" * 9)
    assert final(log, loss=r"loss=(\d+);", first=r"^step (0) ") == {"loss": 49.0, "first": 0.0}


def test_a_long_line_is_searched_in_pieces(log):
    filler = "x" * metrics.LONGEST
    log.write_text(f"loss=1;{filler}loss=2;{filler}\n")
    assert final(log, loss=r"loss=(\d);") == {"loss": 2.0}


def test_a_value_across_two_pieces_is_not_found(log):
    log.write_text("loss=1\n" + "x" * (metrics.LONGEST - 3) + "loss=2\n")
    assert final(log, loss=r"loss=(\d)") == {"loss": 1.0}


def test_a_line_without_an_end_is_read_in_parts(log, monkeypatch):
    monkeypatch.setattr(metrics, "_BLOCK", 64)
    log.write_text("loss=1\n" + "x" * 1000 + " loss=2 " + "x" * 1000)
    assert final(log, loss=r"loss=(\d)") == {"loss": 2.0}


@pytest.mark.parametrize(
    ("regex", "text"),
    [
        (r"loss=([^;]+);", "loss="),
        (r"\[auc\] (.*)", "[auc] "),
        (r"ab?c(\d)", "a"),
        (r"ab+c(\d)", "ab"),
        (r"ab{0}c(\d)", "a"),
        (r"loss=(\d)|auc=(\d)", ""),
        (r"(?i)loss=(\d)", ""),
        (r"^loss=(\d)", ""),
        (r"\d+%", ""),
    ],
)
def test_the_text_that_a_regex_begins_with(regex, text):
    assert metrics.first_text(regex) == text


def test_a_long_log_is_read_a_block_at_a_time(log):
    with open(log, "w") as file:
        file.write("loss=0.5;\n")
        for _ in range(1000):
            file.write(("y" * 99 + "\n") * 1000)  # 100 MB
    code = f"""
import resource
from pathlib import Path
from sagepipe.local.jobs import metrics
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
definitions = [{{"Name": "loss", "Regex": "loss=([^;]+);"}}]
print(metrics.final(definitions, Path({str(log)!r})))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    found, grown = done.stdout.splitlines()
    assert found == "{'loss': 0.5}"
    unit = 1024 if sys.platform == "linux" else 1
    assert int(grown) * unit < 20 * 2**20
