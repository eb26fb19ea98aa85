"""What is shown of a run while it goes on."""

import io
import json
import math
from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console

from sagepipe.cli import logtail
from sagepipe.cli.live import Live
from sagepipe.cli.logtail import MOST_BYTES, LogTail
from sagepipe.cli.output import took
from sagepipe.cli.progress import Lines
from sagepipe.local import Event

NOW = datetime(2026, 1, 1, tzinfo=UTC)
BEGUN = datetime.now(UTC)


def definition(*names):
    return {"Steps": [{"Name": name, "Type": "Processing", "Arguments": {}} for name in names]}


def event(step, status, **more):
    kind = "Processing" if step else "Execution"
    return Event("abcdefghijkl", step, kind, status, BEGUN, **more)


def drawn(view, width=80, height=24):
    """What a terminal of that size would show."""
    file = io.StringIO()
    Console(file=file, width=width, height=height).print(view)
    return [line.rstrip() for line in file.getvalue().splitlines()]


@pytest.fixture
def log(tmp_path):
    return tmp_path / "log.txt"


@pytest.fixture
def console():
    return Console(file=io.StringIO(), width=80, height=12)


class TestLogTail:
    def test_the_last_line_is_the_one_that_says_something(self, log):
        log.write_text("one\ntwo\n\n   \n")
        tail = LogTail(log)
        tail.read()

        assert tail.line == "two"

    def test_it_follows_what_is_written(self, log):
        tail = LogTail(log)
        tail.read()
        assert tail.line == ""
        for text, line in (("one\ntw", "tw"), ("o", "two"), ("\nthree\n", "three")):
            with log.open("a") as file:
                file.write(text)
            tail.read()
            assert tail.line == line

    def test_a_progress_bar_is_one_line_that_changes(self, log):
        log.write_bytes("epoch 1\n 10%|█   |\r 50%|██  |\r 90%|███ |".encode())
        tail = LogTail(log)
        tail.read()

        assert tail.line == "90%|███ |"

    def test_what_steers_a_terminal_is_left_out(self, log):
        log.write_bytes(b"\x1b[31mred\x1b[0m\x07 and\tplain \x1b]0;title\x07\x1b[2J\xff\n")
        tail = LogTail(log)
        tail.read()

        assert tail.line == "red and plain \N{REPLACEMENT CHARACTER}"

    def test_only_the_end_of_a_long_log_is_read(self, log):
        with log.open("wb") as file:
            file.write(b"sagepipe metric early=1;\n")
            file.truncate(1 << 30)  # as if it had printed 1 GB
            file.seek(0, 2)
            file.write(b"\nsagepipe metric late=2;\n")
        tail = LogTail(log)
        tail.read()

        assert tail.metrics == {"late": 2.0}
        assert tail.line == "sagepipe metric late=2;"

    def test_a_line_whose_beginning_was_skipped_is_not_measured(self, log):
        log.write_bytes(
            b"sagepipe metric a=1;".rjust(MOST_BYTES + 10) + b"\nsagepipe metric b=2;\n"
        )
        tail = LogTail(log)
        tail.read()

        assert tail.metrics == {"b": 2.0}

    def test_a_log_that_begins_anew_is_read_anew(self, log):
        log.write_text("the first attempt was long\n")
        tail = LogTail(log)
        tail.read()
        log.write_text("second\n")
        tail.read()

        assert tail.line == "second"

    def test_metrics_are_the_latest_of_whole_lines(self, log):
        log.write_text("sagepipe metric loss=0.5;\nsagepipe metric loss=0.25;\nloss: 0.1")
        tail = LogTail(log, [("seen", logtail.re.compile(r"loss: ([0-9.]+)"))])
        tail.read()
        assert tail.metrics == {"loss": 0.25}

        with log.open("a") as file:
            file.write("25\n")
        tail.read()
        assert tail.metrics == {"loss": 0.25, "seen": 0.125}

    def test_what_is_no_number_is_no_metric(self, log):
        log.write_text("sagepipe metric loss=high;\n")
        tail = LogTail(log)
        tail.read()

        assert tail.metrics == {}

    def test_metric_definitions_come_from_the_pipeline(self):
        listed = [
            {"Name": "loss", "Regex": "loss=(.*)"},
            {"Name": "broken", "Regex": "("},
            {"Name": "later", "Regex": {"Get": "Parameters.regex"}},
        ]
        training = {"AlgorithmSpecification": {"MetricDefinitions": listed}}
        steps = [{"Name": "train", "Type": "Training", "Arguments": training}]

        found = logtail.patterns({"Steps": [*steps, *definition("other")["Steps"]]})
        assert [name for name, _ in found["train"]] == ["loss"]
        assert "other" not in found
        assert logtail.of_step(found, "train-12") == found["train"]  # a loop's round
        assert logtail.of_step(found, "other-1") == ()


class TestLive:
    def test_steps_wait_run_and_end(self, console, log):
        view = Live(definition("prepare", "train", "publish"), console)
        log.write_text("sagepipe metric loss=0.125;\nepoch 3 of 9\n")
        view.update(event(None, "Executing"))
        view.update(event("prepare", "Executing"))
        view.update(event("prepare", "Succeeded", metrics={"rows": 7}))
        view.update(event("train", "Executing", log=log))

        title, prepare, train, publish = drawn(view)
        assert title.startswith("run abcdefghijkl")
        assert prepare.split() == ["✓", "prepare", "Succeeded", "0.0", "s", "rows", "7"]
        assert train.endswith("loss 0.125  epoch 3 of 9")
        assert publish.split() == ["·", "publish", "waits"]

    def test_a_result_of_another_run_says_whose_it_is(self, console):
        view = Live(definition("prepare"), console)
        view.update(event("prepare", "Succeeded", reused_from="aaaabbbbcccc", metrics={"rows": 7}))

        assert drawn(view)[-1].endswith("from run aaaabbbbcccc  rows 7")

    def test_a_long_line_is_cut_and_markup_means_nothing(self, console, log):
        view = Live(definition("train"), console)
        log.write_text("[red]" + "x" * 500 + "\n")
        view.update(event("train", "Executing", log=log))

        _, train = drawn(view)
        assert "[red]xxx" in train and train.endswith("…") and len(train) == 80

    def test_where_there_is_no_room_what_has_succeeded_gives_way(self, console):
        names = [f"step-{number:02}" for number in range(40)]
        view = Live(definition(*names), console)
        for name in names[:20]:
            view.update(event(name, "Executing"))
            view.update(event(name, "Failed" if name == "step-03" else "Succeeded"))
        view.update(event("step-20", "Executing"))

        lines = drawn(view, height=12)
        assert len(lines) <= 12
        assert any(line.startswith("✗  step-03") for line in lines)
        assert any("step-20" in line and "Executing" in line for line in lines)
        assert "✓ 13 more succeeded" in lines and "· 19 more wait" in lines

    def test_at_the_end_everything_that_ran_is_shown(self, console):
        names = [f"step-{number:02}" for number in range(30)]
        view = Live(definition(*names, "never"), console)
        with view:
            for name in names:
                view.update(event(name, "Executing"))
                view.update(event(name, "Succeeded"))

        final = console.file.getvalue().splitlines()
        assert [name for name in names if not any(name in line for line in final)] == []
        assert not any("never" in line for line in final)

    def test_the_reason_of_a_failure_is_shown_until_the_run_has_ended(self, console):
        view = Live(definition("train"), console)
        with view:
            view.update(event("train", "Failed", reason="no data\nat all"))
            assert drawn(view)[-1].endswith("no data")

        assert "no data" not in drawn(view)[-1]  # the reason is printed below, whole

    def test_it_says_how_long_stopping_may_take(self, console):
        view = Live(definition("train"), console)
        view.update(event("train", "Executing"))
        view.update(event(None, "Stopping"))

        assert "Ctrl-C once more" in drawn(view, width=120)[-1]

    def test_the_body_of_a_loop_does_not_wait_by_its_own_name(self, console):
        loop = {
            "Name": "loop",
            "Type": "ForEach",
            "Arguments": {"ForEachBody": definition("inner")["Steps"]},
        }
        lines = drawn(Live({"Steps": [loop]}, console))

        assert any("loop" in line for line in lines) and not any("inner" in line for line in lines)


class TestLines:
    def test_a_line_a_change(self, capsys):
        view = Lines()
        view.update(event(None, "Executing"))
        view.update(event("train", "Starting"))
        view.update(event("train", "Succeeded", metrics={"auc": 0.75}))
        view.update(event(None, "Stopping"))

        run, train, stopping = capsys.readouterr().out.splitlines()
        assert run == "run abcdefghijkl"
        assert train.split() == ["✓", "train", "Succeeded", "0.0", "s", "auc", "0.75"]
        assert stopping.startswith("stopping: ")

    def test_a_failure_says_why_as_soon_as_it_is_known(self, capsys):
        Lines().update(event("train", "Failed", reason="ValueError: no flights\n  at line 7"))

        assert capsys.readouterr().out.endswith("  ValueError: no flights\n")

    def test_a_long_reason_only_begins_there_as_the_run_ends_with_the_whole(self, capsys):
        Lines().update(event("train", "Failed", reason="ValidationError: " + "column 'a'; " * 50))

        (line,) = capsys.readouterr().out.splitlines()
        assert "  ValidationError: column 'a'; " in line
        assert line.endswith(" …")
        assert line.count("column 'a'") < 10

    def test_a_step_of_several_jobs_executes_once(self, capsys):
        view = Lines()
        for status in ("Starting", "Executing", "Executing", "Executing", "Succeeded"):
            view.update(event("tune", status))

        executing, succeeded = capsys.readouterr().out.splitlines()
        assert executing.split() == ["…", "tune", "Executing"]
        assert "Succeeded" in succeeded

    def test_a_result_of_another_run_says_whose_it_is(self, capsys):
        Lines().update(event("train", "Succeeded", reused_from="aaaabbbbcccc"))

        assert capsys.readouterr().out.endswith("  from run aaaabbbbcccc\n")


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0.0 s"), (59.94, "59.9 s"), (312, "5 min 12 s"), (7500, "2 h 5 min"), (-5, "0.0 s")],
)
def test_times_are_written_as_people_say_them(seconds, said):
    assert took(NOW, NOW + timedelta(seconds=seconds)) == said


def test_json_lines_are_events(capsys):
    from sagepipe.cli.progress import progress

    with progress(True, definition("train")) as view:
        view.update(event("train", "Executing"))

    assert json.loads(capsys.readouterr().out)["event"]["step"] == "train"


def test_a_metric_that_is_no_number_is_null_for_machines(capsys):
    from sagepipe.cli.progress import progress

    with progress(True, definition("train")) as view:
        view.update(event("train", "Succeeded", metrics={"loss": math.nan, "auc": 0.5}))

    (line,) = capsys.readouterr().out.splitlines()
    document = json.loads(line, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))
    assert document["event"]["metrics"] == {"loss": None, "auc": 0.5}
