"""The new files, written beside the project and tried there."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
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
BAD = f"data/{sample.BAD}.csv"
# What is about the sample that the template came with.
ABOUT_THE_OLD = ("tests/test_sample.py",)
_URI = r'^({} = )"[^"\n]*"'


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
    recent = f"data/{sample.RECENT}{Path(data).suffix}"
    written = files(proposal, Path(data).suffix)
    texts = {
        f"{package}/schema.py": written["schema.py"],
        f"{package}/expectations/raw.json": written["raw.json"],
        f"{package}/expectations/prepared.json": written["prepared.json"],
        settings.FILE: _settings(project, {"data_uri": data, "recent_uri": recent}),
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
    others = sample.write_recent(table, proposal, folder / recent)
    texts["data/README.md"] = readme.text(
        proposal, Path(data).name, rows, Path(recent).name, *others
    )
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / GOLDEN).write_text(_compiled(folder), encoding="utf-8")
    set_now = project.environment("local").parameters
    old = [str(set_now.get(name, "")) for name in ("data_uri", "recent_uri")]
    gone = [name for name in (*ABOUT_THE_OLD, *old) if name and name not in (data, recent)]
    gone = [name for name in gone if (project.root / name).is_file()]
    return Staged((*texts, GOLDEN, data, recent, BAD, *gone), data, rows)


def _settings(project: settings.Settings, places: Mapping[str, str]) -> str:
    """Point the local environment at the new tables, and leave the rest of the file as it is."""
    text = (project.root / settings.FILE).read_text(encoding="utf-8")
    for parameter, place in places.items():
        head, found, tail = text.partition("[env.local.parameters]\n")
        line = re.compile(_URI.format(parameter), flags=re.M)
        if not found or not line.search(tail.split("\n[", 1)[0]):
            raise AdoptError(
                f"{settings.FILE}: [env.local.parameters] has no line "
                f'{parameter} = "...": write one'
            )
        text = head + found + line.sub(rf"\1{json.dumps(place)}", tail, count=1)
    return text


def _compiled(folder: Path) -> str:
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
