"""One project of each task, end to end through its command line: run, look, serve, ask."""

import csv
import json
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

STEPS = ["preprocess", "train", "evaluate", "good-enough", "register-model", "publish"]
TASKS = {
    "classification": ("auc", 0.6, 0.85),
    "regression": ("mae", 15.0, 30.0),
}


@pytest.fixture(scope="module", params=TASKS)
def task(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def project(bake, task) -> Path:
    return bake(task=task)


@pytest.fixture(scope="module")
def execution(project, run_in) -> dict:
    """The finished run."""
    return ran(run_in(project, "-m", "sagepipe.cli", "run", "--json"))


def ran(result: "subprocess.CompletedProcess[str]") -> dict:
    """Read an execution as `sagepipe run --json` reports it on its last line."""
    assert result.returncode == 0, result.stdout + result.stderr
    return json.loads(result.stdout.splitlines()[-1])["execution"]


@pytest.fixture(scope="module")
def endpoint(project, execution, served) -> Iterator[str]:
    """The address of the model that the run registered, served by `sagepipe serve`."""
    with served(project) as address:
        yield address


def post(address: str, body: str, content_type: str, accept: str) -> str:
    headers = {"Content-Type": content_type, "Accept": accept}
    request = urllib.request.Request(address, body.encode(), headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert answer.headers["Content-Type"].startswith(accept)
        return answer.read().decode()


def sample_rows(project: Path, count: int) -> list[dict[str, str]]:
    """Rows of the sample without the answer."""
    with (project / "data/flights.csv").open(newline="") as file:
        rows = [row for row, _ in zip(csv.DictReader(file), range(count), strict=False)]
    return [{name: value for name, value in row.items() if name != "arr_delay"} for row in rows]


class TestRun:
    def test_ends_with_every_step_succeeded(self, execution):
        steps = {step["name"]: step["status"] for step in execution["steps"]}
        assert steps == dict.fromkeys(STEPS, "Succeeded")

    def test_measures_what_the_sample_can_give(self, execution, task):
        name, low, high = TASKS[task]
        evaluated = next(step for step in execution["steps"] if step["name"] == "evaluate")
        assert low < evaluated["metrics"][name] < high

    def test_publishes_the_model_where_the_readme_says(self, project, execution):
        published = ".sagepipe/s3/local/models/flight-delay-training/output/model.tar.gz"
        assert (project / published).stat().st_size > 1000

    def test_is_listed_afterwards(self, project, execution, run_in):
        listed = run_in(project, "-m", "sagepipe.cli", "runs", "--json")
        assert execution["id"] in [run["id"] for run in json.loads(listed.stdout)]

    def test_leaves_nothing_that_git_would_take_in(self, project, execution):
        subprocess.run(["git", "init", "-q"], cwd=project, check=True)
        subprocess.run(["git", "add", "--all"], cwd=project, check=True)
        staged = subprocess.run(
            ["git", "ls-files"], cwd=project, capture_output=True, text=True, check=True
        ).stdout.splitlines()
        made = (".sagepipe/", "mlflow", "mlartifacts/", "mlruns/")
        assert [name for name in staged if name.startswith(made) or "__pycache__" in name] == []


@pytest.mark.once
class TestAfterwards:
    """Scoring and monitoring, with the model that the run published."""

    def test_scoring_gives_every_recent_row_a_prediction(self, project, execution, run_in):
        scored = ran(run_in(project, "-m", "sagepipe.cli", "run", "scoring", "--json"))
        written = f"s3/local/predictions/flight-delay-scoring/{scored['id']}/recent.csv"
        with (project / ".sagepipe" / written).open(newline="") as file:
            predictions = [row["prediction"] for row in csv.DictReader(file)]
        assert len(predictions) == 1000 and all(predictions)

    def test_monitoring_is_content_with_rows_like_those_of_training(
        self, project, execution, run_in, task
    ):
        watched = ran(run_in(project, "-m", "sagepipe.cli", "run", "monitoring", "--json"))
        metrics = {step["name"]: step["metrics"] for step in watched["steps"]}
        assert metrics["monitor-data"]["drifted_columns"] == 0
        name, low, high = TASKS[task]
        assert low < metrics["monitor-quality"][name] < high

    def test_monitoring_fails_where_it_has_become_winter_and_needs_no_answers(
        self, project, execution, run_in, task
    ):
        if task == "regression":
            pytest.skip("the weather is the same")
        with (project / "data/recent.csv").open(newline="") as file:
            rows = [row[:-1] for row in csv.reader(file) if row[0] in ("month", "12")]
        with (project / "december.csv").open("w", newline="") as file:
            csv.writer(file).writerows(rows)
        words = ("run", "monitoring", "-p", "recent_uri=december.csv", "--json")
        failed = run_in(project, "-m", "sagepipe.cli", *words)
        assert failed.returncode == 1, failed.stdout + failed.stderr
        steps = json.loads(failed.stdout.splitlines()[-1])["execution"]["steps"]
        reason = next(step["failure_reason"] for step in steps if step["name"] == "fail")
        assert "columns have drifted: temp, dewp" in reason
        assert "No verdict yet: 0 scored rows have a label" in reason


class TestServing:
    def test_answers_json_with_json(self, endpoint, project):
        rows = sample_rows(project, 3)
        answer = post(
            endpoint, json.dumps({"instances": typed(rows)}), "application/json", "application/json"
        )
        assert len(json.loads(answer)["predictions"]) == 3

    def test_answers_csv_with_csv(self, endpoint, project):
        rows = sample_rows(project, 3)
        lines = [",".join(rows[0]), *(",".join(row.values()) for row in rows)]
        answer = post(endpoint, "\n".join(lines) + "\n", "text/csv", "text/csv")
        assert len(answer.strip().splitlines()) in (3, 4), answer

    def test_refuses_a_row_without_a_column_and_names_it(self, endpoint, project):
        rows = typed(sample_rows(project, 1))
        del rows[0]["carrier"]
        with pytest.raises(urllib.error.HTTPError) as refused:
            post(endpoint, json.dumps({"instances": rows}), "application/json", "application/json")
        assert refused.value.code == 400
        assert "carrier" in refused.value.read().decode()


def typed(rows: list[dict[str, str]]) -> list[dict[str, object]]:
    """Write numbers as numbers and gaps as null, as a JSON client does."""

    def value(text: str) -> object:
        if not text:
            return None
        return float(text) if text.replace(".", "").replace("-", "").isdigit() else text

    return [{name: value(text) for name, text in row.items()} for row in rows]
