"""The serving image of a project with engine = "sklearn"."""

import json

import pytest

pytestmark = [pytest.mark.once, pytest.mark.slow]


@pytest.fixture(scope="module")
def server(serve, sklearn_image):
    return serve("--memory=1g", image=sklearn_image).wait()


def ask(server, model) -> list[dict]:
    """Ask for the prediction of the model's own example."""
    example = json.loads((model / "schema.json").read_text())["example"]
    headers = {"Content-Type": "application/json"}
    status, text = server.request(
        "POST", "/invocations", json.dumps({"instances": [example]}), headers
    )
    assert status == 200, text
    return json.loads(text)


def test_has_scikit_learn_and_no_onnx_runtime(engine, sklearn_image):
    source = (
        "import importlib.util as u; print([name for name in ('sklearn', 'skops', 'onnxruntime',"
        " 'mlflow', 'great_expectations', 'boto3') if u.find_spec(name)])"
    )
    printed = engine.run(sklearn_image, "python", "-c", source).stdout.strip()
    assert printed == "['sklearn', 'skops']"


def test_predicts_what_the_onnx_image_predicts(serve, server, model):
    answer, expected = ask(server, model), ask(serve("--memory=512m").wait(), model)
    assert answer["predictions"] == expected["predictions"]
    assert answer["probabilities"][0] == pytest.approx(expected["probabilities"][0], abs=1e-5)


def test_sigterm_ends_it_with_status_0(serve, sklearn_image):
    assert serve("--memory=1g", image=sklearn_image).wait().stop() == 0


def test_adds_at_most_350_mb_to_its_base(added, sklearn_image):
    assert added(sklearn_image) < 350_000_000
