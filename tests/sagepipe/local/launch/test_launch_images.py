"""What stands for which image."""

import sys
import tempfile
from pathlib import Path

import pytest

from sagepipe.local import DefinitionError, LocalSettings
from sagepipe.local.settings import Image

FOREIGN = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.4-2-cpu-py3"
OTHER = "111122223333.dkr.ecr.us-east-1.amazonaws.com/team/other:1"


class TestPatterns:
    def settings(self, **images):
        return LocalSettings(project=Path("/project"), train=Path("train.py"), images=images)

    def test_without_one_this_python_and_the_projects_files_stand_for_every_image(self):
        found = self.settings().stand_in(FOREIGN)
        assert (found.python, found.train) == (Path(sys.executable), Path("/project/train.py"))
        assert (found.runner, found.name) == ("process", FOREIGN)

    def test_what_it_does_not_say_is_as_for_all_others(self):
        images = {"*/sagemaker-scikit-learn:*": Image(python=Path("sklearn/bin/python"))}
        found = LocalSettings(
            project=Path("/project"), train=Path("train.py"), images=images
        ).stand_in(FOREIGN)
        assert found.python == Path("/project/sklearn/bin/python")
        assert found.train == Path("/project/train.py")

    def test_the_first_that_fits_counts(self):
        images = {
            "*/team/*": Image(name="first"),
            "*": Image(name="second"),
        }
        settings = LocalSettings(images=images)
        assert settings.stand_in(OTHER).name == "first"
        assert settings.stand_in(FOREIGN).name == "second"


def test_each_image_has_its_python(process, tmp_path):
    python = tmp_path / "venv/bin/python3"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nIMAGE=other exec {sys.executable} "$@"\n')
    python.chmod(0o755)
    process.settle(images={"*/team/other:*": Image(python=Path("venv/bin/python3"))})
    body = "print(os.environ.get('IMAGE', 'this one'))"
    steps = [process.processing("a", body), process.processing("b", body)]
    steps[0]["Arguments"]["AppSpecification"]["ImageUri"] = FOREIGN
    steps[1]["Arguments"]["AppSpecification"]["ImageUri"] = OTHER
    execution = process.project.run(*steps)
    assert process.project.log(execution, "a") == "this one\n"
    assert process.project.log(execution, "b") == "other\n"


def test_each_image_has_its_train_command(process, tmp_path):
    (tmp_path / "other.py").write_text("print('the train command of the other')")
    process.settle(images={"*/team/other:*": Image(train=Path("other.py"))})
    step = process.training("fit", "")
    step["Arguments"]["AlgorithmSpecification"]["TrainingImage"] = OTHER
    execution = process.project.run(step)
    assert process.project.log(execution, "fit") == "the train command of the other\n"


def test_one_image_runs_in_a_container_and_the_others_do_not(process, image):
    process.settle(images={FOREIGN: Image(runner="container", name=image)})
    body = "print(os.environ.get('FROM_IMAGE'), ML == Path('/opt/ml'))"
    steps = [process.processing("a", body), process.processing("b", body)]
    steps[0]["Arguments"]["AppSpecification"]["ImageUri"] = FOREIGN
    execution = process.project.run(*steps)
    assert process.project.log(execution, "a") == "yes True\n"
    assert process.project.log(execution, "b") == "None False\n"
    assert execution.runner.startswith("process (relocated /opt/ml), container (")


def test_a_container_that_goes_by_another_name_here(container):
    local = container.image
    container.settle(images={"*/sagemaker-scikit-learn:*": Image(name=local)})
    step = container.processing("a", "print(os.environ['FROM_IMAGE'])")
    step["Arguments"]["AppSpecification"]["ImageUri"] = FOREIGN
    assert container.project.log(container.project.run(step), "a") == "yes\n"


def test_a_component_is_told_which_image_it_runs_in(container, engine):
    container.settle(images={FOREIGN: Image(name=container.image)})
    step = container.processing("a", "print(os.environ['SAGEPIPE_IMAGE_DIGEST'])")
    step["Arguments"]["AppSpecification"]["ImageUri"] = FOREIGN
    step["Arguments"]["Environment"] = {"SAGEPIPE_IMAGE_URI": FOREIGN}
    said = container.project.log(container.project.run(step), "a").strip()
    assert said == engine.digest(container.image)
    assert said.startswith(("sha256:", "image id ")) and len(said) > 64


class TestPathsUnderOptMl:
    """What the process runner can do for commands that name them, and what it can't."""

    def test_are_relocated_in_arguments(self, process):
        step = process.processing(
            "a",
            "print([Path(word.split('=')[-1]).is_dir() for word in sys.argv[1:]])",
            arguments=["/opt/ml/processing/input", "--to=/opt/ml/processing", "/opt/mlx"],
        )
        assert process.project.log(process.project.run(step), "a") == "[True, True, False]\n"

    def test_are_refused_in_a_shells_script(self, process):
        step = process.processing("a", "")
        command = ["bash", "-c", "chmod +x /opt/ml/processing/input/code/run.sh"]
        step["Arguments"]["AppSpecification"]["ContainerEntrypoint"] = command
        with pytest.raises(DefinitionError, match="names a path under /opt/ml, which processes"):
            process.project.run(step)

    def test_that_a_program_spells_out_are_pointed_at(self, process):
        step = process.processing("a", "open('/opt/ml/processing/input/no/such.csv')")
        log = process.project.log(process.project.run(step), "a")
        assert "the job looked for /opt/ml/processing/input/no/such.csv" in log
        assert "--runner sandbox" in log

    def test_are_not_spoken_of_where_the_job_failed_for_another_reason(self, process):
        step = process.processing("a", "open(ML / 'nothing/here')")
        log = process.project.log(process.project.run(step), "a")
        assert "--runner sandbox" not in log

    def test_are_true_in_a_sandbox_whoever_spells_them_out(self, sandbox):
        step = sandbox.processing(
            "a",
            """
            text = open("/opt/ml/processing/input/raw/a.csv").read()
            open("/opt/ml/processing/output/copy/a.csv", "w").write(text)
            """,
            inputs={"raw": "s3://b/raw"},
            outputs={"copy": "s3://b/copy"},
        )
        sandbox.project.put("s3://b/raw/a.csv", "raw")
        assert sandbox.project.run(step).status == "Succeeded"
        assert sandbox.project.s3("s3://b/copy/a.csv").read_text() == "raw"


class TestPathsUnderOptProgram:
    """The project's folder of programs, which is what its image has there."""

    def test_are_true_in_a_sandbox(self, sandbox, tmp_path):
        programs = tmp_path / "docker"
        programs.mkdir()
        (programs / "train.py").write_text("print('the file')")
        (programs / "tool").write_text('#!/bin/sh\nexec python3 /opt/program/train.py "$@"\n')
        (programs / "tool").chmod(0o755)
        sandbox.settle(train=programs / "train.py")
        for command in (["python3", "/opt/program/train.py"], ["/opt/program/tool"], ["tool"]):
            step = sandbox.processing("a", "")
            step["Arguments"]["AppSpecification"]["ContainerEntrypoint"] = command
            assert sandbox.project.log(sandbox.project.run(step), "a") == "the file\n"

    def test_may_lie_outside_of_the_project(self, sandbox):
        """In /tmp too, of which a sandbox has one of its own."""
        with tempfile.TemporaryDirectory(dir="/tmp") as folder:
            (Path(folder) / "train.py").write_text("import beside")
            (Path(folder) / "beside.py").write_text("print('the file beside')")
            sandbox.settle(train=Path(folder) / "train.py")
            execution = sandbox.project.run(sandbox.training("t", ""))
            assert sandbox.project.log(execution, "t") == "the file beside\n"
