"""``sagepipe ui``: MLflow's server as it really runs."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

import sagepipe
from sagepipe import tracking
from sagepipe.local.jobs.endpoint import free_port

pytestmark = pytest.mark.once

LIBRARY = Path(sagepipe.__file__).parents[1]


@pytest.fixture
def tracked(project):
    """The project with one execution in its own store."""
    settings = project / "sagepipe.toml"
    head, _, tail = settings.read_text().partition('mlflow_tracking_uri = "off"')
    settings.write_text(f'{head}mlflow_tracking_uri = "sqlite:///mlflow.db"{tail}')
    identity = tracking.StepIdentity(
        f"sqlite:///{project}/mlflow.db", "small-numbers", "abcdef012345", "add"
    )
    with tracking.step_run(identity):
        tracking.log_result_metrics({"total": 6})
    return project


@pytest.fixture
def ui(tracked):
    """The running server, its port and what it printed."""
    port = free_port()
    command = [sys.executable, "-m", "sagepipe.cli", "ui", "--port", str(port)]
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "MLFLOW_"))}
    log = tracked / "ui.log"
    with log.open("w") as output:
        server = subprocess.Popen(
            [*command, "--allowed-hosts", "mlflow:5005"],
            cwd=tracked,
            env={**kept, "PYTHONPATH": str(LIBRARY)},
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        end = time.monotonic() + 300
        while ask(port, "localhost", "/health") != 200:
            assert server.poll() is None and time.monotonic() < end, log.read_text()
            time.sleep(0.2)
        yield server, port, log
    finally:
        if server.poll() is None:
            os.killpg(server.pid, signal.SIGTERM)
        server.wait(240)


def ask(port, host, path="/", origin="", body=None):
    """Send a request under a host's name; give its status, or 0 where nothing answers."""
    headers = {"Host": host, "Content-Type": "application/json"}
    headers |= {"Origin": origin} if origin else {}
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", body, headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status
    except urllib.error.HTTPError as refused:
        return refused.code
    except OSError:
        return 0


def group(leader):
    """Count the processes of a group, threads aside."""
    listed = subprocess.run(["ps", "-eo", "pgid="], capture_output=True, text=True, check=True)
    return [int(line) for line in listed.stdout.split()].count(leader)


def test_it_takes_two_processes_and_lets_in_those_who_are_named(ui):
    server, port, log = ui
    assert group(server.pid) == 2
    search, body = "/ajax-api/2.0/mlflow/runs/search", b'{"experiment_ids": ["1"]}'
    for host in (f"localhost:{port}", f"127.0.0.1:{port}", "mlflow:5005"):
        assert ask(port, host) == 200, host
        assert ask(port, host, search, f"http://{host}", body) == 200, host
    assert ask(port, "other:5005") == 403
    assert ask(port, f"localhost:{port}", search, "http://other:5005", body) == 403
    said = log.read_text()
    assert f"http://127.0.0.1:{port}/#/experiments/1/runs?workflowType=" in said
    assert "GET" not in said
