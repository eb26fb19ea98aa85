"""``sagepipe run --runner``, and what ``sagepipe.toml`` says of runners and images."""

import json

import pytest

from sagepipe.cli import settings


def in_toml(project, table, lines):
    """Add lines to a table of the project's settings."""
    file = project / "sagepipe.toml"
    text = file.read_text()
    if table in text:
        text = text.replace(table, f"{table}\n{lines}")
    else:
        text += f"\n{table}\n{lines}\n"
    file.write_text(text)


def test_the_runner_comes_from_the_settings_and_the_command_line_before_them(project):
    in_toml(project, "[local]", 'runner = "container"\nnetwork = true\nengine = "podman"')
    read = settings.load(project)
    assert (read.runner, read.network, read.engine) == ("container", True, "podman")


def test_without_a_word_of_it_jobs_are_processes_without_a_choice_of_engine(project):
    read = settings.load(project)
    assert (read.runner, read.network, read.engine, read.images) == ("process", False, "", {})


@pytest.mark.parametrize(
    ("table", "lines", "says"),
    [
        ("[local]", 'runner = "vm"', "[local] runner: 'vm' is unknown; there are process, sandbox"),
        ("[local]", 'engine = "lxc"', "[local] engine: 'lxc' is unknown; there are docker, podman"),
        ("[local]", 'network = "yes"', "[local] network has to be true or false, not 'yes'"),
        ("[images]", '"*" = "python"', '[images] "*" has to be a table'),
        ("[images]", '"*" = { pyhton = "x" }', '[images] "*" pyhton is unknown; did you mean'),
        ("[images]", '"*" = { python = 3 }', '[images] "*" python has to be a text, not 3'),
        ("[images]", '"*" = { runner = "vm" }', "[images] \"*\" runner: 'vm' is unknown"),
        ("[functions]", "told = 3", '[functions] "told" has to be "module:function", not 3'),
        ("[functions]", 'told = "a.b"', '[functions] "told" has to be "module:function", not'),
    ],
)
def test_a_setting_that_makes_no_sense_is_named(project, table, lines, says):
    in_toml(project, table, lines)
    with pytest.raises(settings.SettingsError) as error:
        settings.load(project)
    assert f"sagepipe.toml: {says}" in str(error.value)


def test_an_unknown_runner_is_refused_before_anything_runs(project, sagepipe_command):
    done = sagepipe_command("run", "--runner", "vm")
    assert done.returncode == 2
    assert "runner 'vm' is unknown; there are process, sandbox, container" in done.stderr
    assert not (project / ".sagepipe/runs").exists()


def test_a_tracking_server_needs_the_network(project, sagepipe_command):
    done = sagepipe_command(
        *("run", "--runner", "sandbox", "-p", "mlflow_tracking_uri=http://127.0.0.1:5000")
    )
    assert done.returncode == 2
    assert "jobs of --runner sandbox reach no network; allow it (--network" in done.stderr


def test_an_image_may_have_a_python_and_files_of_its_own(project, sagepipe_command, tmp_path):
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.write_text('#!/bin/sh\necho "$0" "$@"\n')
    python.chmod(0o755)
    in_toml(project, "[images]", f'"small-*" = {{ python = "{python}" }}')
    done = sagepipe_command("run", "--json")
    assert done.returncode == 1  # that Python makes no metrics
    log = sagepipe_command("logs", "last", "add").stdout
    assert f"{python} -m sagepipe.runtime team.parts:add" in log
    shown = json.loads(sagepipe_command("show", "--json").stdout)
    assert shown["runner"] == "process (relocated /opt/ml)"


@pytest.mark.once
def test_a_pipeline_of_components_runs_in_a_sandbox(project, sagepipe_command):
    done = sagepipe_command("run", "--runner", "sandbox")
    if done.returncode == 2 and "--runner sandbox" in done.stderr:
        pytest.skip(done.stderr)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "the sum is 6" in sagepipe_command("logs", "last", "add").stdout
    shown = json.loads(sagepipe_command("show", "--json").stdout)
    assert shown["runner"] == "sandbox (bwrap)"
    assert [step["name"] for step in shown["steps"]] == [
        "add",
        "learn",
        "condition",
        "register-model",
    ]
