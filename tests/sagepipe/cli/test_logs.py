"""``sagepipe logs``, afterwards and while the run goes on."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import sagepipe

LIBRARY = Path(sagepipe.__file__).parents[1]
STEPS = """
    import os
    from pathlib import Path

    from sagepipe import dsl
    from sagepipe.dsl import Dataset, Input, Output


    @dsl.component
    def hold(out: Output[Dataset]) -> None:
        '''Print, wait for a word, print again.'''
        print("waiting")
        with open(os.environ["WORDS"]) as words:
            print("heard", words.read(), end="")
        Path(out.path).write_text("x")


    @dsl.component
    def last(data: Input[Dataset]) -> None:
        '''Print.'''
        print("done")
        print("\\N{LATIN SMALL LETTER E WITH ACUTE}")
"""
PIPELINE = """
    from sagepipe import dsl
    from team.steps import hold, last


    @dsl.pipeline(name="holding")
    def holding(words: str) -> None:
        '''Hold.'''
        held = hold().set_env_variable("WORDS", words)
        last(data=held.outputs["out"])
"""


def command(project, *arguments):
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "MLFLOW_"))}
    return subprocess.Popen(
        [sys.executable, "-m", "sagepipe.cli", *arguments],
        cwd=project,
        env={**kept, "PYTHONPATH": f"{project / 'src'}{os.pathsep}{LIBRARY}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def held(project, tmp_path):
    """A run whose first step waits for a word; calling it says the word."""
    import textwrap

    (project / "src/team/steps.py").write_text(textwrap.dedent(STEPS))
    (project / "src/team/pipelines/holding.py").write_text(textwrap.dedent(PIPELINE))
    words = tmp_path / "words"
    os.mkfifo(words)
    run = command(project, "run", "holding", "-p", f"words={words}")
    while "hold" not in run.stdout.readline():
        assert run.poll() is None, run.stderr.read()

    def say(text):
        words.write_text(text)

    yield say
    if run.poll() is None:
        run.kill()
    run.communicate()


class TestFollow:
    def test_it_prints_what_comes_and_ends_with_the_run(self, project, held):
        following = command(project, "logs", "-f")
        lines = []
        while "waiting" not in lines:
            lines.append(following.stdout.readline().rstrip("\n"))
            assert following.poll() is None or lines[-1]
        held("the word")
        rest, errors = following.communicate(timeout=300)

        assert (following.returncode, errors) == (0, "")
        said = "\n".join([*lines, rest])
        assert re.search(r"^── hold ─+$", said, re.M) and re.search(r"^── last ─+$", said, re.M)
        assert said.count("waiting") == said.count("heard the word") == said.count("done") == 1
        assert said.index("heard the word") < said.index("── last") < said.index("done\né")

    def test_one_step_is_awaited_and_followed_to_its_end(self, project, held):
        following = command(project, "logs", "last", "last", "--follow")
        held("go")
        said, errors = following.communicate(timeout=300)

        assert (following.returncode, errors) == (0, "")
        assert "──" not in said and "waiting" not in said and "done\né" in said

    def test_a_step_that_would_never_come_is_refused(self, project, held):
        following = command(project, "logs", "last", "lost", "-f")
        _, errors = following.communicate(timeout=300)

        assert following.returncode == 2
        assert "has no step 'lost'; its definition has: hold, last" in errors

    def test_a_run_that_has_ended_is_printed_and_left(self, project, sagepipe_command):
        assert sagepipe_command("run").returncode == 0

        assert sagepipe_command("logs", "-f").stdout == sagepipe_command("logs").stdout


class TestPrinting:
    def test_bytes_that_are_no_text_are_passed_on(self, project, sagepipe_command):
        assert sagepipe_command("run").returncode == 0
        (log,) = project.glob(".sagepipe/runs/*/add/log.txt")
        log.write_bytes(b"\xff\x00\n")
        result = command(project, "logs", "last", "add")

        assert result.stdout.buffer.read() == b"\xff\x00\n"
        result.communicate()

    def test_a_log_without_an_end_of_line_does_not_swallow_the_next_title(
        self, project, sagepipe_command
    ):
        assert sagepipe_command("run").returncode == 0
        (log,) = project.glob(".sagepipe/runs/*/add/log.txt")
        log.write_text("no end")

        assert re.search(r"^no end\n── learn ─+$", sagepipe_command("logs").stdout, re.M)

    def test_a_reader_that_leaves_is_no_error(self, project, sagepipe_command):
        assert sagepipe_command("run").returncode == 0
        (log,) = project.glob(".sagepipe/runs/*/add/log.txt")
        with log.open("wb") as file:
            file.write(b"first\n")
            file.truncate(1 << 26)
        result = command(project, "logs", "last", "add")
        assert result.stdout.readline() == "first\n"
        result.stdout.close()

        assert "Traceback" not in result.stderr.read()
        result.stderr.close()
        assert result.wait(300) == 1

    def test_a_step_without_a_job_is_named(self, sagepipe_command):
        assert sagepipe_command("run").returncode == 0

        for more in ((), ("-f",)):
            result = sagepipe_command("logs", "last", "condition", *more)
            assert result.returncode == 2
            assert "Condition step 'condition' has no job, so no log" in result.stderr

    def test_a_failure_is_said_once(self, project, sagepipe_command):
        (project / "data/numbers.txt").write_text("1\ntwo\n")
        assert sagepipe_command("run").returncode == 1

        said = sagepipe_command("logs", "last", "add").stdout
        assert said.count("invalid literal for int() with base 10: 'two'") == 1
        assert said.splitlines()[-1] == "[sagepipe] AlgorithmError, exit code: 1"
