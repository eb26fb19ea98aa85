"""Components of a project, run as steps that are forked or start cold."""

import itertools
import json
import os
import textwrap
import venv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sagepipe import dsl, local
from sagepipe.local.launch import warm

LIBRARY = Path(dsl.__file__).parents[2]
IMPORTS = """\
import json, os, random, signal, sys, threading, time
from pathlib import Path
from sagepipe import dsl
from sagepipe.dsl import Dataset, Input, Model, Output
"""
TRAIN = "import sys\nfrom sagepipe import runtime\nsys.exit(runtime.main_training())\n"


class Steps:
    """Components of a project, each run as a step.

    Attributes:
        project: The project.
        last: The last execution.
    """

    def __init__(self, project: Any, **settings: Any) -> None:
        self.project = project
        self.settings_with(**settings)
        project.train.write_text(TRAIN)

    def settings_with(self, **settings: Any) -> None:
        """Change what the run is given; PYTHONPATH leads to the components."""
        path = os.pathsep.join([str(LIBRARY), str(self.project.folder)])
        self.settings = {"environment": {"PYTHONPATH": path}, **settings}
        self.project.settings_with(**self.settings)

    def write(self, source: str, module: str = "parts") -> None:
        """Write a module with components."""
        text = IMPORTS + textwrap.dedent(source)
        (self.project.folder / f"{module}.py").write_text(text)

    def step(self, name: str, component: str = "", **more: Any) -> dict[str, Any]:
        """Make a step of a component, as the compiler does; its one output is ``out``."""
        step = self.project.processing(name, outputs={"out": f"s3://b/{name}"}, **more)
        step["Arguments"]["AppSpecification"]["ContainerEntrypoint"] = [
            "python",
            "-m",
            "sagepipe.runtime",
            f"parts:{component or name}",
        ]
        return step

    def training(self, name: str) -> dict[str, Any]:
        """The same as a training job."""
        variables = {"SAGEPIPE_COMPONENT": f"parts:{name}"}
        self.project.put("s3://b/data/x")
        channels = {"data": "s3://b/data"}
        more = {"Environment": variables}
        step = self.project.training(name, channels=channels, more=more)
        self.project.train.write_text(TRAIN)
        return step

    def run(self, *steps: Any) -> local.Execution:
        """Run steps one after the other, given as such or by their components' names."""
        made = [self.step(item) if isinstance(item, str) else item for item in steps]
        for before, after in itertools.pairwise(made):
            after["DependsOn"] = [before["Name"]]
        self.last = self.project.run(*made)
        return self.last

    def said(self, step: str) -> Any:
        """What a step's ``out`` says, as JSON."""
        out = self.project.ml(self.last, step) / "processing/output/out/out"
        return json.loads(out.read_text())

    def forked(self, step: str) -> bool:
        """Whether a step was forked."""
        return (self.last.step(step).folder / warm.IMPORTS_FILE).exists()

    def log(self, step: str) -> str:
        return self.project.log(self.last, step)


@pytest.fixture(params=[False, True], ids=["warm", "cold"])
def steps(project: Any, request: pytest.FixtureRequest) -> Steps:
    """A project whose steps are forked, or not."""
    return Steps(project, cold=request.param)


@pytest.fixture
def warm_steps(project: Any) -> Steps:
    """A project whose steps are forked."""
    return Steps(project)


@pytest.fixture
def made(project: Any) -> Callable[[bool], Steps]:
    """Make a project whose steps start cold, or are forked."""
    return lambda cold: Steps(project, cold=cold)


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python with packages of its own."""
    folder = tmp_path_factory.mktemp("python")
    venv.create(folder, symlinks=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    notes_its_process = "import os, pathlib\nPROCESS = os.getpid()\n"
    (packages / "slow_one.py").write_text(notes_its_process)
    (packages / "threaded.py").write_text(
        notes_its_process + "import threading\nstop = threading.Event()\n"
        "threading.Thread(target=stop.wait, daemon=True).start()\n"
    )
    (packages / "sets_variables.py").write_text(
        notes_its_process + "os.environ['SET_BY_IMPORT'] = '1'\n"
    )
    (packages / "endless.py").write_text(
        notes_its_process + "import time\nif not os.environ.get('SAGEPIPE_STEP'):\n"
        "    pathlib.Path(__file__ + '.reached').touch()\n    time.sleep(600)\n"
    )
    (packages / "broken.py").write_text(notes_its_process + "import nothing_of_this_name\n")
    return folder / "bin" / "python"
