"""`make demo-bad-data` of a generated project: what failure looks like."""

import csv
import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.once, pytest.mark.slow]


@pytest.fixture(scope="module")
def project(bake) -> Path:
    """A project whose environment is this Python."""
    project = bake()
    program = project / ".venv" / "bin" / "sagepipe"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m sagepipe.cli "$@"\n')
    program.chmod(0o755)
    (project / ".venv" / "installed").touch()
    return project


@pytest.fixture(scope="module")
def demo(project, environment_of):
    """Run the target with some words added."""

    def demo(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["make", "demo-bad-data", *words],
            cwd=project,
            env=environment_of(project),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=900,
        )

    return demo


def test_the_run_fails_with_each_fault_and_the_target_says_that_it_should(demo, project):
    done = demo()

    assert done.returncode == 0, done.stdout
    assert "5 of 53 expectations do not hold" in done.stdout
    for column in ("visib", "carrier", "origin", "humid", "wind_speed"):
        assert f"\n- column '{column}': " in done.stdout
    assert "is missing; did it become 'visibility'?" in done.stdout
    assert "such as ZZ (data rows 5, 80)" in done.stdout
    assert "data/bad.csv is bad on purpose" in done.stdout
    (result,) = project.glob(".sagepipe/runs/*/preprocess/opt/ml/processing/output/report/raw.json")
    outcomes = [item for item in json.loads(result.read_text())["results"] if not item["success"]]
    broken = {item["expectation_config"]["kwargs"]["column"] for item in outcomes}
    assert broken == {"visib", "carrier", "origin", "humid", "wind_speed"}
    assert (result.parent / "raw.html").is_file()


def test_a_run_that_was_not_started_is_no_demonstration(demo):
    done = demo("ARGS=-p no_such_parameter=1")
    assert done.returncode != 0
    assert "bad on purpose" not in done.stdout


def test_the_bad_sample_is_the_good_one_with_the_scripts_faults(template):
    spec = importlib.util.spec_from_file_location("spoil", template / "scripts/spoil_flights.py")
    spoil = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(spoil)
    with (spoil.DATA / "flights.csv").open(newline="") as good:
        rows = list(csv.reader(good))
    with (spoil.DATA / "bad.csv").open(newline="") as bad:
        assert list(csv.reader(bad)) == spoil.spoil(rows)
