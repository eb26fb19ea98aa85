"""``sagepipe run`` on what an earlier run has: --from, --only, --of, --resume, --no-cache."""

import fcntl
import json
import os
import re
import subprocess
import sys
import time

import pytest

import sagepipe


def succeeded(result):
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def refused(result):
    assert result.returncode == 2, result.stdout + result.stderr
    assert "Traceback" not in result.stderr
    return result.stderr


def execution(result):
    """The execution that ``--json`` wrote last."""
    return json.loads(result.stdout.splitlines()[-1])["execution"]


def sources(found):
    return {step["name"]: step["selected_from"] for step in found["steps"]}


class TestFrom:
    def test_the_steps_before_are_as_in_the_pipelines_last_run(self, sagepipe_command):
        first = execution(sagepipe_command("run", "--json", "-p", "plus=1"))
        second = execution(sagepipe_command("run", "--json", "--from", "learn"))

        assert second["status"] == "Succeeded"
        assert sources(second) == {
            "add": first["id"],
            "condition": first["id"],
            "learn": None,
            "register-model": None,
        }

    def test_parameters_are_as_they_were_but_for_those_given(self, sagepipe_command):
        sagepipe_command("run", "-p", "plus=1", "-p", "least=7")
        second = execution(
            sagepipe_command("run", "--json", "--from", "learn", "-p", "least=2", "--of", "last")
        )

        assert (second["parameters"]["plus"], second["parameters"]["least"]) == (1, 2.0)

    def test_people_see_whose_result_a_step_has(self, sagepipe_command):
        first = execution(sagepipe_command("run", "--json"))
        printed = succeeded(sagepipe_command("run", "--from", "learn"))
        shown = succeeded(sagepipe_command("show"))

        assert re.search(rf"✓ add +Succeeded .*from run {first['id']}", printed), printed
        assert re.search(rf"add +Processing .*from run {first['id']}", shown), shown

    def test_without_a_run_to_go_by_it_is_refused(self, sagepipe_command):
        text = refused(sagepipe_command("run", "--from", "learn"))

        assert "small-numbers has no run yet whose results could be used" in text


def test_only_runs_what_is_named(sagepipe_command):
    first = execution(sagepipe_command("run", "--json"))
    second = execution(sagepipe_command("run", "--json", "--only", "learn, condition"))

    assert sources(second) == {"add": first["id"], "learn": None, "condition": None}


def test_a_failed_run_says_how_to_go_on_with_it(sagepipe_command, project):
    (project / "data" / "numbers.txt").write_text("1\ntwo\n")
    assert re.search(r"sagepipe\.cli run --resume \w{12}", sagepipe_command("run").stdout)


def test_one_that_ended_as_the_pipeline_wants_does_not(sagepipe_command):
    assert "--resume" not in sagepipe_command("run", "-p", "least=100").stdout


def test_resume_goes_on_with_a_failed_run(sagepipe_command, project):
    numbers = project / "data" / "numbers.txt"
    numbers.write_text("1\ntwo\n")
    first = execution(sagepipe_command("run", "--json"))
    numbers.write_text("1\n2\n3\n")
    second = execution(sagepipe_command("run", "--json", "--resume", "last"))

    assert (first["status"], second["status"]) == ("Failed", "Succeeded")
    assert first["id"] == second["id"]
    assert {step["name"]: step["attempts"] for step in second["steps"]}["add"] == 2


def test_a_step_that_allows_it_is_cached_unless_no_cache_is_asked_for(sagepipe_command, project):
    module = project / "src" / "team" / "pipelines" / "numbers.py"
    asked = ".set_caching_options(True, 'P1D')"
    text = module.read_text()
    for call in ("plus=plus)", 'sums=added.outputs["sums"])'):
        text = text.replace(call, call + asked)
    module.write_text(text)
    first, second, third = (
        execution(sagepipe_command("run", "--json", *options))
        for options in ((), (), ("--no-cache",))
    )

    hits = {step["name"]: step["cached_from"] for step in second["steps"]}
    assert (hits["add"], hits["learn"]) == (first["id"], first["id"])
    assert not any(step["cached_from"] for step in third["steps"])


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (("--from", "add", "--only", "add"), "--from and --only exclude each other"),
        (("--of", "last"), "needs --from or --only"),
        (("--resume", "last", "-p", "plus=1"), "takes no pipeline, parameter or step"),
        (("--resume", "last", "numbers"), "takes no pipeline, parameter or step"),
        (("--resume", "last"), "no execution 'last' is on record"),
    ],
)
def test_options_that_make_no_sense_are_refused(sagepipe_command, options, text):
    assert text in refused(sagepipe_command("run", *options))


@pytest.mark.slow
def test_mlflow_shows_a_killed_run_as_failed_and_a_resumed_one_as_finished(
    sagepipe_command, project
):
    """The runner is killed while a step runs; the next command tells MLflow."""
    settings = project / "sagepipe.toml"
    settings.write_text(
        settings.read_text().replace(
            'serving_image_uri = "small-serve:local"\nmlflow_tracking_uri = "off"',
            'serving_image_uri = "small-serve:local"\nmlflow_tracking_uri = "sqlite:///mlflow.db"',
        )
    )
    parts = project / "src" / "team" / "parts.py"
    waits, learns = project / "waits", project / "learns"
    waits.touch()
    parts.write_text(
        parts.read_text().replace(
            "    '''Learn a number by heart.'''\n",
            "    '''Learn a number by heart.'''\n    import fcntl, time\n\n"
            f"    waits = Path({str(waits)!r})\n"
            "    if waits.exists():\n"
            "        held = waits.open()\n        fcntl.flock(held, fcntl.LOCK_SH)\n"
            f"        Path({str(learns)!r}).touch()\n"
            "    while waits.exists():\n        time.sleep(0.01)\n",
        )
    )
    runner = start(project)
    end = time.monotonic() + 300  # MLflow makes its database first
    while not learns.exists():
        assert time.monotonic() < end, "the step never came"
        time.sleep(0.02)
    runner.kill()
    runner.communicate()
    with waits.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # once the step is gone, too
    waits.unlink()
    succeeded(sagepipe_command("run", "-p", "mlflow_tracking_uri=off"))
    (name,) = {run["execution"] for run in runs(project)}
    assert {run["name"]: run["status"] for run in runs(project)} == {
        "add": "FINISHED",
        "learn": "FAILED",
        name: "FAILED",
    }
    assert execution(sagepipe_command("run", "--json", "--resume", name))["status"] == "Succeeded"
    assert status(project, name) == "FINISHED"


def start(project):
    library = os.path.dirname(os.path.dirname(sagepipe.__file__))
    return subprocess.Popen(
        [sys.executable, "-m", "sagepipe.cli", "run", "--json"],
        cwd=project,
        env={**os.environ, "PYTHONPATH": f"{project / 'src'}{os.pathsep}{library}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def runs(project):
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=f"sqlite:///{project / 'mlflow.db'}")
    experiment = client.get_experiment_by_name("small-numbers")
    return [
        {
            "name": run.info.run_name,
            "status": run.info.status,
            "execution": run.data.tags["sagepipe.execution_id"],
        }
        for run in client.search_runs([experiment.experiment_id])
    ]


def status(project, execution_id):
    return next(run["status"] for run in runs(project) if run["name"] == execution_id)
