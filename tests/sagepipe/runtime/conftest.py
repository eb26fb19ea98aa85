"""Jobs as SageMaker lays them out, in a folder that stands for /opt/ml."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

PARTS = Path(__file__).parent
LIBRARY = Path(__file__).resolve().parents[3] / "{{cookiecutter.project}}" / "src"
JOB = "pipelines-abcdef012345-prepare-Zz09Zz09Zz"


@dataclass
class Box:
    """A job's own /opt/ml."""

    ml: Path
    environment: dict[str, str] = field(default_factory=dict)

    def processing(
        self, inputs: Mapping[str, Mapping[str, bytes]] = {}, outputs: Iterable[str] = ()
    ) -> "Box":
        """Lay out a processing job with these input files and output names."""
        for name, files in inputs.items():
            self._fill(self.ml / "processing/input" / name, files)
        for name in outputs:
            (self.ml / "processing/output" / name).mkdir(parents=True)
        self._write(
            "config/processingjobconfig.json",
            {
                "ProcessingJobName": JOB,
                "ProcessingInputs": [
                    {
                        "InputName": name,
                        "S3Input": {
                            "LocalPath": f"/opt/ml/processing/input/{name}",
                            "S3Uri": f"s3://bucket/{name}",
                        },
                    }
                    for name in inputs
                ]
                or None,
                "ProcessingOutputConfig": {
                    "Outputs": [
                        {
                            "OutputName": name,
                            "S3Output": {"LocalPath": f"/opt/ml/processing/output/{name}"},
                        }
                        for name in outputs
                    ],
                    "KmsKeyId": None,
                },
            },
        )
        return self

    def training(
        self, component: str, channels: Mapping[str, Mapping[str, bytes]], **parameters: str
    ) -> "Box":
        """Lay out a training job with these channels and hyperparameters."""
        for name, files in channels.items():
            self._fill(self.ml / "input/data" / name, files)
        self._write("input/config/hyperparameters.json", parameters)
        self._write(
            "input/config/inputdataconfig.json",
            {name: {"TrainingInputMode": "File"} for name in channels},
        )
        (self.ml / "model").mkdir(parents=True)
        self.environment |= {
            "SAGEPIPE_COMPONENT": f"parts:{component}",
            "TRAINING_JOB_NAME": "pipelines-abcdef012345-fit-Zz09Zz09Zz",
        }
        return self

    def command(self, *arguments: str) -> list[str]:
        """The command line of the job: training where no component is named."""
        if arguments:
            return [sys.executable, "-m", "sagepipe.runtime", *arguments]
        code = "import sys; from sagepipe.runtime import main_training; sys.exit(main_training())"
        return [sys.executable, "-c", code]

    def start(self, *arguments: str, path: Path = PARTS) -> "subprocess.Popen[str]":
        """Start the job, whose components are found on a path."""
        return self._start(self.command(*arguments), path)

    def run(self, *arguments: str, path: Path = PARTS) -> "subprocess.CompletedProcess[str]":
        """Run the job to its end."""
        return self._ended(self.start(*arguments, path=path))

    def run_command(self, *command: str) -> "subprocess.CompletedProcess[str]":
        """Run a program in the job's place to its end."""
        return self._ended(self._start(command, PARTS))

    def _start(self, command: Sequence[str], path: Path) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            command,
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join([str(LIBRARY), str(path)]),
                "SAGEMAKER_BASE_DIR": str(self.ml),
                "MLFLOW_TRACKING_URI": "off",
                **self.environment,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def _ended(self, process: "subprocess.Popen[str]") -> "subprocess.CompletedProcess[str]":
        out, err = process.communicate(timeout=120)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def read(self, path: str) -> str:
        """Read a file of the job."""
        return (self.ml / path).read_text()

    def _fill(self, folder: Path, files: Mapping[str, bytes]) -> None:
        folder.mkdir(parents=True)
        for name, content in files.items():
            (folder / name).write_bytes(content)

    def _write(self, path: str, content: Any) -> None:
        (self.ml / path).parent.mkdir(parents=True, exist_ok=True)
        (self.ml / path).write_text(json.dumps(content))


@pytest.fixture
def box(tmp_path: Path) -> Box:
    """An empty job."""
    return Box(tmp_path / "ml")
