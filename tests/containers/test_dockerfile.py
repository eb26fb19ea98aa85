"""The Dockerfile as text: no engine needed."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.mark.parametrize("python_version", ["3.11", "3.12", "3.13"])
def test_hadolint_has_nothing_to_say(bake: Callable[..., Path], python_version: str):
    project = bake(python_version=python_version)
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run(
        [hadolint, "docker/Dockerfile"], cwd=project, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert f"ARG PYTHON_VERSION={python_version}\n" in (project / "docker/Dockerfile").read_text()


def test_commands_are_executable(bake: Callable[..., Path]):
    project = bake()
    for name in ("train", "serve"):
        assert (project / "docker" / name).stat().st_mode & 0o111 == 0o111
