"""The runners that this machine has, and hosts and steps that are the same in each of them."""

import json
import os
import select
import signal
import subprocess
import textwrap
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sagepipe.contract.runners import CONTAINER, PROCESS, SANDBOX
from sagepipe.local import LocalError, LocalSettings
from sagepipe.local.launch import engine as engines
from sagepipe.local.launch.choose import ChosenLauncher
from sagepipe.local.launch.launch import Command, Launch, Started

Json = dict[str, Any]
HERE = Path(__file__).parent
_ALONE = {"sandbox", "container", "engine", "image", "build"}  # fixtures

BASE_IMAGES = [f"docker.io/library/python:3.{minor}-slim" for minor in (11, 12, 13, 14)]
BUILD = {
    # chroot: a build in a container, as in most CI, may not start containers of its own.
    "podman": ["build", "--isolation=chroot", "--format=docker", "--pull=never", "--quiet"],
    "docker": ["build", "--quiet"],
}
DOCKERFILE = """\
FROM {base} AS plain
ENV FROM_IMAGE=yes
COPY --chmod=755 train entry /usr/local/bin/
CMD ["python3", "-c", "print('the command of the image')"]
FROM plain AS entry
ENTRYPOINT ["/usr/local/bin/entry"]
"""
# What the image's train command does, and in the other runners the file that stands for it.
TRAIN = """\
import os, runpy, sys
root = os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml")
runpy.run_path(f"{root}/input/data/code/script.py", run_name="__main__")
"""
# Their hosts are the same whatever Python runs the tests.
ISOLATED = [pytest.param(runner, marks=pytest.mark.once) for runner in (SANDBOX, CONTAINER)]
CODE = "/opt/ml/processing/input/code"
READY, LOCK = "opt/ml/output/ready", "opt/ml/output/lock"
PRELUDE = """\
import fcntl, json, os, signal, socket, sqlite3, subprocess, sys
from pathlib import Path
ML = Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml"))

def ready():
    # Holds a lock from now on, as long as it or a child of its lives.
    global lock
    lock = os.open(ML / "output/lock", os.O_CREAT | os.O_RDWR)
    os.set_inheritable(lock, True)
    fcntl.flock(lock, fcntl.LOCK_EX)
    with open(ML / "output/ready", "w") as pipe:
        pipe.write("ready")
"""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run what is about sandboxes or containers with one Python only."""
    for item in items:
        asked = getattr(item, "fixturenames", ())
        if HERE in item.path.parents and not _ALONE.isdisjoint(asked):
            item.add_marker("once")


@pytest.fixture(scope="session")
def engine() -> engines.Engine:
    """A container engine that has an image to build on."""
    try:
        return engines.find(None)
    except LocalError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def build(
    engine: engines.Engine, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], str]]:
    """Build one of two small images: ``plain``, and ``entry``, which has an ENTRYPOINT."""
    base = next((image for image in BASE_IMAGES if engine.has(image)), None)
    if base is None:
        pytest.skip(f"no {BASE_IMAGES[0]} in {engine.name}: pull it to have containers run")
    folder = tmp_path_factory.mktemp("image")
    (folder / "Dockerfile").write_text(DOCKERFILE.format(base=base))
    (folder / "train").write_text(f"#!/usr/bin/env python3\n{TRAIN}")
    (folder / "entry").write_text('#!/bin/sh\necho "entry was given: $*"\n')
    made: dict[str, str] = {}

    def build(target: str) -> str:
        if target not in made:
            tag = f"localhost/sagepipe-test-{target}:{uuid.uuid4().hex[:8]}"
            words = [*BUILD[engine.name], "--target", target, "--tag", tag, str(folder)]
            done = engine(*words)
            assert done.returncode == 0, done.stdout + done.stderr
            made[target] = tag
        return made[target]

    yield build
    for tag in made.values():
        engine("image", "rm", "--force", "--no-prune", tag)


@pytest.fixture(scope="session")
def image(build: Callable[[str], str]) -> str:
    """An image without an ENTRYPOINT, as SageMaker's own training images are."""
    return build("plain")


def there(runner: str, request: pytest.FixtureRequest) -> str:
    """Skip where this machine lacks a runner; otherwise give the image to run."""
    if runner == CONTAINER:
        return str(request.getfixturevalue("image"))
    try:
        ChosenLauncher(LocalSettings(runner=runner))
    except LocalError as error:
        pytest.skip(str(error))
    return "team/image:1"


class Hosts:
    """Starts hosts, each in a folder of its own."""

    def __init__(self, project: Any, runner: str, image: str) -> None:
        self.project = project
        self.runner = runner
        self.image = image
        self.started: list[Started] = []
        self.isolated = runner != PROCESS
        self.settle()
        (project.folder / "train.py").write_text(TRAIN)

    def settle(self, **changes: Any) -> None:
        """Change the settings."""
        self.settings = self.project.settings_with(runner=self.runner, **changes)
        self.launcher = ChosenLauncher(self.settings)

    def launch(self, body: str = "", **fields: Any) -> Launch:
        """Lay out a host that runs a script."""
        host = fields.get("host", "algo-1")
        folder = self.project.folder / "job" / host
        code = folder / CODE.lstrip("/")
        code.mkdir(parents=True)
        (folder / "opt/ml/output").mkdir()
        os.mkfifo(folder / READY)
        (code / "script.py").write_text(PRELUDE + textwrap.dedent(body))
        command = Command(self.image, ("python3", f"{CODE}/script.py"))
        whole = Launch(
            command=command,
            environment={},
            folder=folder,
            log=folder / "log.txt",
            host=host,
            hosts=(host,),
            job=f"test-{uuid.uuid4().hex[:8]}",
        )
        return replace(whole, **fields)

    def start(self, launch: Launch) -> Started:
        started = self.launcher.start(launch)
        self.started.append(started)
        return started

    def end(self) -> None:
        """End what a test has left, because it failed."""
        for started in self.started:
            with suppress(OSError):  # it was closed
                started.signal(signal.SIGKILL)

    def wait(self, launch: Launch) -> None:
        """Wait until a host's script has called ``ready()``."""
        with open(os.open(launch.folder / READY, os.O_RDONLY | os.O_NONBLOCK), "rb") as pipe:
            found, _, _ = select.select([pipe], [], [], 120)
            assert found and pipe.read() == b"ready", launch.log.read_text()

    def run(self, launch: Launch) -> tuple[int, str]:
        """Run a host to its end: its exit status and what it printed."""
        started = self.start(launch)
        started.wait()
        return started.close(), launch.log.read_text()

    def said(self, body: str, **fields: Any) -> Any:
        """Run a script that prints JSON."""
        status, text = self.run(self.launch(body, **fields))
        assert status == 0, text
        return json.loads(text)

    def processing(self, name: str, body: str, **more: Any) -> Json:
        """Make a step whose script comes as an input, as the SDK's ScriptProcessor makes them."""
        self.project.put(f"s3://code/{name}/script.py", PRELUDE + textwrap.dedent(body))
        inputs = {"code": f"s3://code/{name}/script.py", **more.pop("inputs", {})}
        step: Json = self.project.processing(name, inputs=inputs, **more)
        step["Arguments"]["AppSpecification"]["ImageUri"] = self.image
        command = ["python3", f"{CODE}/script.py"]
        step["Arguments"]["AppSpecification"]["ContainerEntrypoint"] = command
        return step

    def training(self, name: str, body: str, **more: Any) -> Json:
        """Make a step whose image has a train command, which runs a script of a channel."""
        self.project.put(f"s3://code/{name}/script.py", PRELUDE + textwrap.dedent(body))
        channels = {"code": f"s3://code/{name}/script.py", **more.pop("channels", {})}
        step: Json = self.project.training(name, channels=channels, **more)
        self.project.train.write_text(TRAIN)
        step["Arguments"]["AlgorithmSpecification"]["TrainingImage"] = self.image
        return step


@pytest.fixture
def make(request: pytest.FixtureRequest, project: Any) -> Iterator[Callable[[str], Hosts]]:
    """Prepare hosts of a runner; none of them outlives its test."""
    made: list[Hosts] = []

    def make(runner: str) -> Hosts:
        made.append(Hosts(project, runner, there(runner, request)))
        return made[-1]

    yield make
    for hosts in made:
        hosts.end()


@pytest.fixture(params=[PROCESS, *ISOLATED])
def hosts(request: pytest.FixtureRequest, make: Callable[[str], Hosts]) -> Hosts:
    """Hosts in each of the runners."""
    return make(request.param)


@pytest.fixture(params=ISOLATED)
def isolated(request: pytest.FixtureRequest, make: Callable[[str], Hosts]) -> Hosts:
    """Hosts in each of the runners that set them apart from this machine."""
    return make(request.param)


@pytest.fixture
def process(make: Callable[[str], Hosts]) -> Hosts:
    """Hosts that are plain processes."""
    return make(PROCESS)


@pytest.fixture
def sandbox(make: Callable[[str], Hosts]) -> Hosts:
    """Hosts in sandboxes."""
    return make(SANDBOX)


@pytest.fixture
def container(make: Callable[[str], Hosts]) -> Hosts:
    """Hosts in containers."""
    return make(CONTAINER)


@pytest.fixture
def gone() -> Callable[[Launch], bool]:
    """Wait until nothing is left of a host that had called ``ready()``."""

    def gone(launch: Launch) -> bool:
        lock = os.fspath(launch.folder / LOCK)
        done = subprocess.run(["flock", "--timeout", "120", lock, "true"])
        return done.returncode == 0

    return gone
