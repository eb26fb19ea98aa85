"""The training image: processing and training jobs as SageMaker starts them."""

import json
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

pytestmark = [pytest.mark.once, pytest.mark.slow]


def test_a_processing_job_writes_its_outputs(prepared):
    assert (prepared / "train/train_data.csv").stat().st_size > 100_000
    assert (prepared / "test/test_data.csv").stat().st_size > 10_000
    assert list((prepared / "report").glob("*.html")) != []


def test_a_training_job_leaves_a_model(model):
    assert (model / "model.onnx").stat().st_size > 1000
    assert (model / "model.skops").stat().st_size > 1000
    proof = json.loads((model / "parity.json").read_text())
    assert proof["label_differences"] == 0 and proof["test_rows"] > 0
    schema = json.loads((model / "schema.json").read_text())
    assert {"name": "carrier", "type": "string"} in schema["features"]


def test_a_failing_job_says_why_where_sagemaker_looks(jobs, prepared, tmp_path):
    channels = {name: prepared / name for name in ("train", "test")}
    job = jobs.training(tmp_path, "train", {"max_iter": "many"}, channels)
    assert job.returncode == 1
    failure = (tmp_path / "output/failure").read_text()
    assert "max_iter" in failure.splitlines()[0]


def test_sigterm_ends_a_training_job_and_leaves_no_model(engine, jobs, prepared, tmp_path):
    name = f"stopped-{uuid.uuid4().hex[:8]}"
    channels = {channel: prepared / channel for channel in ("train", "test")}
    for_ever = {"max_iter": "1000000"}
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(
            jobs.training, tmp_path, "train", for_ever, channels, [f"--name={name}"]
        )
        pause = threading.Event()
        while not running.done():
            engine("kill", "--signal=TERM", name)  # nothing is there yet, or Python is starting
            pause.wait(1)
    job = running.result()
    assert job.returncode == 128 + 15
    assert "Stopped: the job was asked to stop (SIGTERM)" in job.stderr
    assert list((tmp_path / "model").iterdir()) == []


def test_the_train_command_does_not_need_what_sagemaker_may_hide(engine, train_image, tmp_path):
    (tmp_path / "code").mkdir()
    hidden = engine.run(
        train_image, "train", options=[f"--volume={tmp_path / 'code'}:/opt/ml/code"]
    )
    assert "SAGEPIPE_COMPONENT" in hidden.stderr
    assert "No such file" not in hidden.stderr


def test_knows_the_commit_it_was_built_from(engine, build, train_image, commit):
    def commit_of(image: str) -> str:
        return engine.run(image, "printenv", "SAGEPIPE_GIT_COMMIT").stdout.strip()

    assert commit_of(train_image) == commit
    # A cached layer must not bring the commit of an earlier build.
    assert commit_of(build("train", GIT_COMMIT="later")) == "later"


def test_bytecode_is_there(engine, train_image):
    source = (
        "import pathlib, json, sagepipe.runtime.entry as entry, pandas; print(*["
        "pathlib.Path(module.__cached__).exists() for module in (json, entry, pandas)])"
    )
    assert engine.run(train_image, "python", "-c", source).stdout.strip() == "True True True"
