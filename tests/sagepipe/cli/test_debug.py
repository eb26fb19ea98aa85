"""``sagepipe run --debug STEP``: a component at the terminal, under Python's debugger."""

import os
import pty
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import sagepipe

LIBRARY = Path(sagepipe.__file__).parents[1]


def environment(project):
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "MLFLOW_"))}
    return {**kept, "PYTHONPATH": f"{project / 'src'}{os.pathsep}{LIBRARY}", "TERM": "dumb"}


@pytest.fixture
def debug(project):
    """Run the pipeline with a step under the debugger, which is told these commands."""

    def run(step, *commands, arguments=()):
        return subprocess.run(
            [sys.executable, "-m", "sagepipe.cli", "run", "--debug", step, *arguments],
            cwd=project,
            env=environment(project),
            input="".join(f"{command}\n" for command in commands),
            capture_output=True,
            text=True,
            timeout=600,
        )

    return run


class TestDebugger:
    def test_it_stops_at_the_first_line_and_sees_the_inputs(self, debug):
        result = debug("add", "p open(numbers.path).read()", "p plus + 40", "c")

        assert result.returncode == 0, result.stdout + result.stderr
        assert re.search(r"parts\.py\(\d+\)add\(\)", result.stdout)
        assert "'1\\n2\\n3\\n'" in result.stdout
        assert "\n(Pdb) 40\n" in result.stdout
        assert re.search(r"✓ add +Succeeded", result.stdout)
        assert re.search(r"total +6", result.stdout)

    def test_what_it_changes_is_what_the_step_does(self, debug):
        result = debug("add", "plus = 100", "c")

        assert re.search(r"total +106", result.stdout), result.stdout

    def test_a_training_step_is_debugged_after_the_steps_before_it(self, debug):
        result = debug("learn", "p open(sums.path).read()", "c")

        assert result.returncode == 0, result.stdout + result.stderr
        assert result.stdout.index("✓ add") < result.stdout.index("'6'")

    def test_where_it_fails_the_debugger_opens_again(self, debug, project):
        (project / "data/numbers.txt").write_text("1\ntwo\n")
        result = debug("add", "c", "p 'the line is', line", "q")

        assert result.returncode == 1
        assert "invalid literal for int() with base 10: 'two'" in result.stdout
        assert "('the line is', 'two')" in result.stdout
        assert "add failed: AlgorithmError: ValueError: invalid literal" in result.stdout
        assert "Its output:" not in result.stdout, "it is not in the log"

    def test_leaving_it_ends_the_step(self, debug):
        result = debug("add", "q")

        assert result.returncode == 1
        assert "the debugger was left before the component had ended" in result.stdout

    def test_a_breakpoint_of_the_authors_stops_there(self, debug, project):
        parts = project / "src/team/parts.py"
        line = 'print("the sum is", total)'
        parts.write_text(parts.read_text().replace(line, f"breakpoint()\n    {line}"))
        result = debug("add", "c", "p total * 7", "c")

        assert "\n(Pdb) 42\n" in result.stdout

    def test_the_log_says_where_the_output_went(self, debug, sagepipe_command):
        debug("add", "c")

        said = sagepipe_command("logs", "last", "add").stdout
        assert said == (
            "[sagepipe] it ran at the terminal, under the debugger; its output went there\n"
        )


class TestTerminal:
    @pytest.fixture
    def terminal(self, project):
        """Start the command at a terminal: write to it, read until a text appears."""
        screens = []

        def start(*lines):
            parts = project / "src/team/parts.py"
            begin = "    '''Add the numbers up.'''\n"
            parts.write_text(
                parts.read_text().replace(begin, begin + "".join(f"    {line}\n" for line in lines))
            )
            child, screen = pty.fork()
            if child == 0:
                os.chdir(project)
                command = [sys.executable, "-m", "sagepipe.cli", "run", "--debug", "add"]
                os.execvpe(command[0], command, environment(project))
            screens.append(screen)
            return Terminal(child, screen)

        yield start
        for screen in screens:
            os.close(screen)

    def test_the_debugger_has_the_terminal_and_its_ctrl_c(self, terminal):
        screen = terminal("import time", "print('it sleeps')", "time.sleep(600)")
        screen.until("(Pdb) ")
        screen.write("c\n")
        screen.until("it sleeps")
        screen.write("\x03")
        screen.until("(Pdb) ")
        screen.write("p 6 * 7\n")
        screen.until("42")
        screen.write("q\n")
        said = screen.until("the debugger was left")

        assert "Stopped" not in said + screen.rest()
        assert screen.wait() == 1

    @pytest.mark.parametrize("command", ["c", "n"])
    def test_the_component_goes_on_from_where_it_was_interrupted(self, terminal, project, command):
        wait = f"while not Path({str(project / 'now')!r}).exists(): time.sleep(0.01)"
        screen = terminal("import time", "print('it waits')", wait, "print('it', 'went on')")
        screen.until("(Pdb) ")
        screen.write("c\n")
        screen.until("it waits")
        screen.write("\x03")
        screen.until("(Pdb) ")
        (project / "now").touch()
        screen.write(f"{command}\n")
        if command == "n":
            screen.until("(Pdb) ")
            screen.write("c\n")
        screen.until("it went on")

        assert re.search(r"total +6", screen.rest())
        assert screen.wait() == 0

    def test_the_run_can_be_stopped_from_elsewhere(self, terminal):
        screen = terminal()
        screen.until("(Pdb) ")
        os.kill(screen.child, signal.SIGTERM)

        assert "Stopped" in screen.rest()
        assert screen.wait() == 1


class Terminal:
    def __init__(self, child, screen):
        self.child, self._screen, self._said = child, screen, ""

    def write(self, text):
        os.write(self._screen, text.encode())

    def until(self, text):
        while text not in self._said:
            block = os.read(self._screen, 4096).decode(errors="replace")
            assert block, self._said
            self._said += block
        before, _, self._said = self._said.partition(text)
        return before + text

    def rest(self):
        found = self._said
        try:
            while block := os.read(self._screen, 4096):
                found += block.decode(errors="replace")
        except OSError:  # what Linux says of a terminal whose other side is closed
            pass
        return found

    def wait(self):
        return os.waitstatus_to_exitcode(os.waitpid(self.child, 0)[1])


class TestRefusals:
    @pytest.mark.parametrize(
        ("step", "arguments", "said"),
        [
            ("subtract", (), "the pipeline has no step 'subtract'; there is add, learn"),
            ("condition", (), "is of type Condition; only a job of one component"),
            ("add", ("--json",), "--debug and --json don't go together"),
            ("add", ("--runner", "sandbox"), "--debug needs --runner process, not sandbox"),
        ],
    )
    def test_what_comes_to_no_prompt_is_refused_before_anything_runs(
        self, debug, project, step, arguments, said
    ):
        result = debug(step, arguments=arguments)

        assert result.returncode == 2
        assert said in result.stderr and "Traceback" not in result.stderr
        assert not list((project / ".sagepipe").glob("runs/*"))

    def test_a_step_of_a_loop_is_named_by_its_round(self):
        from sagepipe.cli import debugging
        from sagepipe.local import LocalSettings

        body = [{"Name": "inner", "Type": "Processing", "Arguments": {}}]
        loop = {"Name": "loop", "Type": "ForEach", "Arguments": {"ForEachBody": body}}
        definition, local = {"Steps": [loop]}, LocalSettings()
        with pytest.raises(debugging.DebugError, match="name one of them: inner-0"):
            debugging.check("inner", definition, local, as_json=False)
        with pytest.raises(debugging.DebugError, match="no step 'loop-0'"):
            debugging.check("loop-0", definition, local, as_json=False)
        debugging.check("inner-3", definition, local, as_json=False)
