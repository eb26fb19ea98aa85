"""However a step ends, SageMaker and the log learn why."""

import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from sagepipe.contract import limits
from sagepipe.runtime import failure


def gone_wrong(box: Any, how: str) -> Any:
    return box.processing(outputs=["report"]).run("parts:go_wrong", "--how", how)


def test_an_exception_is_one_line_with_the_line_of_the_authors_code(box: Any) -> None:
    done = gone_wrong(box, "raise")
    assert done.returncode == 1
    message = box.read("output/message")
    assert message.startswith("ValueError: no such airport: 'XXX' (parts.py:")


def test_the_last_line_of_the_log_is_the_reason_and_nothing_is_said_twice(box: Any) -> None:
    done = gone_wrong(box, "raise-line")
    assert done.stderr.splitlines()[-1] == box.read("output/message")
    assert done.stderr.count("ValueError: no such airport") == 1
    assert "KeyError: 'XXX'" in done.stderr, "the cause stands above"


@pytest.mark.parametrize(
    ("how", "ending", "between"),
    [
        ("raise", ["ValueError: no such airport:", "'XXX'"], " "),
        ("raise-ours", ["SagepipeError: two columns are missing:", "- month", "- day"], "\n"),
    ],
)
def test_an_error_of_several_lines_keeps_them_in_the_log_and_ours_in_the_reason_too(
    box: Any, how: str, ending: list[str], between: str
) -> None:
    done = gone_wrong(box, how)
    assert done.stderr.splitlines()[-len(ending) :] == ending
    assert done.stderr.count(ending[0]) == 1
    assert between.join(ending) in box.read("output/message")


def test_all_errors_of_a_group_are_in_the_log(box: Any) -> None:
    said = gone_wrong(box, "raise-group").stderr
    assert [said.count(f"ValueError: {text}") for text in ("one", "two")] == [1, 1]


def test_the_traceback_begins_at_the_authors_code(box: Any) -> None:
    lines = gone_wrong(box, "raise").stderr.splitlines()
    assert lines[0].startswith("Traceback")
    assert "parts.py" in lines[1]
    assert not any("src/sagepipe" in line for line in lines)


@pytest.mark.parametrize(
    ("how", "said", "status"),
    [("exit", "3", 3), ("exit-text", "no flights", 1), ("exit-256", "256", 1)],
)
def test_an_exit_with_a_status_is_a_failure_of_that_status(
    box: Any, how: str, said: str, status: int
) -> None:
    assert gone_wrong(box, how).returncode == status
    assert box.read("output/message").startswith(f"SystemExit: {said} (parts.py:")


def test_an_exit_without_a_status_is_an_ordinary_end(box: Any) -> None:
    assert gone_wrong(box, "return").returncode == 0
    assert not (box.ml / "output/message").exists()


def test_a_killed_step_is_reported_by_its_supervisor(box: Any) -> None:
    done = gone_wrong(box, "kill")
    assert done.returncode == 128 + signal.SIGKILL
    message = box.read("output/message")
    assert message.startswith("Killed: the step's process was ended by SIGKILL")
    assert "out of memory: give the step a larger instance_type" in message
    assert done.stderr == message + "\n"


PROGRAM = """
import sys, threading
print("the program", end=" ")
if sys.argv.pop() == "threaded":
    threading.Thread(target=threading.Event().wait, daemon=True).start()
from sagepipe.runtime import main_processing
status = main_processing()
print("goes on")
sys.exit(status)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere no step is forked")
@pytest.mark.parametrize(("how", "starts"), [("plain", 1), ("threaded", 2)])
def test_a_step_is_forked_unless_its_program_has_threads(
    box: Any, tmp_path: Path, how: str, starts: int
) -> None:
    """A fork would lose the threads, so the program is started once more."""
    (tmp_path / "program.py").write_text(PROGRAM)
    box.processing(outputs=["report"])
    arguments = ["parts:go_wrong", "--how", "kill", how]
    done = box.run_command(sys.executable, str(tmp_path / "program.py"), *arguments)
    assert done.returncode == 128 + signal.SIGKILL
    assert box.read("output/message").startswith("Killed: the step's process was ended by SIGKILL")
    assert done.stdout.count("the program") == starts


def test_what_a_program_does_after_its_step_is_done_once(box: Any, tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(PROGRAM)
    box.processing()
    done = box.run_command(sys.executable, str(tmp_path / "program.py"), "parts:idle", "plain")
    assert (done.returncode, done.stdout.count("goes on")) == (0, 1)


def test_a_step_that_leaves_without_a_word_is_reported_by_its_supervisor(box: Any) -> None:
    assert gone_wrong(box, "leave").returncode == 5
    assert "ended with status 5 and gave no reason" in box.read("output/message")


@pytest.mark.parametrize("whole_group", [True, False], ids=["group", "supervisor"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_a_stopped_step_ends_at_once_and_says_so(
    box: Any, number: signal.Signals, whole_group: bool
) -> None:
    process = box.processing(outputs=["report"]).start("parts:go_wrong", "--how", "hang")
    assert any("hanging" in line for line in process.stdout)
    os.killpg(process.pid, number) if whole_group else os.kill(process.pid, number)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 128 + number
    assert "swallowed" not in out
    assert err.startswith(f"Stopped: the job was asked to stop ({number.name})")
    assert box.read("output/message") == err.strip()


def test_a_stop_that_comes_where_no_exception_can_be_raised_is_not_lost(box: Any) -> None:
    done = gone_wrong(box, "stopped in a destructor")
    assert done.returncode == 128 + signal.SIGTERM
    assert done.stderr.startswith("Stopped: the job was asked to stop (SIGTERM)")


def test_a_module_that_cannot_be_imported_is_the_authors_failure(box: Any, tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("import nothing_of_this_name\n")
    assert box.processing().run("broken:prepare", path=tmp_path).returncode == 1
    message = box.read("output/message")
    assert message == "ModuleNotFoundError: No module named 'nothing_of_this_name' (broken.py:1)"


def test_the_message_is_cut_to_what_sagemaker_keeps_without_breaking_a_character(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAGEMAKER_BASE_DIR", str(tmp_path))
    failure.write("é" * limits.EXIT_MESSAGE + "x", failure.TRAINING)
    written = (tmp_path / "output/failure").read_bytes()
    assert len(written) == limits.EXIT_MESSAGE
    assert written.decode() == "é" * (limits.EXIT_MESSAGE // 2)
