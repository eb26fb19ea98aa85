"""``sagepipe run --cold``."""

import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux's forks are safe")


def test_steps_are_forked_from_a_warm_process_unless_they_are_to_start_cold(
    project, sagepipe_command
):
    for options, forked in ((("--cold",), False), ((), True)):
        done = sagepipe_command("run", *options)
        assert done.returncode == 0, done.stderr
        assert (project / ".sagepipe" / "warm.json").exists() == forked
