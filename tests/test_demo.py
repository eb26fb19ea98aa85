"""`make demo` on a clean copy of this repository, as a newcomer runs it."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(
    "SM_TEMPLATE_DEMO" not in os.environ, reason="needs the package index: tox -e demo"
)


@pytest.fixture(scope="module")
def clone(template, tmp_path_factory) -> Path:
    """The files that git knows of, nothing that was made beside them."""
    target = tmp_path_factory.mktemp("clone") / "sm-template"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=template,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (template / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(template / name, target / name)
    return target


def make_demo(clone: Path) -> str:
    """Run it and return what it prints."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_")}
    kept.pop("VIRTUAL_ENV", None)
    kept.pop("PYTHONPATH", None)
    result = subprocess.run(
        ["make", "demo"],
        cwd=clone,
        env=kept,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
    )
    assert result.returncode == 0, result.stdout
    return result.stdout


@pytest.fixture(scope="module")
def shown(clone) -> str:
    return make_demo(clone)


def test_runs_every_step_of_the_pipeline(shown):
    for step in ("preprocess", "train", "evaluate", "register", "publish"):
        assert re.search(rf"{step}\S* .*Succeeded", shown), shown


def test_shows_the_metrics(shown):
    assert re.search(r"\bauc\b.*0\.[67]\d", shown), shown


def test_ends_with_three_things_to_try(shown):
    *_, last = shown.split("Three things to try next")
    assert len(re.findall(r"^  \S*sagepipe ", last, flags=re.MULTILINE)) == 3


def test_can_be_run_again(shown, clone):
    again = make_demo(clone)
    assert "Making" not in again, "no environment is made twice"
    assert "Three things to try next" in again
