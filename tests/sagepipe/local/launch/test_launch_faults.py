"""What a machine lacks is said before the first step, once, with what would help."""

import os
import sys

import pytest

from sagepipe.local import DefinitionError, LocalError


def program(folder, name, text):
    """Put a program where it is found before all others."""
    file = folder / "bin" / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)
    return file.parent


def refused(project, runner, **settings):
    """Say why a run doesn't start."""
    project.settings_with(runner=runner, **settings)
    with pytest.raises(LocalError) as error:
        project.run(project.processing("a"))
    assert not project.settings.runs.exists()
    return str(error.value)


@pytest.mark.skipif(sys.platform != "linux", reason="bubblewrap is Linux's")
class TestSandbox:
    def test_without_bubblewrap(self, project, monkeypatch):
        monkeypatch.setenv("PATH", "/nowhere")
        said = refused(project, "sandbox")
        assert said.startswith("--runner sandbox needs the command bwrap: install bubblewrap")
        assert said.endswith("or run with --runner container or --runner process")

    def test_without_the_right_to_make_one(self, project, monkeypatch, tmp_path):
        text = "echo 'bwrap: setting up uid map: Permission denied' >&2; exit 1"
        monkeypatch.setenv("PATH", f"{program(tmp_path, 'bwrap', text)}{os.pathsep}/bin")
        said = refused(project, "sandbox")
        assert "can't make a sandbox on this machine (bwrap: setting up uid map: Perm" in said
        assert "user namespaces" in said


class TestContainer:
    def test_without_an_engine(self, project, monkeypatch):
        monkeypatch.setenv("PATH", "/nowhere")
        said = refused(project, "container")
        assert said.startswith("--runner container needs docker or podman, which isn't on PATH")

    def test_without_the_engine_that_is_wanted(self, project, monkeypatch):
        monkeypatch.setenv("PATH", "/nowhere")
        assert "needs docker, which isn't on PATH" in refused(project, "container", engine="docker")

    def test_with_an_engine_that_does_not_answer(self, project, monkeypatch, tmp_path):
        text = "echo 'Cannot connect to the Docker daemon' >&2; exit 1"
        monkeypatch.setenv("PATH", str(program(tmp_path, "docker", text)))
        said = refused(project, "container")
        assert "no container engine works (docker: Cannot connect to the Docker daemon)" in said

    def test_with_an_engine_that_nobody_knows(self, project):
        said = refused(project, "container", engine="lxc")
        assert said == "container engine 'lxc' is unknown; there are docker and podman"

    def test_without_the_image(self, project, engine):
        project.settings_with(runner="container")
        with pytest.raises(DefinitionError) as error:
            project.run(project.processing("a"), project.processing("b"))
        said = str(error.value)
        assert "step 'a': image image is not on this machine: build it with" in said
        assert "build -f docker/Dockerfile --target train -t image ." in said

    def test_that_one_image_wants_and_this_machine_lacks(self, project, monkeypatch, tmp_path):
        from sagepipe.local.settings import Image

        monkeypatch.setenv("PATH", "/nowhere")
        said = refused(project, "process", images={"im*": Image(runner="container")})
        assert "step 'a': image image: --runner container needs docker or podman" in said


def test_a_runner_that_nobody_knows(project):
    said = refused(project, "vm")
    assert said == "runner 'vm' is unknown; there are process, sandbox, container"
