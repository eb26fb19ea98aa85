"""``sagepipe shell``: a step's tree and environment, as its job saw them."""

import json
import os
import pty
import sys
from pathlib import Path

import pytest

import sagepipe
from sagepipe.local import LocalError, LocalSettings
from sagepipe.local.launch.sandbox import SandboxLauncher

LIBRARY = Path(sagepipe.__file__).parents[1]


@pytest.fixture
def ran(sagepipe_command):
    assert sagepipe_command("run").returncode == 0


@pytest.fixture
def launch(project, ran):
    """The record of what was started for a step."""

    def find(step="add"):
        (found,) = project.glob(f".sagepipe/runs/*/{step}/launch.json")
        return found

    return find


class TestCommand:
    def test_it_runs_in_the_steps_tree(self, sagepipe_command, ran):
        result = sagepipe_command(
            "shell", "last", "add", "--command", "cat $PWD/processing/*/sums/*"
        )

        assert (result.returncode, result.stdout, result.stderr) == (0, "6", "")

    def test_it_has_the_environment_of_the_job_and_no_other(self, sagepipe_command, launch):
        result = sagepipe_command("shell", "last", "add", "-c", "env", SECRET="x", TERM="dumb")

        found = dict(line.split("=", 1) for line in result.stdout.splitlines())
        recorded = json.loads(launch().read_text())["environment"]
        of_the_shell = {"PWD", "OLDPWD", "SHLVL", "_", "TERM", "COLORTERM"}
        assert {k: v for k, v in found.items() if k not in of_the_shell} == recorded
        assert "SECRET" not in found and found["TERM"] == "dumb"

    def test_the_jobs_own_python_is_found_and_finds_the_code(self, sagepipe_command, ran):
        result = sagepipe_command("shell", "last", "add", "-c", "python -c 'import team.parts'")

        assert result.returncode == 0, result.stderr

    @pytest.mark.parametrize(("command", "status"), [("exit 7", 7), ("kill -9 $$", -9)])
    def test_its_exit_status_is_the_commands(self, sagepipe_command, ran, command, status):
        assert sagepipe_command("shell", "last", "add", "-c", command).returncode == status

    def test_a_failed_step_can_be_entered(self, sagepipe_command, project):
        (project / "data/numbers.txt").write_text("two\n")
        assert sagepipe_command("run").returncode == 1

        result = sagepipe_command("shell", "last", "add", "-c", "cat processing/input/numbers/*")
        assert result.stdout == "two\n"

    def test_what_the_job_ran_inside_is_kept(self, sagepipe_command, launch):
        content = json.loads(launch().read_text())
        content["inside"] = ["env", "AROUND=yes"]
        launch().write_text(json.dumps(content))

        result = sagepipe_command("shell", "last", "add", "-c", "echo $AROUND")
        assert result.stdout == "yes\n"


class TestHosts:
    @pytest.fixture
    def hosts(self, launch):
        """The step has two hosts, each with a record of its own."""
        content = json.loads(launch().read_text())
        for name in ("algo-1", "algo-2"):
            folder = launch().parent / name
            (folder / "opt/ml").mkdir(parents=True)
            environment = {**content["environment"], "SAGEMAKER_BASE_DIR": str(folder / "opt/ml")}
            recorded = {**content, "environment": environment}
            (folder / "launch.json").write_text(json.dumps(recorded))
        launch().unlink()

    def test_one_is_chosen_by_name_and_the_first_otherwise(self, sagepipe_command, hosts):
        for more, name in (((), "algo-1"), (("--host", "algo-2"), "algo-2")):
            said = sagepipe_command("shell", "last", "add", "-c", "pwd", *more).stdout
            assert said.endswith(f"/add/{name}/opt/ml\n")

    def test_one_that_is_not_there_is_refused(self, sagepipe_command, hosts):
        result = sagepipe_command("shell", "last", "add", "-c", "pwd", "--host", "algo-3")

        assert result.returncode == 2
        assert "has no host 'algo-3' (it has: algo-1, algo-2)" in result.stderr


class TestRefusals:
    def test_a_step_without_a_job(self, sagepipe_command, ran):
        result = sagepipe_command("shell", "last", "condition", "-c", "pwd")

        assert result.returncode == 2
        assert "is of type Condition: it has no job to enter" in result.stderr

    def test_a_step_that_was_not_started(self, sagepipe_command, ran):
        assert "'fail'" in sagepipe_command("shell", "last", "fail", "-c", "pwd").stderr

    def test_a_step_of_an_older_version(self, sagepipe_command, launch):
        launch().unlink()
        result = sagepipe_command("shell", "last", "add", "-c", "pwd")

        assert result.returncode == 2
        assert "has no launch.json" in result.stderr and "by an older version" in result.stderr

    def test_a_step_whose_job_was_not_started_says_why(self, sagepipe_command, project):
        (project / "data/numbers.txt").unlink()
        assert sagepipe_command("run").returncode == 1
        said = sagepipe_command("shell", "last", "add", "-c", "pwd").stderr

        assert "it ended before its job was started (ClientError: No S3" in said

    @pytest.mark.parametrize("content", ["{", "[]", '{"command": 1}'])
    def test_a_record_that_cannot_be_read(self, sagepipe_command, launch, content):
        launch().write_text(content)
        result = sagepipe_command("shell", "last", "add", "-c", "pwd")

        assert result.returncode == 2 and "launch.json can't be read" in result.stderr

    def test_a_tree_that_is_gone(self, sagepipe_command, launch):
        content = json.loads(launch().read_text())
        launch().write_text(json.dumps({**content, "folder": "/nowhere"}))
        result = sagepipe_command("shell", "last", "add", "-c", "pwd")

        assert result.returncode == 2
        assert "/nowhere: No such file or directory; run it again" in result.stderr


def has_sandboxes():
    try:
        SandboxLauncher(LocalSettings())
    except LocalError:
        return False
    return True


@pytest.mark.parametrize(
    ("runner", "tree"),
    [
        ("process", "/add/opt/ml"),
        pytest.param(
            *("sandbox", " /opt/ml"),
            marks=pytest.mark.skipif(not has_sandboxes(), reason="no bwrap that works"),
        ),
    ],
)
def test_without_a_command_it_is_a_shell_at_the_terminal(project, sagepipe_command, runner, tree):
    assert sagepipe_command("run", "--runner", runner).returncode == 0
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "MLFLOW_"))}
    child, screen = pty.fork()
    if child == 0:
        os.chdir(project)
        command = [sys.executable, "-m", "sagepipe.cli", "shell", "last", "add"]
        source = f"{project / 'src'}{os.pathsep}{LIBRARY}"
        os.execvpe(command[0], command, {**kept, "PYTHONPATH": source, "TERM": "dumb"})
    os.write(screen, b"sleep 600 & kill %1; echo $((6 * 7)) in $PWD; exit 3\n")
    said = b""
    try:
        while block := os.read(screen, 4096):
            said += block
    except OSError:  # what Linux says of a terminal whose other side is closed
        pass
    os.close(screen)

    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3
    text = said.decode()
    assert "The tree of add in run " in text
    assert "Its command: " in text and "-m sagepipe.runtime team.parts:add --plus 0" in text
    assert "42 in " in text and tree in text
    assert "no job control" not in text
