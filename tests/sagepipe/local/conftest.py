"""A small project: definitions written by hand, jobs that are real processes."""

import itertools
import json
import os
import shutil
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

import sagepipe
from sagepipe import local
from sagepipe.local import control
from sagepipe.local.jobs import hosts

Json = dict[str, Any]

# What every job of these tests may use; the standard library only.
_PRELUDE = """\
import json, os, signal, sys, time
from pathlib import Path
ML = Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml"))
IN, OUT = ML / "processing/input", ML / "processing/output"
"""

# Runs a definition in a process of its own; what is wanted of it stands in a file.
_RUNNER = """\
import itertools, json, os, signal, sys
from pathlib import Path
from sagepipe import local
from sagepipe.local import state
folder = Path(sys.argv[1])
wanted = json.loads(Path(sys.argv[2]).read_text())
settings = local.LocalSettings(
    root=folder / ".sagepipe",
    project=folder,
    train=folder / "train.py",
    **wanted["settings"],
)
moments = itertools.count(1)
def moment():
    if next(moments) == wanted.get("dies_at"):
        os.kill(os.getpid(), signal.SIGKILL)
def changes(event, arguments):
    return event in CHANGES or event == "open" and (arguments[2] or 0) & (os.O_WRONLY | os.O_RDWR)
def around(write):
    def written(*arguments, **more):
        moment()
        result = write(*arguments, **more)
        moment()
        return result
    return written
CHANGES = {"os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "subprocess.Popen"}
sys.addaudithook(lambda event, arguments: changes(event, arguments) and moment())
state.insert, state.update = around(state.insert), around(state.update)
if "resume" in wanted:
    execution = local.resume(wanted["resume"], settings)
else:
    execution = local.run(wanted["definition"], {}, settings)
print(execution.id, execution.status)
status = Path("/proc/self/status")
if status.exists():
    (peak,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    print(peak, file=sys.stderr)  # the most memory that it held
"""


class Project:
    """Builds definitions and runs them in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.train = folder / "train.py"
        self.events: list[local.Event] = []
        self._numbers = itertools.count()
        self.settings_with()

    def settings_with(self, **changes: Any) -> local.LocalSettings:
        """Change what runs are given."""
        fields = {"root": Path(".sagepipe"), "project": self.folder, "train": self.train}
        self.settings = local.LocalSettings(**{**fields, **changes})
        return self.settings

    @property
    def history(self) -> local.History:
        return local.History(self.settings.root)

    def s3(self, uri: str) -> Path:
        return self.settings.s3 / uri.removeprefix("s3://")

    def put(self, uri: str, text: str = "x") -> Path:
        """Store an object."""
        place = self.s3(uri)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
        return place

    def script(self, body: str) -> Path:
        """Write a job's program."""
        file = self.folder / f"job{next(self._numbers)}.py"
        file.write_text(_PRELUDE + textwrap.dedent(body))
        return file

    def processing(
        self,
        name: str,
        body: str = "",
        *,
        inputs: Json | None = None,
        outputs: Json | None = None,
        arguments: list[Any] | None = None,
        environment: Json | None = None,
        more: Json | None = None,
        **step: Any,
    ) -> Json:
        """Make a Processing step whose job runs a script."""
        specification: Json = {
            "ImageUri": "image",
            "ContainerEntrypoint": ["python", str(self.script(body))],
        }
        if arguments:
            specification["ContainerArguments"] = arguments
        request: Json = {"AppSpecification": specification, **(more or {})}
        if environment:
            request["Environment"] = environment
        if inputs:
            request["ProcessingInputs"] = [
                {
                    "InputName": key,
                    "AppManaged": False,
                    "S3Input": {
                        "S3Uri": uri,
                        "LocalPath": f"/opt/ml/processing/input/{key}",
                        "S3DataType": "S3Prefix",
                        "S3InputMode": "File",
                    },
                }
                for key, uri in inputs.items()
            ]
        if outputs:
            request["ProcessingOutputConfig"] = {
                "Outputs": [
                    {
                        "OutputName": key,
                        "AppManaged": False,
                        "S3Output": {
                            "S3Uri": uri,
                            "LocalPath": f"/opt/ml/processing/output/{key}",
                            "S3UploadMode": "EndOfJob",
                        },
                    }
                    for key, uri in outputs.items()
                ]
            }
        return {"Name": name, "Type": "Processing", "Arguments": request, **step}

    def training(
        self,
        name: str,
        body: str = "",
        *,
        channels: Json | None = None,
        hyperparameters: Json | None = None,
        metrics: Json | None = None,
        output: Any = "s3://b/models",
        more: Json | None = None,
        **step: Any,
    ) -> Json:
        """Make a Training step; its script stands for the image's train command."""
        self.train.write_text(_PRELUDE + textwrap.dedent(body))
        specification: Json = {"TrainingImage": "image", "TrainingInputMode": "File"}
        if metrics:
            specification["MetricDefinitions"] = [
                {"Name": key, "Regex": regex} for key, regex in metrics.items()
            ]
        request: Json = {
            "AlgorithmSpecification": specification,
            "OutputDataConfig": {"S3OutputPath": output},
            "HyperParameters": hyperparameters or {},
            "ResourceConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large"},
            **(more or {}),
        }
        if channels:
            request["InputDataConfig"] = [
                {
                    "ChannelName": key,
                    "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": uri}},
                }
                for key, uri in channels.items()
            ]
        return {"Name": name, "Type": "Training", "Arguments": request, **step}

    def register(self, name: str, url: Any, group: str = "group", **more: Any) -> Json:
        """Make a RegisterModel step."""
        request = {
            "ModelPackageGroupName": group,
            "InferenceSpecification": {
                "Containers": [{"Image": "image", "ModelDataUrl": url}],
                "SupportedContentTypes": ["text/csv"],
                "SupportedResponseMIMETypes": ["text/csv"],
            },
            **more,
        }
        return {"Name": name, "Type": "RegisterModel", "Arguments": request}

    def fail(self, name: str, message: Any = "no good", **step: Any) -> Json:
        return {"Name": name, "Type": "Fail", "Arguments": {"ErrorMessage": message}, **step}

    def condition(
        self,
        name: str,
        *conditions: Json,
        then: list[Json] | None = None,
        otherwise: list[Json] | None = None,
        **step: Any,
    ) -> Json:
        arguments = {
            "Conditions": list(conditions),
            "IfSteps": then or [],
            "ElseSteps": otherwise or [],
        }
        return {"Name": name, "Type": "Condition", "Arguments": arguments, **step}

    def define(self, *steps: Json, parameters: list[Json] | None = None, **keys: Any) -> Json:
        return {
            "Version": "2020-12-01",
            "Metadata": {},
            "Parameters": parameters or [],
            "PipelineExperimentConfig": None,
            "Steps": list(steps),
            **keys,
        }

    def run(
        self,
        *steps: Json,
        parameters: list[Json] | None = None,
        given: Json | None = None,
        **k: Any,
    ) -> local.Execution:
        """Run a definition of these steps."""
        definition = self.define(*steps, parameters=parameters)
        return local.run(definition, given or {}, self.settings, self.events.append, **k)

    def log(self, execution: local.Execution, step: str) -> str:
        return self.history.log(execution.id, step)

    @staticmethod
    def until(found: Callable[[], Any], seconds: float = 60) -> Any:
        """Wait until something is found."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            result = found()
            if result:
                return result
            time.sleep(0.005)
        raise AssertionError("it never came")

    @staticmethod
    def gone(pid: int) -> bool:
        """Say whether a process has ended."""
        try:
            os.kill(pid, 0)
            return " Z " in Path(f"/proc/{pid}/stat").read_text()
        except ProcessLookupError:
            return True
        except FileNotFoundError:  # it has ended just now, or this system has no /proc
            return Path("/proc/self").exists()

    def leave_pid(self, name: str) -> str:
        """A line of a job's program: leave the process id in a file, whole or not at all."""
        place, beside = str(self.folder / name), str(self.folder / f"{name}~")
        return f"Path({beside!r}).write_text(str(os.getpid())); os.rename({beside!r}, {place!r})"

    def pid(self, name: str) -> int:
        """The process id that a job leaves in a file."""
        file = self.folder / name
        self.until(file.exists)
        return int(file.read_text())

    def ml(self, execution: local.Execution, step: str) -> Path:
        """The folder that stands for a job's /opt/ml."""
        return execution.step(step).folder / "opt/ml"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """An empty project."""
    return Project(tmp_path)


@pytest.fixture(scope="session")
def timers_wait_until() -> Callable[[Callable[[], Any]], AbstractContextManager[None]]:
    """The time after which a job is stopped begins once the job is ready to be stopped."""

    @contextmanager
    def wait_until(ready: Callable[[], Any]) -> Iterator[None]:
        was_ready = threading.Event()

        class Timer(threading.Timer):
            def run(self) -> None:
                Project.until(lambda: self.finished.is_set() or was_ready.is_set() or ready())
                was_ready.set()
                super().run()

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(control, "Timer", Timer)
            patched.setattr(hosts, "Timer", Timer)
            yield

    return wait_until


@pytest.fixture
def elsewhere(project: Project) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Runs a definition in a process of its own, and ends what the test leaves."""
    processes = []

    def start(
        *steps: Json,
        resume: str | None = None,
        dies_at: int | None = None,
        unprivileged: bool = False,
        **settings: Any,
    ) -> subprocess.Popen[str]:
        """Start; ``dies_at`` counts the changes to files and state before one of which it dies."""
        wanted = {"settings": settings, "definition": project.define(*steps), "dies_at": dies_at}
        if resume:
            wanted["resume"] = resume
        file = project.folder / f"wanted{len(processes)}.json"
        file.write_text(json.dumps(wanted))
        command = [sys.executable, "-c", _RUNNER, str(project.folder), str(file)]
        if unprivileged and os.geteuid() == 0:
            if not shutil.which("setpriv"):
                pytest.skip("nothing here takes root's privileges away")
            # What is kept lets root's number stand for itself in a user namespace, as others' do.
            kept = "--bounding-set=-all,+setfcap"
            command = ["setpriv", kept, "--inh-caps=-all", *command]
        process = subprocess.Popen(
            command,
            env={**os.environ, "PYTHONPATH": str(Path(sagepipe.__file__).parents[1])},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()
