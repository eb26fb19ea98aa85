"""The same work on each backend that a team may have: every store ends up with the same records."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import recorded
import servers

from sagepipe import tracking
from sagepipe.tracking import StepIdentity, TrackingError

pytestmark = pytest.mark.once  # servers and databases: no Python version changes them

POSTGRES = max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)


@contextmanager
def postgres() -> Iterator[str]:
    """Run PostgreSQL as a user that is not root, which it refuses.

    pytest's folders are their owner's alone, and each session that starts makes them so again.
    """
    assert POSTGRES
    who: dict[str, Any] = {}
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    if os.getuid() == 0:
        who = {"user": "nobody", "group": "nogroup", "extra_groups": []}
        shutil.chown(folder, "nobody", "nogroup")
    data, port, log = folder / "data", servers.free_port(), folder / "log.txt"
    started: subprocess.Popen[bytes] | None = None
    try:
        with log.open("wb") as output:
            run: dict[str, Any] = {"cwd": folder, "stdout": output, "stderr": output, **who}
            make = [POSTGRES / "initdb", "-D", data, "-U", "team", "-A", "trust", "-N"]
            made = subprocess.run(make, **run)
            assert made.returncode == 0, log.read_text()
            options = ["-c", "listen_addresses=127.0.0.1", "-k", folder, "-F"]  # -F: no fsync
            command = [POSTGRES / "postgres", "-D", data, "-p", str(port), *options]
            started = subprocess.Popen(command, **run)
        ready = [POSTGRES / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)]
        servers.until(lambda: subprocess.run(ready).returncode == 0, started, log)
        yield f"postgresql+psycopg2://team@127.0.0.1:{port}/postgres"
    finally:
        if started:
            started.send_signal(signal.SIGQUIT)  # at once, whoever is connected
            started.wait(120)
        shutil.rmtree(folder)


@contextmanager
def s3(folder: Path) -> Iterator[dict[str, str]]:
    """Run moto's server with a bucket, and say how MLflow's server reaches it."""
    import boto3

    port = servers.free_port()
    address = f"http://127.0.0.1:{port}"
    environment = {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "MLFLOW_S3_ENDPOINT_URL": address,
    }
    with (folder / "moto.txt").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
            stdout=log,
            stderr=log,
        )
    try:
        servers.wait(process, f"{address}/moto-api/data.json", folder / "moto.txt")
        boto3.client(
            "s3",
            endpoint_url=address,
            region_name="eu-west-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        ).create_bucket(
            Bucket="artifacts", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )
        yield environment
    finally:
        process.terminate()
        process.wait(120)


def same(uri: str, whole_uri: str, fitted: tuple[Any, Any], folder: Path) -> bool:
    """Do the work in both stores and compare all that they have of it."""
    found = []
    for store in (uri, whole_uri):
        identity = StepIdentity(store, "flights", "abcdef012345", "train", policy="required")
        with tracking.step_run(identity):
            recorded.work(fitted, folder)
        found.append(json.dumps(recorded.content(store, identity), sort_keys=True))
    return found[0] == found[1]


def test_a_server_over_sqlite(
    http_server: str, uri: str, fitted: tuple[Any, Any], tmp_path: Path
) -> None:
    assert same(http_server, uri, fitted, tmp_path)


@pytest.mark.skipif(POSTGRES is None, reason="Debian's package postgresql is not installed")
def test_a_server_over_postgresql(uri: str, fitted: tuple[Any, Any], tmp_path: Path) -> None:
    pytest.importorskip("psycopg2", reason="psycopg2 is not installed")
    with postgres() as backend, servers.mlflow_server(tmp_path, backend) as address:
        assert same(address, uri, fitted, tmp_path)


def test_artifacts_go_through_the_server_to_s3(
    new_store: Path, uri: str, fitted: tuple[Any, Any], tmp_path: Path
) -> None:
    backend = f"sqlite:///{shutil.copy(new_store, tmp_path / 'server.db')}"
    place = ("--artifacts-destination", "s3://artifacts/mlflow")
    with (
        s3(tmp_path) as environment,
        servers.mlflow_server(tmp_path, backend, *place, **environment) as address,
    ):
        assert same(address, uri, fitted, tmp_path)
    assert not (tmp_path / "mlartifacts/1").exists()


def test_mlflows_basic_auth(
    new_store: Path,
    uri: str,
    fitted: tuple[Any, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("flask_wtf", reason="mlflow[auth] is not installed")
    (tmp_path / "auth.ini").write_text(
        "[mlflow]\ndefault_permission = READ\n"
        f"database_uri = sqlite:///{tmp_path}/auth.db\n"
        "admin_username = team\nadmin_password = a-long-password\n"
        "authorization_function = mlflow.server.auth:authenticate_request_basic_auth\n"
    )
    backend = f"sqlite:///{shutil.copy(new_store, tmp_path / 'server.db')}"
    secret = {
        "MLFLOW_AUTH_CONFIG_PATH": str(tmp_path / "auth.ini"),
        "MLFLOW_FLASK_SERVER_SECRET_KEY": "secret",
    }
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "team")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "a-long-password")
    with servers.mlflow_server(tmp_path, backend, "--app-name", "basic-auth", **secret) as address:
        assert same(address, uri, fitted, tmp_path)
        monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "wrong")
        identity = StepIdentity(address, "flights", "zzzzzz012345", "train", policy="required")
        with pytest.raises(TrackingError, match="401"), tracking.step_run(identity):
            pass
