"""The hooks, rendered as Cookiecutter renders them and run as processes, as it runs them."""

import ast
import json
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from cookiecutter.exceptions import FailedHookException
from cookiecutter.generate import generate_context
from cookiecutter.main import cookiecutter
from cookiecutter.prompt import prompt_for_config
from cookiecutter.utils import create_env_with_context
from packaging.requirements import Requirement

GOOD = [
    pytest.param({}, id="defaults"),
    pytest.param({"project_name": "Churn"}, id="one-word"),
    pytest.param({"project_name": "Señales del año"}, id="not-ascii"),
    pytest.param({"project_name": "O'Connor's Model 2"}, id="apostrophe"),
    pytest.param({"team": "Müller & Söhne <ml@example.com>"}, id="ampersand-and-address"),
    pytest.param({"description": "50 % of it, $ and # too: yes!"}, id="punctuation"),
    pytest.param({"project": "a1", "package": "a1"}, id="short"),
    pytest.param({"project": "x" * 32, "package": "x"}, id="longest-project"),
    pytest.param({"package": "_".join(["flight"] * 9)}, id="long-package"),
    pytest.param({"aws_region": "us-gov-west-1"}, id="government-region"),
    pytest.param({"aws_region": "ap-southeast-4"}, id="asian-region"),
    pytest.param({"aws_region": "eusc-de-east-1"}, id="sovereign-region"),
]

BAD = [
    ("project_name", "", "empty"),
    ("project_name", "   ", "empty"),
    ("project_name", 'Say "hello"', "double quote"),
    ("description", "a\nb", "line break"),
    ("description", "a\\b", "backslash"),
    ("description", "{{ 7 * 7 }}", "brace"),
    ("team", "tab\there", "line break"),
    ("project", "", "lower-case letters"),
    ("project", "Flight-Delay", "lower-case letters"),
    ("project", "flight_delay", "lower-case letters"),
    ("project", "flight--delay", "lower-case letters"),
    ("project", "-flight", "lower-case letters"),
    ("project", "flight-", "lower-case letters"),
    ("project", "2flights", "lower-case letters"),
    ("project", "flight delay", "lower-case letters"),
    ("project", "flüge", "lower-case letters"),
    ("project", "flight-delay\n", "lower-case letters"),
    ("project", "x" * 33, "at most 32"),
    ("project", "scikit-learn", "dependency"),
    ("package", "", "lower-case letters"),
    ("package", "flight-delay", "lower-case letters"),
    ("package", "flight delay", "lower-case letters"),
    ("package", "FlightDelay", "lower-case letters"),
    ("package", "_flights", "lower-case letters"),
    ("package", "1st", "lower-case letters"),
    ("package", "flüge", "lower-case letters"),
    ("package", "class", "keyword"),
    ("package", "match", "keyword"),
    ("package", "json", "Python's own module"),
    ("package", "email", "Python's own module"),
    ("package", "test", "Python's own module"),
    ("package", "train", "docker/train.py"),
    ("package", "serve", "docker/serve.py"),
    ("package", "conftest", "tests/conftest.py"),
    ("package", "sagepipe", "dependency"),
    ("package", "mlflow", "dependency"),
    ("package", "sklearn", "dependency"),
    ("package", "tests", "dependency"),
    ("aws_region", "", "AWS region"),
    ("aws_region", "Frankfurt", "AWS region"),
    ("aws_region", "eu-central", "AWS region"),
    ("aws_region", "EU-CENTRAL-1", "AWS region"),
    ("aws_region", "eu-central-1a", "AWS region"),
]


def render_hook(template: Path, name: str, folder: Path, answers: dict[str, str]) -> Path:
    """Render a hook with the answers, defaults filled in, to a file in the folder."""
    context = generate_context(str(template / "cookiecutter.json"))
    context["cookiecutter"].update(answers)
    # Every answer is taken as typed: Cookiecutter renders defaults, never what a user types.
    context["cookiecutter"] = {**prompt_for_config(context, no_input=True), **answers}
    source = (template / "hooks" / f"{name}.py").read_text()
    rendered = folder / f"{name}.py"
    environment = create_env_with_context(context)
    rendered.write_text(environment.from_string(source).render(**context))
    return rendered


def run_hook(
    template: Path, name: str, folder: Path, answers: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run a hook in an empty folder, on a Python that has nothing but its standard library."""
    script = render_hook(template, name, folder, answers)
    project = folder / "project"
    project.mkdir(exist_ok=True)
    return subprocess.run(
        [sys.executable, "-I", "-S", str(script)], cwd=project, capture_output=True, text=True
    )


class TestPreGenProject:
    @pytest.mark.parametrize("answers", GOOD)
    def test_accepts_good_answers_without_a_word(self, template, tmp_path, answers):
        result = run_hook(template, "pre_gen_project", tmp_path, answers)
        assert (result.returncode, result.stdout, result.stderr) == (0, "", "")

    @pytest.mark.parametrize(
        ("name", "value", "reason"), BAD, ids=[f"{name}={value!a:.20}" for name, value, _ in BAD]
    )
    def test_refuses_a_bad_answer_with_one_line_that_names_it(
        self, template, tmp_path, name, value, reason
    ):
        answers = {"project": "flight-delay", "package": "flight_delay", name: value}
        result = run_hook(template, "pre_gen_project", tmp_path, answers)
        assert result.returncode == 1
        assert result.stdout == ""
        assert re.fullmatch(rf"error: {name} .*{reason}.*\n", result.stderr), result.stderr

    def test_names_every_bad_answer_at_once(self, template, tmp_path):
        bad = {"project": "A B", "package": "import", "aws_region": "moon"}
        result = run_hook(template, "pre_gen_project", tmp_path, bad)
        named = [line.split()[1] for line in result.stderr.splitlines()]
        assert named == ["project", "package", "aws_region"]

    def test_does_not_blame_a_package_that_follows_from_a_bad_project(self, template, tmp_path):
        result = run_hook(template, "pre_gen_project", tmp_path, {"project": "Flight Delay"})
        assert [line.split()[1] for line in result.stderr.splitlines()] == ["project"]

    @pytest.mark.parametrize("project", ["train", "serve", "test"])
    def test_refuses_a_project_whose_package_would_be_hidden(self, template, tmp_path, project):
        result = run_hook(template, "pre_gen_project", tmp_path, {"project": project})
        assert result.returncode == 1
        refused = rf"error: package '{project}' would .*'{project}_model'\n"
        assert re.fullmatch(refused, result.stderr)

    def test_refuses_the_name_of_every_program_of_the_template(self, template, tmp_path):
        docker = template / "{{cookiecutter.project}}" / "docker"
        programs = [path.stem for path in docker.glob("*.py")]
        assert programs
        for program in programs:
            result = run_hook(template, "pre_gen_project", tmp_path, {"package": program})
            assert f"docker/{program}.py" in result.stderr

    @pytest.mark.parametrize(
        ("name", "reason"), [("", "error: project_name is empty"), ("!!!", "error: project '-' ")]
    )
    def test_is_reached_where_a_project_has_no_name(self, template, tmp_path, name, reason):
        words = ["--no-input", "--default-config", str(template), f"project_name={name}"]
        result = subprocess.run(
            [sys.executable, "-m", "cookiecutter", *words],
            cwd=tmp_path,
            capture_output=True,
            text=True,
        )
        assert result.returncode != 0
        errors = [line for line in result.stderr.splitlines() if line.startswith("error:")]
        assert len(errors) == 1
        assert errors[0].startswith(reason)
        assert list(tmp_path.iterdir()) == []

    def test_leaves_nothing_behind_when_it_refuses(self, template, tmp_path):
        with pytest.raises(FailedHookException):
            cookiecutter(
                str(template),
                no_input=True,
                default_config=True,
                output_dir=str(tmp_path),
                extra_context={"package": "class"},
            )
        assert list(tmp_path.iterdir()) == []

    def test_refuses_the_import_name_of_every_direct_dependency(self, template, bake):
        taken = set(json.loads((template / "cookiecutter.json").read_text())["_taken_names"])
        dependencies = direct_dependencies(bake())
        imported = {
            name
            for name, owners in packages_distributions().items()
            for owner in owners
            if normal(owner) in dependencies and re.fullmatch(r"[a-z]\w*", name)
        }
        assert {"pandas", "sklearn", "mlflow", "great_expectations"} <= imported
        assert imported - taken == set()


def normal(distribution_name: str) -> str:
    return re.sub(r"[-_.]+", "-", distribution_name).lower()


def direct_dependencies(project: Path) -> set[str]:
    """The distributions that a generated project's pyproject.toml names."""
    settings = tomllib.loads((project / "pyproject.toml").read_text())
    extras = settings["project"]["optional-dependencies"].values()
    return {normal(Requirement(line).name) for extra in extras for line in extra}


class TestPostGenProject:
    def test_says_what_to_do_next(self, template, tmp_path):
        result = run_hook(template, "post_gen_project", tmp_path, {"project": "churn"})
        assert (result.returncode, result.stderr) == (0, "")
        assert "cd churn" in result.stdout
        assert "make run" in result.stdout
        assert "make test" in result.stdout

    def test_removes_caches_that_tools_left_in_the_template(self, template, tmp_path):
        source = tmp_path / "project" / "src" / "sagepipe"
        cache = source / "dsl" / "__pycache__"
        cache.mkdir(parents=True)
        (cache / "spec.cpython-311.pyc").write_bytes(b"")
        (source / "dsl" / "spec.py").write_text("")
        run_hook(template, "post_gen_project", tmp_path, {})
        assert not cache.exists()
        assert (source / "dsl" / "spec.py").exists()

    def test_leaves_the_environment_of_a_project_that_was_there_alone(self, template, tmp_path):
        cache = tmp_path / "project" / ".venv" / "lib" / "__pycache__"
        cache.mkdir(parents=True)
        run_hook(template, "post_gen_project", tmp_path, {})
        assert cache.exists()


@pytest.mark.parametrize("name", ["pre_gen_project", "post_gen_project"])
def test_hook_imports_only_what_every_python_has(template, tmp_path, name):
    tree = ast.parse(render_hook(template, name, tmp_path, {}).read_text())
    imported = {
        alias.name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    } | {
        (node.module or "").split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
    }
    assert imported <= sys.stdlib_module_names
    assert imported.isdisjoint({"socket", "urllib", "http", "ssl"}), "hooks touch no network"
