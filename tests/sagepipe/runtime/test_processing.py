"""A processing job, from SageMaker's config file to its outputs."""

import io
import json
import re
import tarfile
from typing import Any

import pytest

OUTPUTS = ("train", "metrics", "curves", "report", "notes")


def prepared(box: Any, *arguments: str) -> Any:
    box.processing({"raw": {"flights.csv": b"a,b"}}, OUTPUTS)
    return box.run("parts:prepare", *arguments)


def model_archive() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        info = tarfile.TarInfo("weights.txt")
        info.size = 3
        tar.addfile(info, io.BytesIO(b"w=1"))
    return buffer.getvalue()


def test_texts_become_the_types_that_the_component_asks_for(box: Any) -> None:
    done = prepared(
        box, "--seed", "7", "--fraction", "1", "--shuffle", "false", "--columns", '["x"]'
    )
    assert done.returncode == 0, done.stderr
    assert box.read("processing/output/train/train") == "a,b|8|x|False"
    assert json.loads(box.read("processing/output/metrics/metrics.json"))["auc"] == 1.25


def test_defaults_stand_in_for_parameters_that_the_job_does_not_name(box: Any) -> None:
    assert prepared(box, "--seed", "7").returncode == 0
    assert box.read("processing/output/train/train") == "a,b|8|a|True"


def test_metadata_are_written_beside_what_they_describe(box: Any) -> None:
    prepared(box, "--seed", "7")
    assert json.loads(box.read("processing/output/train/.metadata.json")) == {"rows": 3}
    curves = json.loads(box.read("processing/output/curves/classification_metrics.json"))
    assert curves["confusion_matrix"]["matrix"] == [[3, 1], [0, 2]]


def test_an_input_knows_its_uri_and_its_log_is_written(box: Any) -> None:
    done = prepared(box, "--seed", "7")
    assert "reading flights.csv of s3://bucket/raw" in done.stdout
    assert "sagepipe:   seed = 7" in done.stdout
    assert done.stderr == ""


def test_a_later_step_reads_metadata_back(box: Any) -> None:
    box.processing(
        {
            "train": {"train": b"x", ".metadata.json": b'{"rows": 3}'},
            "metrics": {"metrics.json": b'{"auc": 0.75}'},
        },
        ["seen"],
    )
    assert box.run("parts:read_back").returncode == 0
    assert box.read("processing/output/seen/seen") == "3 0.75"


def test_a_model_is_unpacked_and_a_plain_artifact_is_not(box: Any) -> None:
    archive = model_archive()
    box.processing(
        {"model": {"model.tar.gz": archive}, "archive": {"model.tar.gz": archive}}, ["seen"]
    )
    done = box.run("parts:score")
    assert done.returncode == 0, done.stderr
    assert box.read("processing/output/seen/seen") == "w=1 model.tar.gz"
    assert [file.name for file in (box.ml / "processing/input/model").iterdir()] == ["model.tar.gz"]


def test_nothing_heavy_is_loaded_before_the_component_asks_for_it(box: Any) -> None:
    box.processing(outputs=["seen"])
    assert box.run("parts:loaded").returncode == 0
    assert box.read("processing/output/seen/seen") == ""


def test_an_output_that_is_never_written_is_named_in_the_log(box: Any) -> None:
    done = box.processing(outputs=["train"]).run("parts:forgetful")
    assert done.returncode == 0
    assert done.stderr.startswith("sagepipe: output 'train' is empty; nothing was written to ")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), r"needs parameter 'seed' \(int\), and the job has none"),
        (("--seed", "x"), r"parameter 'seed' of component 'prepare'.* has to be int"),
        (("--seed", "1", "--shuffle", "maybe"), r"'maybe' is not a bool"),
        (("--seed", "1", "--colour", "red"), r"no parameter 'colour'; it takes seed, fraction"),
        (("--seed",), r"parameter 'seed' has no value"),
        (("--seed", "1", "--seed", "2"), r"'seed' is given twice"),
        (("seed", "1"), r"'seed' is no parameter; write --name value"),
    ],
    ids=["missing", "ill-typed", "no-bool", "unknown", "no-value", "twice", "no-dashes"],
)
def test_a_wrong_parameter_is_one_line_in_the_exit_message(
    box: Any, arguments: tuple[str, ...], said: str
) -> None:
    done = prepared(box, *arguments)
    assert done.returncode == 1
    message = box.read("output/message")
    assert message.count("\n") == 0
    assert done.stderr == message + "\n"
    assert re.search(said, message), message


@pytest.mark.parametrize(
    ("component", "said"),
    [
        ("nowhere.parts:prepare", "there is no module 'nowhere'"),
        ("parts:nobody", "has no 'nobody'"),
        ("parts:plain", "is no component; put @dsl.component above it"),
        ("parts", "no component is named"),
    ],
)
def test_a_component_that_is_not_there_is_named(box: Any, component: str, said: str) -> None:
    box.processing()
    assert box.run(component).returncode == 1
    assert said in box.read("output/message")


def test_an_empty_input_is_named_with_its_uri(box: Any) -> None:
    box.processing({"raw": {".hidden": b""}}, OUTPUTS)
    assert box.run("parts:prepare", "--seed", "1").returncode == 1
    message = box.read("output/message")
    assert "input 'raw' of component 'prepare'" in message
    assert "stands for s3://bucket/raw; check that the S3 URI is right" in message


@pytest.mark.parametrize(
    ("inputs", "outputs", "said"),
    [
        ({}, OUTPUTS, "reads input 'raw', and the job has none of that name (it has none)"),
        ({"raw": {"a": b"1"}}, ["train"], "writes output 'metrics', and the job has none"),
    ],
    ids=["input", "output"],
)
def test_a_job_without_what_the_component_names_is_refused(
    box: Any, inputs: dict[str, dict[str, bytes]], outputs: list[str], said: str
) -> None:
    box.processing(inputs, outputs)
    assert box.run("parts:prepare", "--seed", "1").returncode == 1
    assert said in box.read("output/message")


def test_outside_a_job_the_missing_config_file_is_named(box: Any) -> None:
    done = box.run("parts:idle")
    assert done.returncode == 1
    assert "processingjobconfig.json is not there" in done.stderr
