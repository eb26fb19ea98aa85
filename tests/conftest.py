"""Bake projects as a user would, once for each set of answers."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

import pytest
from cookiecutter.main import cookiecutter

from sagepipe.local.jobs.endpoint import free_port

ROOT = Path(__file__).resolve().parents[1]
# A shell starts what runs in the background with SIGINT ignored, and programs inherit that; those
# that the tests start and then stop with Ctrl-C are to be as they are in the foreground.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

PYTHON_VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture(scope="session")
def template() -> Path:
    """The template's own folder."""
    return ROOT


@pytest.fixture(scope="session")
def bake(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Generate a project with the given answers; the rest are defaults, the Python is this one."""

    def bake(**answers: str) -> Path:
        folder = tmp_path_factory.mktemp("bake")
        answers = {"python_version": PYTHON_VERSION, **answers}
        return Path(
            cookiecutter(
                str(ROOT),
                no_input=True,
                default_config=True,
                output_dir=str(folder),
                extra_context=answers,
            )
        )

    return bake


@pytest.fixture(scope="session")
def environment_of() -> Callable[[Path], dict[str, str]]:
    """Make the environment of a generated project's own commands."""
    return project_environment


@pytest.fixture(scope="session")
def run_in() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run this Python in a generated project, as if the project were installed into it."""

    def run_in(
        project: Path, *arguments: str, timeout: float = 600, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=project,
            env={**project_environment(project), **environment},
            capture_output=True,
            text=True,
            timeout=timeout,
        )

    return run_in


def project_environment(project: Path) -> dict[str, str]:
    """Make an environment that finds the generated project's code and nothing of this one's."""
    drop = ("MLFLOW_", "AWS_", "SAGEPIPE_", "COV_", "PYTEST_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(drop)}
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    return {**kept, "PYTHONPATH": str(project / "src")}


@pytest.fixture(scope="session")
def served() -> Callable[[Path], AbstractContextManager[str]]:
    """Serves the model that a project registered last; gives the address to post to."""
    return serve


@contextmanager
def serve(project: Path) -> Iterator[str]:
    """Run a project's `sagepipe serve` until the block ends."""
    port = free_port()
    log = project / "serve.log"
    with log.open("w") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", "sagepipe.cli", "serve", "--port", str(port)],
            cwd=project,
            env=project_environment(project),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        wait_until_healthy(server, f"http://127.0.0.1:{port}/ping", log)
        yield f"http://127.0.0.1:{port}/invocations"
    finally:
        with suppress(ProcessLookupError):  # it has ended by itself, which is said elsewhere
            os.killpg(server.pid, signal.SIGTERM)
        server.wait(240)


def wait_until_healthy(server: "subprocess.Popen[bytes]", ping: str, log: Path) -> None:
    """Ping as SageMaker does, until the answer is 200; its own patience ends after 8 minutes."""
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline:
        assert server.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(ping, timeout=30) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise AssertionError(f"no healthy answer: {log.read_text()}")
