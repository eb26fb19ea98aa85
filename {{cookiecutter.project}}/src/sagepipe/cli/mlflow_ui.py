"""``sagepipe ui``: MLflow's own web server over the project's runs."""

import os
import sys

from sagepipe import tracking
from sagepipe.cli import settings
from sagepipe.cli.ports import check_free
from sagepipe.cli.rerun import settle
from sagepipe.contract.errors import SagepipeError
from sagepipe.local import LocalSettings

# Names of this machine for itself, which MLflow forgets when others are given.
_OURSELVES = ("localhost:*", "127.0.0.1:*")


def serve(port: int, env: str, host: str, allowed_hosts: str) -> None:
    """Replace this process by MLflow's server.

    Args:
        port: Where to listen.
        env: Whose tracking URI to take.
        host: The address to listen on.
        allowed_hosts: Names by which browsers and jobs may reach it besides this machine's own,
            with commas between them; MLflow's default, which is private addresses, if empty.

    Raises:
        SagepipeError: Tracking is off or on a server of its own, or the port is taken.
    """
    project = settings.load()
    uri = project.store(env)
    if uri.startswith(("http://", "https://")):
        raise SagepipeError(f"[env.{env}] tracks to a server that has its own pages: {uri}")
    check_free(port)
    settle(LocalSettings(root=project.state, project=project.root))
    page = f"http://127.0.0.1:{port}/{tracking.arrange(uri)}"
    print(f"MLflow starts; in a few seconds it is at {page} (Ctrl-C to stop)", flush=True)
    # MLflow's job runner would start eight more processes, of no use to a reader of runs.
    environment = {**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    environment.setdefault("PYTHONWARNINGS", "ignore")  # MLflow's own, of no use to its reader
    command = [sys.executable, "-m", "mlflow", "ui", "--backend-store-uri", uri]
    command += ["--host", host, "--port", str(port)]
    command += ["--workers", "1"]  # each takes 190 MB; one answers a team that looks
    command += ["--uvicorn-opts", "--log-level warning"]  # no line for each request
    os.execve(sys.executable, [*command, *_allowed(allowed_hosts)], environment)


def _allowed(hosts: str) -> list[str]:
    """Write the options that let others in; their browsers send the page's own address along."""
    given = [host.strip() for host in hosts.split(",") if host.strip()]
    if not given:
        return []
    origins = [f"{scheme}://{host}" for host in given for scheme in ("http", "https")]
    allowed = ",".join([*given, *_OURSELVES])
    return ["--allowed-hosts", allowed, "--cors-allowed-origins", ",".join(origins)]
