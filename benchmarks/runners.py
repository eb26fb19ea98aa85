"""Who runs pipelines on this machine: what each is called with and how its steps are counted."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from places import HERE, OFFLINE, PEERS, TEMPLATE
from timing import Process, run

IMAGE = "docker.io/library/python:3.11-slim"


@dataclass(frozen=True)
class Runner:
    """Something that runs pipelines.

    Attributes:
        name: What it is.
        folder: Where it runs.
        chain: Its command for a chain, by the chain's name.
        count: How many steps went well, by what it printed.
        flight: Its command for the flight pipeline; none where that isn't measured.
        environment: Variables that it needs.
        python: Which Python's start is taken off: ``sagepipe`` or ``peers``.
        most_steps: The longest chain that it is given.
        most_rounds: The most rounds.
    """

    name: str
    folder: Path
    chain: Callable[[str], list[str | Path]]
    count: Callable[[str], int]
    flight: tuple[str | Path, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    python: str = "peers"
    most_steps: int = 100
    most_rounds: int | None = None

    def on_chain(self, name: str) -> Process:
        """Make the process that runs a chain."""
        return Process(self.name, self.chain(name), self.folder, self.environment, self.most_rounds)


class Scratch:
    """A folder with a generated project and a folder for each runner.

    Attributes:
        folder: The folder.
        flight: The generated project, whose ``src`` also has the library for everything else.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        bake = ["cookiecutter", "--no-input", "--default-config", "-o", str(folder), str(TEMPLATE)]
        run(Process("cookiecutter", [sys.executable, "-m", *bake]))
        self.flight = folder / "flight-delay"
        shutil.copytree(HERE / "local", folder / "chains")

    @property
    def library(self) -> Path:
        """Where ``sagepipe`` and the flight pipeline's package are."""
        return self.flight / "src"

    @property
    def data(self) -> Path:
        """The flights."""
        return self.flight / "data" / "flights.csv"

    def made(self, name: str) -> Path:
        """Make a folder in it."""
        path = self.folder / name
        path.mkdir(exist_ok=True)
        return path


def sagepipe_modes(scratch: Scratch) -> dict[str, list[str]]:
    """Say in which ways the command line runs components: options by a mode's name."""
    printed = run(_sagepipe(scratch, "run", "--help"))
    if "--cold" in printed:
        return {"warm": [], "cold": ["--cold"]}
    return {"cold": []}


def _sagepipe(scratch: Scratch, *words: str) -> Process:
    command = [sys.executable, "-m", "sagepipe.cli", *words]
    return Process("sagepipe", command, scratch.flight, {"PYTHONPATH": str(scratch.library)})


def ours(scratch: Scratch) -> list[Runner]:
    """List our own runners: components in each mode, and the bare process."""
    library = {"PYTHONPATH": str(scratch.library)}
    command = [sys.executable, "-m", "sagepipe.cli", "run", "--json"]
    components = [
        Runner(
            f"sagepipe, components, {mode}",
            scratch.folder / "chains",
            lambda name, options=options: [*command, *options, name],
            succeeded,
            (*command, *options),
            library,
            "sagepipe",
        )
        for mode, options in sagepipe_modes(scratch).items()
    ]
    bare = Runner(
        "sagepipe, `python -c pass`",
        scratch.made("raw"),
        lambda name: [sys.executable, scratch.folder / "chains" / "raw.py", name],
        lambda printed: printed.count(" Succeeded"),
        (),
        library,
        "sagepipe",
    )
    return [*components, bare]


def peers(scratch: Scratch, python: Path) -> list[Runner]:
    """List the peers that need no container."""
    environment = {
        "PYTHONPATH": f"{PEERS}{os.pathsep}{scratch.library}",
        "METAFLOW_USER": "benchmark",
        "METAFLOW_HOME": str(scratch.made("metaflow-home")),
    }
    flows = scratch.made("metaflow")
    kfp = Runner(
        "KFP SubprocessRunner",
        scratch.made("kfp"),
        lambda name: [python, "-W", "ignore", PEERS / "local_kfp.py", name],
        lambda printed: printed.count("Wrote executor output file"),
        (python, "-W", "ignore", PEERS / "flight_kfp.py", scratch.data),
        environment,
    )
    metaflow = Runner(
        "Metaflow",
        flows,
        lambda name: [python, flow(python, flows, name), "run"],
        lambda printed: printed.count("Task finished successfully"),
        (python, PEERS / "flight_metaflow.py", "run", "--raw", scratch.data),
        environment,
    )
    return [kfp, metaflow]


def sdk(scratch: Scratch, python: Path, image: str) -> Runner:
    """Describe the SageMaker SDK's local mode, which starts a container a step with Compose.

    Where there is Podman and no Docker Compose, ``podman-compose`` of the peers' Python stands for
    ``docker-compose``, and ``podman`` for a ``docker`` that isn't there.
    """
    shims = scratch.made("bin")
    compose = python.parent / "podman-compose"
    if shutil.which("podman") and compose.exists() and not has_compose():
        (shims / "docker-compose").symlink_to(compose)
        if not shutil.which("docker"):
            (shims / "docker").symlink_to(str(shutil.which("podman")))
    environment = {
        **OFFLINE,
        "SAGEMAKER_USER_CONFIG_OVERRIDE": str(PEERS / "telemetry-off.yaml"),
        "PATH": f"{shims}{os.pathsep}{os.environ['PATH']}",
        "TMPDIR": str(scratch.made("containers")),
    }
    return Runner(
        "SageMaker SDK local mode",
        scratch.made("sdk"),
        lambda name: [python, "-W", "ignore", PEERS / "local_sdk.py", name, image],
        lambda printed: printed.count("it ran"),
        (),
        environment,
        most_steps=10,
        most_rounds=1,
    )


def has_compose() -> bool:
    """Say whether Docker has Compose here."""
    if shutil.which("docker-compose"):
        return True
    if not shutil.which("docker"):
        return False
    return not subprocess.run(["docker", "compose", "version"], capture_output=True).returncode


def fault(runner: Runner, workload: str) -> str:
    """Say why a runner can't run here; nothing where it can."""
    try:
        printed = run(runner.on_chain(workload))
    except RuntimeError as error:
        return str(error).strip().splitlines()[-1]
    return "" if runner.count(printed) else f"nothing ran, and it printed {printed.strip()!r}"


def remove_containers(runner: Runner) -> None:
    """Remove what Compose left of a runner's containers."""
    path = runner.environment["PATH"]
    compose = shutil.which("docker-compose", path=path)
    command = [compose] if compose else ["docker", "compose"]
    for file in Path(runner.environment["TMPDIR"]).glob("*/docker-compose.yaml"):
        subprocess.run([*command, "-f", file, "down"], capture_output=True)


def flow(python: Path, folder: Path, name: str) -> Path:
    """Write a Metaflow flow."""
    file = folder / f"{name.replace('-', '_')}.py"
    file.write_text(run(Process(name, [python, PEERS / "local_metaflow.py", name])))
    return file


def succeeded(printed: str) -> int:
    """Count the steps that succeeded in the events of ``sagepipe run --json``."""
    events = [
        json.loads(line).get("event") for line in printed.splitlines() if line[:9] == '{"event":'
    ]
    return sum(bool(e["step"]) and e["status"] == "Succeeded" for e in events)


def auc(printed: str) -> str:
    """Find the flight model's AUC."""
    found = re.findall(r'\bauc"?:? (0\.\d{4})', printed)
    return found[-1] if found else ""
