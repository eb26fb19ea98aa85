"""`sagepipe adopt` in a fresh project: all or nothing, and the same again."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

pytestmark = pytest.mark.once

ROWS = pd.DataFrame(
    {
        'length "in" cm': [place / 7 for place in range(120)],
        "kind of it": ["oak", "fir é", None] * 40,
        "fell": ["no", "yes", "no", "no"] * 30,
    }
)


@pytest.fixture(scope="module")
def adopt(run_in) -> Callable[..., subprocess.CompletedProcess[str]]:
    def adopt(project: Path, *words: str) -> subprocess.CompletedProcess[str]:
        return run_in(project, "-m", "sagepipe.cli", "adopt", *words)

    return adopt


@pytest.fixture(scope="module")
def table(tmp_path_factory) -> Path:
    file = tmp_path_factory.mktemp("own") / "own trees.csv"
    ROWS.to_csv(file, index=False)
    return file


def contents(project: Path) -> dict[str, bytes]:
    return {
        path.relative_to(project).as_posix(): path.read_bytes()
        for path in project.rglob("*")
        if path.is_file() and not {".git", ".sagepipe", "__pycache__", "sagepipe"} & set(path.parts)
    }


def commit(project: Path) -> None:
    words = ("-c", "user.name=a", "-c", "user.email=a@b.c")
    for command in (("init", "-q"), ("add", "--all"), (*words, "commit", "-qm", "start")):
        subprocess.run(["git", *command], cwd=project, check=True)


def test_a_table_is_adopted_once_and_uncommitted_work_is_kept(bake, adopt, run_in, table) -> None:
    project = bake()
    commit(project)
    before = contents(project)

    said = adopt(project, str(table), "--target", "fell", "--json")
    assert said.returncode == 0, said.stderr
    told = json.loads(said.stdout)
    assert told["features"] == ['length "in" cm', "kind of it"]
    assert told["classes"] == ["no", "yes"]
    after = contents(project)
    assert {name for name in {*before, *after} if before.get(name) != after.get(name)} == set(
        told["changed"]
    )
    assert after["data/own-trees.csv"] == table.read_bytes()
    recent = pd.read_csv(project / "data/recent.csv")
    assert len(recent) == 60 and set(recent["fell"]) == {"no", "yes"}
    assert "data/flights.csv" not in after and "tests/test_sample.py" not in after
    flights = project / ".sagepipe/before-adopt/data/flights.csv"
    assert flights.read_bytes() == before["data/flights.csv"]
    style = run_in(project, "-m", "ruff", "check", "--no-cache")
    assert style.returncode == 0, style.stdout

    again = adopt(project, str(table), "--target", "fell")
    assert again.returncode == 0 and "nothing was changed" in again.stdout
    assert contents(project) == after

    refused = adopt(project, str(table), "--target", "kind of it")
    assert refused.returncode == 2
    assert "have changes that are not committed: commit them, or say --yes" in refused.stderr
    assert contents(project) == after
    forced = adopt(project, str(table), "--target", "kind of it", "--yes")
    assert forced.returncode == 0, forced.stderr


def test_what_can_not_be_adopted_changes_nothing_and_is_one_line(bake, adopt, table) -> None:
    project = bake()
    before = contents(project)
    for words, message in (
        ((str(table), "--target", "felled"), "the table has no column 'felled'; it has length"),
        (("gone.csv", "--target", "fell"), "gone.csv has no table"),
        ((str(table), "--target", "kind of it", "--task", "regression"), "holds no numbers"),
    ):
        refused = adopt(project, *words)
        assert refused.returncode == 2
        assert message in refused.stderr and refused.stderr.count("\n") == 1
    schema = project / "src/flight_delay/pipelines/training.py"
    schema.write_text(schema.read_text() + "\nraise ValueError('half an edit')\n")
    before = contents(project)
    refused = adopt(project, str(table), "--target", "fell")
    assert "does not compile with the new schema" in refused.stderr
    assert contents(project) == before
