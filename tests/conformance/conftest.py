"""One pipeline a check, run by each runner that this machine has.

Jobs are programs in an input, as SageMaker's own SDK sends them, so that all runners find them at
the same path. What comes of each check is kept in docs/reference/conformance.json; a test whose
result isn't the kept one fails. ``python scripts/make_conformance.py`` keeps new results.
"""

import itertools
import json
import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sagepipe import local
from sagepipe.contract.runners import CONTAINER, PROCESS, RUNNERS, SANDBOX
from sagepipe.local.launch.choose import ChosenLauncher

Json = dict[str, Any]

HERE = Path(__file__).parent
KEPT = HERE.parents[1] / "docs/reference/conformance.json"
SHOWN = "shown"
IMAGE = "localhost/sm-template-conformance:test"
BASE_IMAGE = f"docker.io/library/python:{sys.version_info.major}.{sys.version_info.minor}-slim"

# What every job may use; the standard library only.
PRELUDE = """\
import json, os, pathlib, signal, sys, time
ML = pathlib.Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml"))
IN, OUT = ML / "processing/input", ML / "processing/output"
"""
# The image's entrypoint, and what stands for its commands where there is no image.
PROGRAM = """\
import json, os, pathlib, runpy, sys
ML = pathlib.Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml"))
word = sys.argv[-1] if len(sys.argv) > 1 else os.environ.get("WORD", "train")
if word == "serve":
    runpy.run_path(str(ML / "model/serve.py"), run_name="__main__")
elif (ML / "input/data/code/job.py").exists():
    runpy.run_path(str(ML / "input/data/code/job.py"), run_name="__main__")
print("argv", json.dumps(sys.argv[1:]), flush=True)
"""
CONTAINERFILE = f"""\
FROM {BASE_IMAGE}
COPY program.py /opt/program/program.py
ENTRYPOINT ["python3", "/opt/program/program.py"]
"""


# Runs a definition in a process of its own.
RUN = """\
import json, sys
from pathlib import Path
from sagepipe import local
project, definition = map(Path, sys.argv[1:])
settings = local.LocalSettings(project=project, train=Path("train.py"))
local.run(json.loads(definition.read_text()), {}, settings)
"""
# What is kept lets root's number stand for itself in a user namespace, as others' do.
UNPRIVILEGED = ["setpriv", "--bounding-set=-all,+setfcap", "--inh-caps=-all"]


class Bench:
    """Makes definitions whose jobs are small programs, and runs them."""

    image = IMAGE
    prelude = PRELUDE

    def __init__(self, folder: Path, runner: str) -> None:
        self.folder = folder
        self.runner = runner
        self._numbers = itertools.count()
        for word in ("train", "serve"):
            file = folder / f"{word}.py"
            file.write_text(PROGRAM.replace('"WORD", "train"', f'"WORD", "{word}"'))
        self.settings = self.with_settings()

    def with_settings(self, **changes: Any) -> local.LocalSettings:
        """Change what runs are given."""
        fields: Json = {
            "project": self.folder,
            "runner": self.runner,
            "train": Path("train.py"),
            "serve": Path("serve.py"),
            "stop_grace": 20.0,
        }
        self.settings = local.LocalSettings(**{**fields, **changes})
        return self.settings

    def s3(self, uri: str) -> Path:
        return self.settings.s3 / uri.removeprefix("s3://")

    def put(self, uri: str, text: str = "x") -> str:
        """Store an object."""
        place = self.s3(uri)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
        return uri

    def program(self, body: str) -> str:
        """Store a job's program."""
        prefix = f"s3://b/programs/{next(self._numbers)}"
        self.put(f"{prefix}/job.py", PRELUDE + textwrap.dedent(body))
        return prefix

    def processing(
        self,
        name: str,
        body: str = "",
        inputs: Json | None = None,
        outputs: Json | None = None,
        more: Json | None = None,
        **step: Any,
    ) -> Json:
        """Make a Processing step."""
        sources = {"code": self.program(body), **(inputs or {})}
        request: Json = {
            "AppSpecification": {
                "ImageUri": IMAGE,
                "ContainerEntrypoint": ["python3", "/opt/ml/processing/input/code/job.py"],
            },
            "ProcessingInputs": [
                {
                    "InputName": key,
                    "S3Input": {
                        "S3Uri": uri,
                        "LocalPath": f"/opt/ml/processing/input/{key}",
                        "S3DataType": "S3Prefix",
                        "S3InputMode": "File",
                    },
                }
                for key, uri in sources.items()
            ],
            "ProcessingOutputConfig": {
                "Outputs": [
                    {
                        "OutputName": key,
                        "S3Output": {
                            "S3Uri": uri,
                            "LocalPath": f"/opt/ml/processing/output/{key}",
                            "S3UploadMode": "EndOfJob",
                        },
                    }
                    for key, uri in (outputs or {}).items()
                ]
            },
            **(more or {}),
        }
        return {"Name": name, "Type": "Processing", "Arguments": request, **step}

    def training(
        self,
        name: str,
        body: str = "",
        channels: Json | None = None,
        specification: Json | None = None,
        hosts: int = 1,
        more: Json | None = None,
        **step: Any,
    ) -> Json:
        """Make a Training step that leaves the command to the image."""
        sources = {"code": self.program(body), **(channels or {})}
        request: Json = {
            "AlgorithmSpecification": {
                "TrainingImage": IMAGE,
                "TrainingInputMode": "File",
                **(specification or {}),
            },
            "InputDataConfig": [
                source if isinstance(source, dict) else self.channel(key, source)
                for key, source in sources.items()
            ],
            "OutputDataConfig": {"S3OutputPath": "s3://b/models"},
            "ResourceConfig": {"InstanceCount": hosts, "InstanceType": "ml.m5.large"},
            **(more or {}),
        }
        return {"Name": name, "Type": "Training", "Arguments": request, **step}

    def channel(self, name: str, uri: str, mode: str | None = None, **source: Any) -> Json:
        """Make a channel."""
        made: Json = {
            "ChannelName": name,
            "DataSource": {
                "S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": uri, **source},
            },
        }
        return {**made, "InputMode": mode} if mode else made

    def transform(self, name: str, serve: str, data: str, **arguments: Any) -> list[Json]:
        """Make a Model and a Transform step; the model's archive holds the serving program."""
        import tarfile

        (self.folder / "archived.py").write_text(PRELUDE + textwrap.dedent(serve))
        archive = self.s3("s3://b/model/model.tar.gz")
        archive.parent.mkdir(parents=True, exist_ok=True)
        with tarfile.open(archive, "w:gz") as tar:
            tar.add(self.folder / "archived.py", "serve.py")
        container = {"Image": IMAGE, "ModelDataUrl": "s3://b/model/model.tar.gz"}
        source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": data}}
        request: Json = {
            "ModelName": {"Get": "Steps.model.ModelName"},
            "TransformInput": {
                "DataSource": source,
                "ContentType": "text/csv",
                "SplitType": "Line",
            },
            "TransformOutput": {"S3OutputPath": "s3://b/scored", "AssembleWith": "Line"},
            "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
            **arguments,
        }
        return [
            {"Name": "model", "Type": "Model", "Arguments": {"PrimaryContainer": container}},
            {"Name": name, "Type": "Transform", "Arguments": request},
        ]

    def define(self, *steps: Json, parameters: list[Json] | None = None) -> Json:
        return {"Version": "2020-12-01", "Parameters": parameters or [], "Steps": list(steps)}

    def run(
        self, *steps: Json, parameters: list[Json] | None = None, given: Json | None = None
    ) -> local.Execution:
        """Run a definition of these steps."""
        return self.run_definition(self.define(*steps, parameters=parameters), given)

    def run_as_a_user(self, *steps: Json) -> local.Execution:
        """Run these steps without root's privileges, which modes of files don't bind."""
        if self.runner != PROCESS or os.geteuid() != 0:
            return self.run(*steps)
        file = self.folder / "definition.json"
        file.write_text(json.dumps(self.define(*steps)))
        command = [*UNPRIVILEGED, sys.executable, "-c", RUN, str(self.folder), str(file)]
        subprocess.run(command, check=True, timeout=120)
        return local.History(self.settings.root).get()

    def run_definition(self, definition: Json, given: Json | None = None) -> local.Execution:
        """Run a definition."""
        return local.run(definition, given or {}, self.settings)

    def said(self, execution: local.Execution, step: str, word: str) -> list[Any]:
        """What a job printed after a word, each line's JSON."""
        log = execution.step(step).log
        assert log is not None
        lines = (line.partition(" ") for line in log.read_text().splitlines())
        return [json.loads(rest) for first, _, rest in lines if first == word]

    def ml(self, execution: local.Execution, step: str, host: str = "") -> Path:
        """The folder that a host had at /opt/ml."""
        return execution.step(step).folder / host / "opt/ml"


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An image whose entrypoint is a program of ours."""
    engine = shutil.which("podman") or shutil.which("docker")
    if engine is None:
        pytest.skip("no podman and no docker")
    if subprocess.run([engine, "image", "inspect", BASE_IMAGE], capture_output=True).returncode:
        pytest.skip(f"the base image {BASE_IMAGE} is not on this machine")
    context = tmp_path_factory.mktemp("image")
    (context / "program.py").write_text(PROGRAM)
    (context / "Containerfile").write_text(CONTAINERFILE)
    own = ["--isolation=chroot", "--pull=never"] if engine.endswith("podman") else []
    command = [engine, "build", *own, "-f", "Containerfile", "-t", IMAGE, "."]
    subprocess.run(command, cwd=context, check=True, capture_output=True)
    return IMAGE


# Jobs in a sandbox or a container are the same whatever Python runs the tests.
_ONCE = {SANDBOX: pytest.mark.once, CONTAINER: pytest.mark.once}


@pytest.fixture(params=[pytest.param(name, marks=_ONCE.get(name, ())) for name in RUNNERS])
def runner(request: pytest.FixtureRequest) -> str:
    """Each way to run a job that this machine has."""
    name: str = request.param
    if name == SANDBOX:
        try:
            ChosenLauncher(local.LocalSettings(runner=name))
        except local.LocalError as error:
            pytest.skip(str(error))
    if name == CONTAINER:
        request.getfixturevalue("image")
    return name


@pytest.fixture
def bench(tmp_path: Path, runner: str) -> Bench:
    """An empty project whose jobs run in one way."""
    return Bench(tmp_path, runner)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "check(number): the check that a test makes")
    config.stash[_RESULTS] = json.loads(KEPT.read_text()) if KEPT.exists() else {}


_RESULTS = pytest.StashKey[dict[str, dict[str, str]]]()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Compare a result with the one that is kept, or keep it."""
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]
    marker = item.get_closest_marker("check")
    if marker is None or report.when != "call" or report.failed:
        return
    found = SHOWN if report.passed else str(report.longrepr[2]).removeprefix("Skipped: ")
    runner = item.callspec.params.get("runner", PROCESS)  # type: ignore[attr-defined]
    kept = item.config.stash[_RESULTS]
    results = kept.setdefault(str(marker.args[0]), {})
    if os.environ.get("SM_TEMPLATE_UPDATE_CONFORMANCE"):
        results[runner] = found
        ordered = {number: kept[number] for number in sorted(kept, key=int)}
        KEPT.write_text(json.dumps(ordered, indent=2) + "\n")
    elif results.get(runner) != found:
        report.outcome = "failed"
        report.longrepr = (
            f"check {marker.args[0]}, runner {runner}: {found!r}, but {KEPT.name} keeps "
            f"{results.get(runner)!r}; run scripts/make_conformance.py"
        )
