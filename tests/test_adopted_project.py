"""Another real table, from its own file to a served prediction, without an edit by hand.

The Palmer penguins (CC0): 344 rows, three species as text, gaps, categories, a year.
"""

import json
import urllib.request
from collections.abc import Iterator
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
    """The file that the package holds; importing it would do no more."""
    spec = find_spec("palmerpenguins")
    assert spec and spec.origin, "palmerpenguins is in requirements/test.in"
    return Path(spec.origin).parent / "data" / "penguins.csv"


@pytest.fixture(scope="module")
def project(bake, run_in, penguins) -> Path:
    project = bake(project_name="Penguins")
    adopted = run_in(project, "-m", "sagepipe.cli", "adopt", str(penguins), "--target", "species")
    assert adopted.returncode == 0, adopted.stderr
    return project


@pytest.fixture(scope="module")
def execution(project, run_in) -> dict:
    result = run_in(project, "-m", "sagepipe.cli", "run", "--json")
    assert result.returncode == 0, result.stdout + result.stderr
    return json.loads(result.stdout.splitlines()[-1])["execution"]


@pytest.fixture(scope="module")
def endpoint(project, execution, served) -> Iterator[str]:
    with served(project) as address:
        yield address


def test_the_run_registers_a_model_that_tells_the_species_apart(execution):
    steps = {step["name"]: step["status"] for step in execution["steps"]}
    assert steps.keys() >= {"preprocess", "train", "evaluate", "register-model", "publish"}
    assert set(steps.values()) == {"Succeeded"}
    metrics = next(s["metrics"] for s in execution["steps"] if s["name"] == "evaluate")
    assert metrics["accuracy"] > 0.9 > metrics["largest_share"]


def test_monitoring_looks_at_the_rows_that_adopt_put_aside(project, execution, run_in):
    result = run_in(project, "-m", "sagepipe.cli", "run", "monitoring", "--json")
    assert result.returncode == 0, result.stdout + result.stderr
    steps = json.loads(result.stdout.splitlines()[-1])["execution"]["steps"]
    metrics = {step["name"]: step["metrics"] for step in steps}
    assert metrics["monitor-data"]["drifted_columns"] == 0
    assert metrics["monitor-quality"]["labelled"] == 172


def test_a_penguin_gets_its_species_by_name(endpoint):
    request = urllib.request.Request(
        endpoint,
        json.dumps({"instances": [GENTOO]}).encode(),
        {"Content-Type": "application/json", "Accept": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=120) as response:
        answer = json.load(response)
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
