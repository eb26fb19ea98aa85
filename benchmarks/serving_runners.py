"""Who serves models on this machine: how each is started, and what it is asked."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from places import HERE, LIBRARY

SERVERS = HERE / "servers"
Command = Sequence[str | Path]
BARE = "uvicorn, the bare ONNX session"


@dataclass(frozen=True)
class Server:
    """Something that answers ``/ping`` and ``/invocations``.

    Attributes:
        name: What it is.
        commands: Makes its programs' commands, by the port it shall have.
        environment: Makes the variables that it needs, by the port.
        row: The file with the request for one row, as JSON.
    """

    name: str
    commands: Callable[[int], Sequence[Command]]
    environment: Callable[[int], Mapping[str, str]] = field(default=lambda port: {})
    row: str = "row.json"


class Running:
    """A server that was started; all of its processes are one group."""

    def __init__(self, server: Server, port: int) -> None:
        inherited = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        environment = {**inherited, "PYTHONPATH": str(LIBRARY), **server.environment(port)}
        self.programs = [
            subprocess.Popen(
                [str(word) for word in command],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
            for command in server.commands(port)
        ]

    def processes(self) -> list[int]:
        """List all of its processes."""
        sessions = {program.pid for program in self.programs}
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdecimal():
                try:
                    if os.getsid(int(entry.name)) in sessions:
                        found.append(int(entry.name))
                except ProcessLookupError:
                    continue
        return found

    def stop(self) -> None:
        """End it, gently at first."""
        for program in self.programs:
            program.terminate()
        for program in self.programs:
            try:
                program.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(program.pid, signal.SIGKILL)
                program.wait()


def ours(folder: Path) -> list[Server]:
    """Our server, with each engine and everything that it does by default."""
    (folder / "nothing_of_its_own.py").write_text("")
    program = folder / "serve.py"
    program.write_text('from sagepipe import serving\n\nserving.run("nothing_of_its_own")\n')

    def server(engine: str) -> Server:
        return Server(
            f"sagepipe, {engine}",
            lambda port: [[sys.executable, program]],
            lambda port: {"SAGEMAKER_BASE_DIR": str(folder / engine), **_address(port)},
        )

    return [server("onnx"), server("sklearn")]


def ceilings(folder: Path) -> list[Server]:
    """What our server stands on: HTTP with nothing behind it, and with the bare model."""
    program = SERVERS / "uvicorn_alone.py"
    model = folder / "onnx" / "model"
    return [
        Server("uvicorn, a constant", lambda port: [[sys.executable, program]], _address),
        Server(BARE, lambda port: [[sys.executable, program, model]], _address),
    ]


def _address(port: int) -> dict[str, str]:
    return {"SAGEMAKER_BIND_TO_PORT": str(port), "SAGEPIPE_SERVE_HOST": "127.0.0.1"}


def peers(folder: Path) -> list[Server]:
    """MLflow's server, and what AWS's examples of a container of one's own run."""
    return [mlflow(folder), awss(folder)]


def mlflow(folder: Path) -> Server:
    """``mlflow models serve`` in this environment, with its own number of workers."""

    def commands(port: int) -> list[Command]:
        serve = [sys.executable, "-m", "mlflow", "models", "serve", "-m", folder / "mlflow"]
        return [[*serve, "--env-manager", "local", "-h", "127.0.0.1", "-p", str(port)]]

    return Server("mlflow models serve", commands, row="row-mlflow.json")


def awss(folder: Path) -> Server:
    """Flask behind gunicorn behind nginx; without nginx where there is none."""
    workers = str(os.cpu_count() or 1)
    gunicorn = [sys.executable, "-m", "gunicorn", "--timeout", "60", "-w", workers, "--umask", "0"]
    # nginx that root started works as somebody else, who has to get at the socket.
    folder.chmod(0o755)
    environment = {"MODEL_FILE": str(folder / "pickle" / "model.pkl")}
    nginx = shutil.which("nginx")
    application = ["--chdir", SERVERS, "flask_app:app"]
    if nginx is None:
        return Server(
            "gunicorn + Flask",
            lambda port: [[*gunicorn, "-b", f"127.0.0.1:{port}", *application]],
            lambda port: environment,
        )

    def commands(port: int) -> list[Command]:
        text = (SERVERS / "nginx.conf").read_text()
        config = folder / "nginx.conf"
        config.write_text(text.replace("@FOLDER@", str(folder)).replace("@PORT@", str(port)))
        behind = [*gunicorn, "-b", f"unix:{folder / 'gunicorn.sock'}", *application]
        return [behind, [nginx, "-c", config]]

    return Server("nginx + gunicorn + Flask", commands, lambda port: environment)
