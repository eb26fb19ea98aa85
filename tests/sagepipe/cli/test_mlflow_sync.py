"""``sagepipe mlflow sync``, and the policy on its way from sagepipe.toml into the jobs."""

import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from sagepipe.tracking import runs, store

NOBODY = "http://127.0.0.1:9"  # the port of the discard service, which nothing serves here


@pytest.fixture
def tracked(project: Path) -> Path:
    """The project with a server that isn't there; its records can go to a file."""
    return configure(project, NOBODY)


def configure(project: Path, uri: str, policy: str = "") -> Path:
    file = project / "sagepipe.toml"
    local, rest = file.read_text().split("[env.local.parameters]")
    head, _, _ = local.rpartition("mlflow_tracking_uri")
    added = f'mlflow_tracking_uri = "{uri}"\n' + (f'mlflow_policy = "{policy}"\n' if policy else "")
    file.write_text(f"{head}{added}\n[env.local.parameters]{rest}")
    return project


def statuses(project: Path) -> dict[str, str]:
    client = store.client(f"sqlite:///{project}/mlflow.db")
    experiment = client.get_experiment_by_name("small-numbers")
    runs = client.search_runs([experiment.experiment_id])
    return {run.info.run_name: run.info.status for run in runs}


def test_runs_go_on_without_the_server_and_are_uploaded_to_it_later(
    tracked: Path, sagepipe_command: Any
) -> None:
    done = sagepipe_command("run", MLFLOW_HTTP_REQUEST_MAX_RETRIES="0")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "did not take all records of add, learn; they are kept" in done.stdout
    failed = sagepipe_command("run", "-p", "least=100", MLFLOW_HTTP_REQUEST_MAX_RETRIES="0")
    assert failed.returncode == 1

    first = sagepipe_command("mlflow", "sync")
    assert first.returncode == 1 and "they are kept: sync again" in first.stderr

    configure(tracked, "sqlite:///mlflow.db")
    synced = sagepipe_command("mlflow", "sync", "--json")
    assert synced.returncode == 0, synced.stderr
    uploaded = json.loads(synced.stdout)
    assert sorted(item["step"] for item in uploaded) == ["add", "add", "learn", "learn"]
    good, bad = (
        json.loads(sagepipe_command("show", "--json", run).stdout)["id"]
        for run in dict.fromkeys(item["execution_id"] for item in uploaded)
    )
    by_status = {statuses(tracked)[run]: run for run in (good, bad)}
    assert set(by_status) == {"FINISHED", "FAILED"}
    assert statuses(tracked)["add"] == runs.FINISHED
    again = sagepipe_command("mlflow", "sync")
    assert "nothing to upload" in again.stdout


def test_an_archive_that_was_fetched_is_uploaded(tracked: Path, sagepipe_command: Any) -> None:
    sagepipe_command("run", MLFLOW_HTTP_REQUEST_MAX_RETRIES="0")
    configure(tracked, "sqlite:///mlflow.db")
    (archive,) = (tracked / ".sagepipe/s3").rglob("output.tar.gz")
    with tarfile.open(archive) as packed:
        assert any(".mlflow-spool/mlflow.db" in name for name in packed.getnames())
    synced = sagepipe_command("mlflow", "sync", str(archive))
    assert "uploaded learn of " in synced.stdout, synced.stdout + synced.stderr
    wrong = sagepipe_command("mlflow", "sync", "sagepipe.toml")
    assert wrong.returncode == 1 and "name a job's output.tar.gz, or a folder" in wrong.stderr


def test_where_the_server_is_required_the_job_fails_and_says_so(
    project: Path, sagepipe_command: Any
) -> None:
    configure(project, NOBODY, "required")
    done = sagepipe_command("run", MLFLOW_HTTP_REQUEST_MAX_RETRIES="0")
    assert done.returncode == 1
    assert f"MLflow: {NOBODY} can't be used" in done.stdout
    assert "step 'add' fails as mlflow_policy is 'required'" in done.stdout


def test_off_asks_no_server_and_an_unknown_policy_is_refused(
    project: Path, sagepipe_command: Any
) -> None:
    configure(project, NOBODY, "off")
    done = sagepipe_command("run", "--json")
    assert done.returncode == 0
    assert not list((project / ".sagepipe").rglob(".mlflow-spool"))
    configure(project, NOBODY, "strict")
    done = sagepipe_command("run")
    assert done.returncode == 2
    assert "[env.local] mlflow_policy: 'strict' is unknown" in done.stderr


def test_the_policy_is_a_constant_of_every_jobs_environment(
    project: Path, sagepipe_command: Any
) -> None:
    configure(project, NOBODY, "required")
    compiled = json.loads(sagepipe_command("compile", "--env", "local", "-o", "-").stdout)
    jobs = [step["Arguments"]["Environment"] for step in compiled["Steps"][:2]]
    assert [job["SAGEPIPE_MLFLOW_POLICY"] for job in jobs] == ["required", "required"]
