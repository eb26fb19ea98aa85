"""``sagepipe ui``: MLflow's own web server over the project's runs."""

import os
import sys

from sagepipe.cli import settings
from sagepipe.cli.ports import check_free
from sagepipe.cli.rerun import settle
from sagepipe.contract import names
from sagepipe.contract.errors import SagepipeError
from sagepipe.local import LocalSettings


def serve(port: int, env: str) -> None:
    """Replace this process by MLflow's server.

    Args:
        port: Where to listen on 127.0.0.1.
        env: Whose tracking URI to take.

    Raises:
        SagepipeError: Tracking is off or on a server of its own, or the port is taken.
    """
    project = settings.load()
    uri = project.tracking_uri(project.environment(env).require(names.TRACKING_URI))
    if uri == names.TRACKING_OFF:
        raise SagepipeError(f"tracking is off in [env.{env}] of {settings.FILE}")
    if uri.startswith(("http://", "https://")):
        raise SagepipeError(f"[env.{env}] tracks to a server that has its own pages: {uri}")
    check_free(port)
    settle(LocalSettings(root=project.state, project=project.root))
    # Without the view being named, MLflow 3 opens on traces of language models.
    page = f"http://127.0.0.1:{port}/#/experiments?workflowType=machine_learning"
    print(f"MLflow starts; in a few seconds it is at {page} (Ctrl-C to stop)", flush=True)
    # MLflow's job runner would start eight more processes, of no use to a reader of runs.
    environment = {**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    environment.setdefault("PYTHONWARNINGS", "ignore")  # MLflow's own, of no use to its reader
    command = [sys.executable, "-m", "mlflow", "ui", "--backend-store-uri", uri]
    os.execve(sys.executable, [*command, "--host", "127.0.0.1", "--port", str(port)], environment)
