"""The runner's own last line in a job's log."""

import pytest

from sagepipe.local import note

LONG = "ValueError: no such airport: 'XXX' (parts.py:12)"


@pytest.fixture
def added(tmp_path):
    """What stands in a log after a reason was added to it."""

    def add(printed, reason):
        log = tmp_path / "log.txt"
        log.write_text(printed)
        note.failed(log, reason)
        return log.read_text().removeprefix(printed)

    return add


def test_what_the_job_has_not_said_is_said_whole(added):
    reason = f"AlgorithmError: {LONG}, exit code: 1"

    assert added("working\n", reason) == f"[sagepipe] {reason}\n"


@pytest.mark.parametrize(
    "printed",
    [
        f"Traceback\n{LONG}\n",
        "Traceback\nValueError: no such airport:\n'XXX'\n",
        "team.ValueError: no such airport: 'XXX'\n",
    ],
    ids=["with its place", "in several lines", "without its place"],
)
def test_what_the_job_has_said_is_not_said_again(added, printed):
    said = added(printed, f"AlgorithmError: {LONG}, exit code: 1")

    assert said == "[sagepipe] AlgorithmError, exit code: 1\n"


@pytest.mark.parametrize("reason", ["ClientError: no data", "AlgorithmError: , exit code: 1"])
def test_what_no_job_said_stays_as_it_is(added, reason):
    assert added(f"{reason}\n", reason) == f"[sagepipe] {reason}\n"


def test_only_the_end_of_a_long_log_is_searched(added):
    reason = f"AlgorithmError: {LONG}, exit code: 1"

    assert added(f"{LONG}\n" + "x" * 100_000 + "\n", reason) == f"[sagepipe] {reason}\n"


def test_a_log_that_cannot_be_written_is_no_error(tmp_path):
    note.failed(tmp_path / "absent" / "log.txt", "ClientError: no data")
