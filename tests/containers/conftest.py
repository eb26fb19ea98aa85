"""The project's two images, really built; jobs and servers really run in them."""

import json
import os
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

PYTHON_VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
BASE_IMAGE = f"docker.io/library/python:{PYTHON_VERSION}-slim"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
READY_SECONDS = 240

# chroot: a build in a container, as in most CI, may not start containers of its own.
BUILD = {
    "podman": ["podman", "build", "--isolation=chroot", "--format=docker", "--pull=never"],
    "docker": ["docker", "build"],
}

# The network is off, so requests are made inside the container.
REQUEST = """
import json, sys, urllib.error, urllib.request
method, path, headers, body = json.load(sys.stdin)
body = None if body is None else body.encode()
request = urllib.request.Request(f"http://127.0.0.1:8080{path}", body, headers, method=method)
try:
    with urllib.request.urlopen(request, timeout=120) as response:
        status, text = response.status, response.read().decode()
except urllib.error.HTTPError as error:
    status, text = error.code, error.read().decode()
except OSError as error:
    status, text = 0, str(error)
print(json.dumps([status, text]))
"""


@dataclass(frozen=True)
class Engine:
    """Podman or Docker."""

    name: str

    def __call__(
        self, *arguments: str, stdin: str | None = None, timeout: float = 300
    ) -> subprocess.CompletedProcess[str]:
        """Run one of its commands."""
        return subprocess.run(
            [self.name, *arguments], input=stdin, capture_output=True, text=True, timeout=timeout
        )

    @property
    def read_only(self) -> list[str]:
        """The options of ``run`` for an image that nothing can be written into."""
        return ["--read-only", *(["--read-only-tmpfs=false"] if self.name == "podman" else [])]

    def has(self, image: str) -> bool:
        """Whether an image is here."""
        return self("image", "inspect", image).returncode == 0

    def run(
        self, image: str, *command: str, options: Sequence[str] = ()
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in a new container without a network."""
        common = ("run", "--rm", "--pull=never", "--network=none")
        return self(*common, *options, image, *command)


@pytest.fixture(scope="session")
def engine() -> Engine:
    """The engine that has the base image."""
    found = [Engine(name) for name in BUILD if shutil.which(name)]
    if not found:
        pytest.skip("no podman and no docker: images are built and run where one of them is")
    for engine in found:
        if engine.has(BASE_IMAGE):
            return engine
    names = " or ".join(engine.name for engine in found)
    pytest.skip(f"no {BASE_IMAGE} in {names}: pull it to have images built and run")


@pytest.fixture(scope="session")
def base_image(engine: Engine) -> str:
    """The image that both targets start from; it is here where an engine is."""
    return BASE_IMAGE


@pytest.fixture(scope="session")
def commit() -> str:
    """The commit that the images are told they are built from."""
    return COMMIT


@pytest.fixture(scope="session")
def project(bake: Callable[..., Path]) -> Path:
    """A project with default answers."""
    return bake()


@pytest.fixture(scope="session")
def sklearn_project(bake: Callable[..., Path]) -> Path:
    """A project whose models scikit-learn serves."""
    project = bake()
    settings = project / "sagepipe.toml"
    settings.write_text(settings.read_text().replace('engine = "onnx"', 'engine = "sklearn"'))
    return project


@pytest.fixture(scope="session")
def try_to_build(engine: Engine) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Build a target of a project's Dockerfile; it may fail."""

    def build(
        project: Path, target: str, tag: str, options: Sequence[str]
    ) -> subprocess.CompletedProcess[str]:
        named = ("--target", target, "--tag", tag, "--file", "docker/Dockerfile")
        return subprocess.run(
            [*BUILD[engine.name], *named, *options, "."],
            cwd=project,
            capture_output=True,
            text=True,
            timeout=2400,
        )

    return build


@pytest.fixture(scope="session")
def build(
    engine: Engine,
    project: Path,
    try_to_build: Callable[..., subprocess.CompletedProcess[str]],
) -> Iterator[Callable[..., str]]:
    """Build a target of a project's Dockerfile, once for the same arguments."""
    images: dict[tuple[str, ...], str] = {}

    def build(target: str, of: Path = project, **arguments: str) -> str:
        given = {"GIT_COMMIT": COMMIT, **arguments}
        options = [f"--build-arg={name}={value}" for name, value in given.items()]
        key = (str(of), target, *options)
        if key not in images:
            tag = f"{project.name}-{target}:test-{uuid.uuid4().hex[:8]}"
            built = try_to_build(of, target, tag, options)
            assert built.returncode == 0, (built.stdout + built.stderr)[-4000:]
            images[key] = tag
        return images[key]

    yield build
    for tag in images.values():
        engine("image", "rm", "--force", "--no-prune", tag)  # the layers speed up the next build


@pytest.fixture(scope="session")
def train_image(build: Callable[..., str]) -> str:
    """The image for processing and training jobs."""
    return build("train")


@pytest.fixture(scope="session")
def serve_image(build: Callable[..., str]) -> str:
    """The image for hosting and batch transform."""
    return build("serve")


@pytest.fixture(scope="session")
def sklearn_image(build: Callable[..., str], sklearn_project: Path) -> str:
    """The image for hosting and batch transform with scikit-learn."""
    return build("serve", of=sklearn_project)


@pytest.fixture(scope="session")
def added(engine: Engine) -> Callable[[str], int]:
    """Count the bytes that an image adds to its base."""

    def size(image: str) -> int:
        return int(engine("image", "inspect", "--format={{.Size}}", image).stdout)

    return lambda image: size(image) - size(BASE_IMAGE)


@dataclass(frozen=True)
class Jobs:
    """Runs jobs in the training image, with /opt/ml laid out and mounted as SageMaker does.

    The image is read-only but for /tmp, and memory is limited.
    """

    engine: Engine
    image: str
    package: str

    def processing(
        self,
        folder: Path,
        component: str,
        arguments: Sequence[str],
        inputs: Mapping[str, Path],
        outputs: Sequence[str],
    ) -> subprocess.CompletedProcess[str]:
        """Run a processing job; its outputs are below ``folder/processing/output``."""
        root = "/opt/ml/processing"
        config = {
            "ProcessingJobName": f"pipelines-abcdefghijkl-{component}-0123456789",
            "ProcessingInputs": [
                {
                    "InputName": name,
                    "S3Input": {"LocalPath": f"{root}/input/{name}", "S3Uri": f"s3://b/{name}"},
                }
                for name in inputs
            ],
            "ProcessingOutputConfig": {
                "Outputs": [
                    {
                        "OutputName": name,
                        "S3Output": {
                            "LocalPath": f"{root}/output/{name}",
                            "S3Uri": f"s3://b/{name}",
                        },
                    }
                    for name in outputs
                ]
            },
        }
        _write(folder / "config/processingjobconfig.json", config)
        _write(folder / "config/resourceconfig.json", _hosts())
        for name, source in inputs.items():
            _copy(source, folder / "processing/input" / name)
        for name in outputs:
            (folder / "processing/output" / name).mkdir(parents=True)
        (folder / "output").mkdir()
        command = ["-m", "sagepipe.runtime", f"{self._module(component)}:{component}", *arguments]
        mounted = ["config", "processing", "output"]
        return self._run(folder, mounted, ["--entrypoint=python"], command)

    def training(
        self,
        folder: Path,
        component: str,
        hyperparameters: Mapping[str, str],
        channels: Mapping[str, Path],
        options: Sequence[str] = (),
    ) -> subprocess.CompletedProcess[str]:
        """Run a training job; its model is ``folder/model``."""
        config = folder / "input/config"
        _write(config / "hyperparameters.json", hyperparameters)
        _write(config / "resourceconfig.json", _hosts())
        described = {
            name: {
                "TrainingInputMode": "File",
                "S3DistributionType": "FullyReplicated",
                "RecordWrapperType": "None",
            }
            for name in channels
        }
        _write(config / "inputdataconfig.json", described)
        for name, source in channels.items():
            _copy(source, folder / "input/data" / name)
        for name in ("model", "output/data", "checkpoints"):
            (folder / name).mkdir(parents=True)
        named = f"--env=SAGEPIPE_COMPONENT={self._module(component)}:{component}"
        mounted = ["input", "model", "output", "checkpoints"]
        return self._run(folder, mounted, [named, *options], ["train"])

    def _module(self, component: str) -> str:
        return f"{self.package}.components.{component}"

    def _run(
        self,
        folder: Path,
        mounted: Sequence[str],
        options: Sequence[str],
        command: Sequence[str],
    ) -> subprocess.CompletedProcess[str]:
        volumes = [f"--volume={folder / name}:/opt/ml/{name}" for name in mounted]
        limits = [*self.engine.read_only, "--tmpfs=/tmp", "--memory=2g"]
        return self.engine.run(
            self.image,
            *command,
            options=[*limits, *volumes, *options, "--env=MLFLOW_TRACKING_URI=off"],
        )


@pytest.fixture(scope="session")
def jobs(engine: Engine, train_image: str) -> Jobs:
    """Jobs in the training image."""
    return Jobs(engine, train_image, "flight_delay")


@pytest.fixture(scope="session")
def prepared(jobs: Jobs, project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a preprocessing job leaves in its output folders."""
    folder = tmp_path_factory.mktemp("preprocess")
    raw = {"raw": project / "data/flights.csv"}
    job = jobs.processing(
        folder, "preprocess", ["--test_fraction", "0.25"], raw, ["train", "test", "report"]
    )
    assert job.returncode == 0, job.stdout + job.stderr
    return folder / "processing/output"


@pytest.fixture(scope="session")
def model(jobs: Jobs, prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a training job leaves in /opt/ml/model."""
    folder = tmp_path_factory.mktemp("train")
    channels = {name: prepared / name for name in ("train", "test")}
    job = jobs.training(folder, "train", {"max_iter": "20"}, channels)
    assert job.returncode == 0, job.stdout + job.stderr
    return folder / "model"


@dataclass(frozen=True)
class Container:
    """A running server."""

    engine: Engine
    id: str

    def request(
        self,
        method: str,
        path: str,
        body: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, str]:
        """Send a request; status 0 while nothing listens."""
        done = self.engine(
            *("exec", "--interactive", self.id, "python", "-c", REQUEST),
            stdin=json.dumps([method, path, dict(headers or {}), body]),
        )
        assert done.returncode == 0, done.stderr + self.log()
        status, text = json.loads(done.stdout)
        return status, text

    def wait(self) -> "Container":
        """Wait until /ping answers 200."""
        deadline = time.monotonic() + READY_SECONDS
        while self.request("GET", "/ping")[0] != 200:
            assert time.monotonic() < deadline, self.log()
        return self

    def stop(self) -> int:
        """Stop it as SageMaker does, SIGTERM and then SIGKILL, but with more patience."""
        self.engine("stop", "--time=120", self.id)
        return int(self.engine("inspect", "--format={{.State.ExitCode}}", self.id).stdout)

    def log(self) -> str:
        """What it wrote."""
        done = self.engine("logs", self.id)
        return done.stdout + done.stderr


@pytest.fixture(scope="session")
def serve(engine: Engine, serve_image: str, model: Path) -> Iterator[Callable[..., Container]]:
    """Start `IMAGE serve` on the trained model, the image read-only."""
    started: list[str] = []

    def serve(*options: str, image: str = serve_image) -> Container:
        done = engine(
            *("run", "--detach", "--pull=never", "--network=none", *engine.read_only),
            f"--volume={model}:/opt/ml/model:ro",
            *options,
            *(image, "serve"),
        )
        assert done.returncode == 0, done.stderr
        started.append(done.stdout.strip())
        return Container(engine, started[-1])

    yield serve
    for container in started:
        engine("rm", "--force", container)


def _hosts() -> dict[str, Any]:
    return {"current_host": "algo-1", "hosts": ["algo-1"], "network_interface_name": "eth0"}


def _write(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))


def _copy(source: Path, folder: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, folder)
    else:
        folder.mkdir(parents=True)
        shutil.copy(source, folder / source.name)
    for path in folder.rglob("*"):
        os.chmod(path, 0o755 if path.is_dir() else 0o644)
