"""What images are built from, before they are: no engine needed."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.once


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


def lists(project: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Choose what the images install, as the Dockerfile does."""
    command = [sys.executable, "docker/requirements.py", str(folder)]
    return subprocess.run(command, cwd=project, capture_output=True, text=True)


@pytest.mark.parametrize(("engine", "extra"), [("onnx", "serve"), ("sklearn", "serve-sklearn")])
def test_what_serves_is_installed_for_its_engine(bake, tmp_path, engine, extra):
    project = bake()
    settings = project / "sagepipe.toml"
    settings.write_text(settings.read_text().replace('engine = "onnx"', f'engine = "{engine}"'))
    assert lists(project, tmp_path).returncode == 0
    for target, listed in {"train": "train", "serve": extra}.items():
        expected = (project / f"docker/{listed}.txt").read_text()
        assert (tmp_path / f"{target}.txt").read_text() == expected


def test_a_dependency_without_a_pin_is_refused(bake, tmp_path):
    project = bake()
    settings = project / "pyproject.toml"
    more = 'train = [\n    "Left.Pad[fast]>=1.0",\n    "Scikit_Learn",'
    settings.write_text(settings.read_text().replace("train = [", more))
    refused = lists(project, tmp_path)
    said = "error: docker/train.txt lacks left-pad of pyproject.toml: make pins\n"
    assert (refused.returncode, refused.stderr) == (1, said)


def test_only_what_is_copied_reaches_the_engine(bake):
    project = bake()
    allowed = re.findall(r"^!(.+)$", (project / ".dockerignore").read_text(), flags=re.M)
    assert (project / ".dockerignore").read_text().splitlines()[1] == "*"
    copied = re.findall(r"^COPY (.+)$", (project / "docker/Dockerfile").read_text(), flags=re.M)
    from_here = [line.split()[:-1] for line in copied if "--from=" not in line]
    sources = {word for words in from_here for word in words if not word.startswith("--")}
    assert {source.split("/")[0] for source in sources} == set(allowed)
