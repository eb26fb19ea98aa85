"""What a generated project holds, for every task on this Python, and that it stands on its own."""

import filecmp
import json
import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from cookiecutter.main import cookiecutter

TASKS = ["classification", "regression"]
GOLDEN = Path(__file__).parent / "golden"
LIBRARY = Path("src/sagepipe")
CACHES = {"__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache"}

# What the data of one task say and the other's must not even mention; the code serves both.
BELONGS_TO = {
    "classification": r"TASK = .classification.|LATE_AFTER_MINUTES|on time",
    "regression": r"TASK = .regression.|minutes of delay|max_value.: 15\b",
}

FORBIDDEN = {
    "unrendered Jinja": r"\{\{ ?cookiecutter|cookiecutter\.|\{%",
    "absolute path": r"(?<![\w./<:])/(home|root|Users|work|tmp)/\w",
    "account id": r"(?<!\d)(?!0{12})\d{12}(?!\d)",
    "access key": r"\b(AKIA|ASIA)[A-Z0-9]{16}\b",
    "unfinished work": r"\b(TODO|FIXME|XXX)\b",
}


@pytest.fixture(scope="module", params=TASKS)
def task(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def project(bake, task) -> Path:
    """A project that was generated and never touched: tests that run something use `workshop`."""
    return bake(task=task)


@pytest.fixture(scope="module")
def workshop(bake, task) -> Path:
    """A project of the same answers to run things in."""
    return bake(task=task)


@pytest.fixture(scope="module")
def mypy_cache(tmp_path_factory) -> Path:
    """One cache for all tasks: what takes long is reading the dependencies."""
    return tmp_path_factory.mktemp("mypy")


def files_of(folder: Path) -> list[str]:
    """Every file below a folder, caches aside."""
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and not CACHES & set(path.relative_to(folder).parts)
    )


def texts_of(project: Path) -> dict[str, str]:
    """The team's own files by name: the library and the data are copied as they are."""
    return {
        name: (project / name).read_text()
        for name in files_of(project)
        if not name.startswith(f"{LIBRARY}/") and not name.endswith((".csv", ".png"))
    }


def pins(text: str) -> list[tuple[str, str]]:
    """Read names and versions."""
    return re.findall(r"^([\w-]+)==([^ ;\n]+)", text, flags=re.M)


class TestFiles:
    def test_are_exactly_those_of_the_manifest(self, project):
        ours = [name for name in files_of(project) if not name.startswith(f"{LIBRARY}/")]
        manifest = GOLDEN / "files.txt"
        if os.environ.get("SM_TEMPLATE_UPDATE_GOLDEN"):
            manifest.write_text("\n".join(ours) + "\n")
        assert ours == manifest.read_text().splitlines()

    def test_hold_no_cache(self, project):
        assert [path for path in project.rglob("*") if path.name in CACHES] == []

    def test_hold_no_cache_that_tools_left_in_the_template(self, template, tmp_path):
        copy = tmp_path / "template"
        for name in ("cookiecutter.json", "hooks/*.py", "{{cookiecutter.project}}/sagepipe.toml"):
            for source in template.glob(name):
                target = copy / source.relative_to(template)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(source, target)
        for name in (".mypy_cache", "src/sagepipe/__pycache__", "tests/__pycache__"):
            left = copy / "{{cookiecutter.project}}" / name / "left"
            left.parent.mkdir(parents=True)
            left.write_bytes(b"\x94\0{{ no.text }}")
        project = Path(
            cookiecutter(
                str(copy), no_input=True, default_config=True, output_dir=str(tmp_path / "out")
            )
        )
        assert [path.name for path in project.rglob("*") if path.is_file()] == ["sagepipe.toml"]

    def test_hold_the_library_verbatim(self, template, project):
        source = template / "{{cookiecutter.project}}" / LIBRARY
        names = files_of(source)
        assert files_of(project / LIBRARY) == names
        _, differing, missing = filecmp.cmpfiles(source, project / LIBRARY, names, shallow=False)
        assert (differing, missing) == ([], [])

    @pytest.mark.parametrize("sample", ["data/flights.csv", "data/recent.csv"])
    def test_hold_the_sample_verbatim(self, template, project, sample):
        assert (project / sample).read_bytes() == (
            template / "{{cookiecutter.project}}" / sample
        ).read_bytes()

    @pytest.mark.parametrize("what", FORBIDDEN)
    def test_hold_no(self, project, what):
        found = [
            f"{name}:{number}: {line.strip()}"
            for name, text in texts_of(project).items()
            for number, line in enumerate(text.splitlines(), start=1)
            if re.search(FORBIDDEN[what], line) and "--hash=sha256:" not in line
        ]
        assert found == []

    def test_hold_nothing_of_the_other_task(self, project, task):
        (other,) = set(TASKS) - {task}
        found = [
            f"{name}: {match[0]}"
            for name, text in texts_of(project).items()
            if name.startswith(("src/", "tests/"))
            for match in re.finditer(BELONGS_TO[other], text)
        ]
        assert found == []

    def test_are_named_after_the_answers_and_nothing_else(self, bake):
        project = bake(project_name="Churn Risk")
        assert project.name == "churn-risk"
        assert (project / "src/churn_risk/__init__.py").exists()
        found = {
            name: sorted(set(re.findall(r"flight[-_ ]delay", text, flags=re.IGNORECASE)))
            for name, text in texts_of(project).items()
        }
        assert {name: words for name, words in found.items() if words} == {}

    def test_that_are_commands_are_executable(self, project):
        scripts = [name for name, text in texts_of(project).items() if text.startswith("#!")]
        assert [name for name in scripts if not os.access(project / name, os.X_OK)] == []


class TestSettings:
    def test_survive_awkward_but_legal_answers(self, bake, run_in):
        team, description = "O'Connor & Söhne <ml@example.com>", "Was it 50 % late? #1, 'yes'!"
        project = bake(team=team, description=description, project_name="L'été")
        settings = tomllib.loads((project / "pyproject.toml").read_text())["project"]
        assert settings["authors"] == [{"name": team}]
        assert settings["description"] == description
        assert settings["name"] == "l-ete"
        tomllib.loads((project / "sagepipe.toml").read_text())
        compiled = run_in(project, "-m", "compileall", "-q", "src", "tests", "docker")
        assert compiled.returncode == 0, compiled.stdout

    def test_name_every_direct_dependency_among_the_pins(self, project):
        settings = tomllib.loads((project / "pyproject.toml").read_text())["project"]
        wanted = {
            re.match(r"[\w-]+", line)[0]
            for extra in settings["optional-dependencies"].values()
            for line in extra
        }
        pinned = re.findall(r"^([\w-]+)==", (project / "constraints.txt").read_text(), flags=re.M)
        assert wanted - set(pinned) == set()

    def test_list_for_the_images_what_the_constraints_pin(self, project):
        pinned = set(pins((project / "constraints.txt").read_text()))
        settings = tomllib.loads((project / "pyproject.toml").read_text())["project"]
        for extra in ("train", "serve", "serve-sklearn"):
            listed = pins((project / f"docker/{extra}.txt").read_text())
            wanted = {
                re.match(r"[\w-]+", line)[0] for line in settings["optional-dependencies"][extra]
            }
            assert wanted - {name for name, _ in listed} == set()
            assert set(listed) - pinned == set()

    @pytest.mark.parametrize("extra", ["train", "serve", "serve-sklearn"])
    def test_list_for_the_images_no_file_without_its_hash(self, project, extra):
        text = (project / f"docker/{extra}.txt").read_text().replace("\\\n", "")
        lines = [line for line in text.splitlines() if not line.startswith("#")]
        assert [line for line in lines if not re.search(r"--hash=sha256:[0-9a-f]{64}$", line)] == []

    def test_carry_the_region_to_every_environment_on_aws(self, bake):
        project = bake(aws_region="ap-southeast-4")
        environments = tomllib.loads((project / "sagepipe.toml").read_text())["env"]
        regions = {name: settings.get("region") for name, settings in environments.items()}
        assert regions.pop("local") is None
        assert set(regions.values()) == {"ap-southeast-4"}


class TestMake:
    def test_help_lists_every_target_there_is(self, project):
        shown = subprocess.run(["make", "help"], cwd=project, capture_output=True, text=True)
        targets = re.findall(r"^\.PHONY: (.+)$", (project / "Makefile").read_text(), flags=re.M)
        assert re.findall(r"^  make (\S+) +\S", shown.stdout, flags=re.M) == targets


class TestProject:
    def test_is_clean_to_ruff(self, workshop, run_in):
        check = run_in(workshop, "-m", "ruff", "check", "--no-cache")
        assert check.returncode == 0, check.stdout
        style = run_in(workshop, "-m", "ruff", "format", "--check", "--diff", "--no-cache")
        assert style.returncode == 0, style.stdout

    @pytest.mark.parametrize("package", ["a1", "x" * 20])
    def test_is_clean_to_ruff_whatever_the_package_is_called(self, bake, run_in, task, package):
        project = bake(task=task, project=package, package=package)
        check = run_in(project, "-m", "ruff", "check", "--no-cache")
        assert check.returncode == 0, check.stdout

    def test_is_clean_to_mypy(self, workshop, run_in, mypy_cache):
        check = run_in(workshop, "-m", "mypy", "--cache-dir", str(mypy_cache))
        assert check.returncode == 0, check.stdout

    def test_compiles_its_pipeline_without_credentials_or_region(self, workshop, run_in):
        target = workshop / "build" / "definition.json"
        compiled = run_in(
            workshop, "-m", "sagepipe.cli", "compile", "-o", str(target), HOME="/nonexistent"
        )
        assert compiled.returncode == 0, compiled.stderr
        definition = json.loads(target.read_text())
        assert definition["Version"] == "2020-12-01"
        assert [step["Type"] for step in definition["Steps"]][:2] == ["Processing", "Training"]

    def test_its_pipelines_are_what_sagemaker_takes(self, workshop, run_in):
        checked = run_in(workshop, "-m", "sagepipe.cli", "check")
        assert checked.returncode == 0, checked.stdout + checked.stderr

    @pytest.mark.slow
    def test_passes_its_own_tests(self, workshop, run_in):
        tested = run_in(workshop, "-m", "pytest", "-q", "-p", "no:cacheprovider", timeout=1200)
        assert tested.returncode == 0, tested.stdout[-10_000:] + tested.stderr
