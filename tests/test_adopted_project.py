"""Other real tables, from their own files to a served prediction, without an edit by hand.

The Palmer penguins (CC0): 344 rows, three species as text, gaps, categories, a year; and the same
penguins as they were written down, with dates, comments and columns named in words: their mass.
"""

import csv
import json
import urllib.request
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.once]

GENTOO = {
    "island": "Biscoe",
    "bill_length_mm": 50.0,
    "bill_depth_mm": 15.0,
    "flipper_length_mm": 220.0,
    "body_mass_g": 5400.0,
    "sex": "male",
    "year": 2008,
}


@pytest.fixture(scope="module")
def penguins() -> Path:
    """The files that the package holds; importing it would do no more."""
    spec = find_spec("palmerpenguins")
    assert spec and spec.origin, "palmerpenguins is in requirements/test.in"
    return Path(spec.origin).parent / "data"


@pytest.fixture(scope="module")
def adopted(bake, run_in, penguins) -> Callable[..., Path]:
    """Generate a project, and let it adopt a file."""

    def adopted(name: str, file: str, *words: str) -> Path:
        project = bake(project_name=name)
        done = run_in(project, "-m", "sagepipe.cli", "adopt", str(penguins / file), *words)
        assert done.returncode == 0, done.stderr
        return project

    return adopted


@pytest.fixture(scope="module")
def run(run_in) -> Callable[..., dict]:
    """Run a project's pipeline; give the execution as it reports it."""

    def run(project: Path, *words: str, status: int = 0) -> dict:
        result = run_in(project, "-m", "sagepipe.cli", "run", "--json", *words)
        assert result.returncode == status, result.stdout + result.stderr
        return json.loads(result.stdout.splitlines()[-1])["execution"]

    return run


def ask(endpoint: str, row: dict) -> dict:
    """Ask a served model about a row."""
    request = urllib.request.Request(
        endpoint,
        json.dumps({"instances": [row]}).encode(),
        {"Content-Type": "application/json", "Accept": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=120) as response:
        return json.load(response)


def metrics_of(execution: dict) -> dict:
    return next(step["metrics"] for step in execution["steps"] if step["name"] == "evaluate")


@pytest.fixture(scope="module")
def project(adopted) -> Path:
    return adopted("Penguins", "penguins.csv", "--target", "species")


@pytest.fixture(scope="module")
def execution(project, run) -> dict:
    return run(project)


@pytest.fixture(scope="module")
def endpoint(project, execution, served) -> Iterator[str]:
    with served(project) as address:
        yield address


def test_the_run_registers_a_model_that_tells_the_species_apart(execution):
    steps = {step["name"]: step["status"] for step in execution["steps"]}
    assert steps.keys() >= {"preprocess", "train", "evaluate", "register-model", "publish"}
    assert set(steps.values()) == {"Succeeded"}
    metrics = metrics_of(execution)
    assert metrics["accuracy"] > 0.9 > metrics["largest_share"]


def test_monitoring_looks_at_the_rows_that_adopt_put_aside(project, execution, run_in):
    result = run_in(project, "-m", "sagepipe.cli", "run", "monitoring", "--json")
    assert result.returncode == 0, result.stdout + result.stderr
    steps = json.loads(result.stdout.splitlines()[-1])["execution"]["steps"]
    metrics = {step["name"]: step["metrics"] for step in steps}
    assert metrics["monitor-data"]["drifted_columns"] == 0
    assert metrics["monitor-quality"]["labelled"] == 172


def test_a_penguin_gets_its_species_by_name(endpoint):
    answer = ask(endpoint, GENTOO)
    assert answer["predictions"] == ["Gentoo"]
    assert answer["classes"] == ["Adelie", "Chinstrap", "Gentoo"]
    assert max(answer["probabilities"][0]) == answer["probabilities"][0][2] > 0.9


def test_the_projects_own_tests_pass(project, execution, run_in):
    """But for those that run the whole pipeline once more."""
    golden = "tests/pipelines/test_training.py::test_the_definition_is_the_golden_one"
    others = ("scoring", "monitoring")
    files = (
        *("tests/components", "tests/test_schema.py", "tests/test_predictor.py", golden),
        *(f"tests/pipelines/test_{name}.py" for name in others),
    )
    tested = run_in(project, "-m", "pytest", "-q", "-p", "no:cacheprovider", *files, timeout=1200)
    assert tested.returncode == 0, tested.stdout[-10_000:] + tested.stderr


def test_the_bad_rows_that_were_written_break_what_is_expected_of_the_good(project, execution, run):
    failed = run(project, "-p", "data_uri=data/bad.csv", status=1)
    (reason,) = (step["failure_reason"] for step in failed["steps"] if step["failure_reason"])
    assert "expectations do not hold" in reason


def test_a_number_is_predicted_of_later_days_from_columns_named_in_words(adopted, run, served):
    words = ("--target", "Body Mass (g)", "--time", "Date Egg")
    project = adopted("Mass", "penguins-raw.csv", *words)
    metrics = metrics_of(run(project))
    assert metrics["mae"] < 0.6 * metrics["baseline_mae"]
    with (project / "data/penguins-raw.csv").open(newline="") as file:
        first = next(csv.DictReader(file))
    numbers = {"Sample Number", *(name for name in first if "(" in name)}
    row = {name: _typed(text, name in numbers) for name, text in first.items()}
    with served(project) as endpoint:
        (grams,) = ask(endpoint, row)["predictions"]
    assert 2500 < grams < 6500


def _typed(text: str, number: bool) -> float | str | None:
    if text in ("", "NA"):
        return None
    return float(text) if number else text
