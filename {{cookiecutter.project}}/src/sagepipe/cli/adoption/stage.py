"""The new files, written beside the project and tried there."""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import sagepipe
from sagepipe.cli import settings
from sagepipe.cli.adoption import AdoptError, readme, sample
from sagepipe.components.profile_data import files
from sagepipe.components.profiling.proposal import Proposal

if TYPE_CHECKING:
    import pandas as pd

GOLDEN = "tests/golden/training.json"
BAD = "data/bad.csv"
# What is about the sample that the template came with.
ABOUT_THE_OLD = ("tests/test_sample.py",)
_URI = re.compile(r'^(data_uri = )"[^"\n]*"', flags=re.M)


@dataclass(frozen=True)
class Staged:
    """New files in a folder of their own.

    Attributes:
        names: Paths from the project of all that changes; what the folder lacks is to go.
        sample: The sample's path.
        rows: Its rows.
    """

    names: tuple[str, ...]
    sample: str
    rows: int


def write(
    project: settings.Settings,
    folder: Path,
    source: Path,
    table: "pd.DataFrame",
    proposal: Proposal,
) -> Staged:
    """Write what follows from a proposal, and compile the pipeline with it.

    Args:
        project: The project.
        folder: Where to; empty.
        source: The team's file.
        table: What it holds.
        proposal: What was understood of it.

    Returns:
        What was written.

    Raises:
        AdoptError: The project is none of this template's, or its pipeline does not compile with
            the new schema.
    """
    package = f"src/{project.package}"
    data = f"data/{sample.name_of(source)}"
    written = files(proposal, Path(data).suffix)
    texts = {
        f"{package}/schema.py": written["schema.py"],
        f"{package}/expectations/raw.json": written["raw.json"],
        f"{package}/expectations/prepared.json": written["prepared.json"],
        settings.FILE: _settings(project, data),
    }
    for name in texts:
        if not (project.root / name).is_file():
            raise AdoptError(
                f"{project.root} has no {name}: adopt is for projects of this template"
            )
    shutil.copytree(
        project.root / package, folder / package, ignore=shutil.ignore_patterns("__*__")
    )
    for name in ("docker", "data", "tests/golden"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for program in (project.train, project.serve):
        shutil.copy(program, folder / "docker")
    rows = sample.write(source, table, proposal, folder / data)
    sample.write_bad(table, proposal, folder / BAD)
    texts["data/README.md"] = readme.text(proposal, Path(data).name, rows)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / GOLDEN).write_text(_compiled(project, folder), encoding="utf-8")
    old = str(project.environment("local").parameters.get("data_uri", ""))
    gone = [name for name in (*ABOUT_THE_OLD, old) if name and name != data]
    gone = [name for name in gone if (project.root / name).is_file()]
    return Staged((*texts, GOLDEN, data, BAD, *gone), data, rows)


def _settings(project: settings.Settings, data: str) -> str:
    """Point the local environment at the sample, and leave the rest of the file as it is."""
    text = (project.root / settings.FILE).read_text(encoding="utf-8")
    head, found, tail = text.partition("[env.local.parameters]\n")
    if not found or not _URI.search(tail.split("\n[", 1)[0]):
        raise AdoptError(
            f'{settings.FILE}: [env.local.parameters] has no line data_uri = "...": write one'
        )
    return head + found + _URI.sub(lambda match: match[1] + json.dumps(data), tail, count=1)


def _compiled(project: settings.Settings, folder: Path) -> str:
    library = Path(sagepipe.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-m", "sagepipe.cli", "compile", "--output", "-"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(folder / "src"), str(library)])},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise AdoptError(f"the pipeline does not compile with the new schema: {last}")
    return done.stdout
