"""The serving image: what an endpoint sees of it."""

import csv
import json

import pytest

pytestmark = [pytest.mark.once, pytest.mark.slow]


@pytest.fixture(scope="module")
def server(serve):
    return serve("--memory=512m").wait()


@pytest.fixture(scope="module")
def rows(prepared):
    """A few rows of the test table, as text."""
    with (prepared / "test/test_data.csv").open(newline="") as file:
        return [row for row, _ in zip(csv.DictReader(file), range(5), strict=False)]


def test_answers_csv_with_a_prediction_a_line(server, rows):
    lines = [",".join(rows[0]), *(",".join(row.values()) for row in rows)]
    status, text = server.request(
        "POST", "/invocations", "\n".join(lines), {"Content-Type": "text/csv"}
    )
    assert status == 200, text
    assert len(text.splitlines()) == len(rows)


def test_answers_json_with_probabilities(server, model):
    example = json.loads((model / "schema.json").read_text())["example"]
    status, text = server.request(
        "POST",
        "/invocations",
        json.dumps({"instances": [example, example]}),
        {"Content-Type": "application/json"},
    )
    assert status == 200, text
    assert len(json.loads(text)["probabilities"]) == 2


def test_refuses_a_bad_request_and_goes_on(server):
    status, text = server.request(
        "POST", "/invocations", '[{"carrier": 1}]', {"Content-Type": "application/json"}
    )
    assert status == 400
    assert "is missing" in json.loads(text)["error"]
    assert server.request("GET", "/ping") == (200, "")


def test_is_not_root(engine, server):
    assert engine("exec", server.id, "id", "-u").stdout.strip() == "1000"


def test_may_be_built_to_run_as_root(engine, build):
    image = build("serve", SERVE_USER="root")
    assert engine.run(image, "id", "-u").stdout.strip() == "0"


def test_sigterm_ends_it_with_status_0(serve):
    assert serve().wait().stop() == 0


def test_without_a_model_it_is_one_line_and_status_1(engine, serve_image):
    done = engine.run(serve_image, "serve")
    assert done.returncode == 1
    assert done.stderr.startswith("serve: /opt/ml/model: no such folder")
    assert len(done.stderr.splitlines()) == 1


def test_has_nothing_that_only_training_needs(engine, serve_image):
    source = (
        "import importlib.util as u; print([name for name in ('mlflow', 'great_expectations',"
        " 'sagemaker', 'boto3', 'matplotlib', 'onnx', 'skl2onnx', 'sklearn', 'scipy', 'pandas')"
        " if u.find_spec(name)])"
    )
    assert engine.run(serve_image, "python", "-c", source).stdout.strip() == "[]"


def test_knows_the_commit_it_was_built_from(engine, build, serve_image, commit):
    def commit_of(image: str) -> str:
        return engine.run(image, "printenv", "SAGEPIPE_GIT_COMMIT").stdout.strip()

    assert commit_of(serve_image) == commit
    # A cached layer must not bring the commit of an earlier build.
    assert commit_of(build("serve", GIT_COMMIT="later")) == "later"


def test_bytecode_is_there(engine, serve_image):
    source = (
        "import pathlib, json, sagepipe.serving.app as app, numpy, uvicorn; print(*["
        "pathlib.Path(module.__cached__).exists() for module in (json, app, numpy, uvicorn)])"
    )
    assert engine.run(serve_image, "python", "-c", source).stdout.strip() == "True True True True"


def test_writes_nowhere(engine, server):
    refused = engine("exec", server.id, "touch", "/opt/program/x", "/tmp/x")
    assert refused.stderr.count("Read-only file system") == 2


def test_has_no_network_and_a_limit_of_memory(engine, server):
    source = (
        "import pathlib; print([line.split(':')[0].strip() for line in"
        " pathlib.Path('/proc/net/dev').read_text().splitlines()[2:]])"
    )
    assert engine("exec", server.id, "python", "-c", source).stdout.strip() == "['lo']"
    limit = engine("inspect", "--format={{.HostConfig.Memory}}", server.id).stdout.strip()
    assert int(limit) == 512 * 1024 * 1024


def test_has_no_compiler(engine, serve_image):
    source = "import shutil; print([name for name in ('cc', 'gcc', 'make') if shutil.which(name)])"
    assert engine.run(serve_image, "python", "-c", source).stdout.strip() == "[]"


def test_adds_at_most_150_mb_to_its_base(added, serve_image):
    assert added(serve_image) < 150_000_000
