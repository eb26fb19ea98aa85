"""Checks 23 to 28: processing jobs."""

import json
from typing import Any

import pytest

from sagepipe import local


@pytest.mark.check(23)
def test_23_output_folders_are_there_and_empty_ones_upload_nothing(bench: Any) -> None:
    body = 'assert (OUT / "used").is_dir() and (OUT / "empty").is_dir(); (OUT / "used/a").touch()'
    outputs = {"used": "s3://b/used", "empty": "s3://b/empty"}

    execution = bench.run(bench.processing("prepare", body, outputs=outputs))

    assert execution.status == "Succeeded", execution.steps
    assert bench.s3("s3://b/used/a").is_file()
    assert not bench.s3("s3://b/empty").exists()


@pytest.mark.check(24)
def test_24_the_configuration_has_its_documented_names(bench: Any) -> None:
    bench.put("s3://b/in/a.csv")

    execution = bench.run(
        bench.processing("prepare", inputs={"raw": "s3://b/in"}, outputs={"out": "s3://b/out"})
    )

    folder = bench.ml(execution, "prepare") / "config"
    config = json.loads((folder / "processingjobconfig.json").read_text())
    assert list(config) == [
        "ProcessingJobArn",
        "ProcessingJobName",
        "AppSpecification",
        "Environment",
        "ProcessingInputs",
        "ProcessingOutputConfig",
        "ProcessingResources",
        "RoleArn",
        "StoppingCondition",
    ]
    assert config["AppSpecification"]["ContainerArguments"] is None
    assert config["RoleArn"] is None
    assert config["ProcessingInputs"][1]["S3Input"]["S3CompressionType"] is None
    resources = json.loads((folder / "resourceconfig.json").read_text())
    assert resources == {"current_host": "algo-1", "hosts": ["algo-1"]}


@pytest.mark.check(25)
def test_25_the_message_is_the_exit_message(bench: Any) -> None:
    body = '(ML / "output/message").write_text("x" * 3000)'
    broken = '(ML / "output/message").write_bytes(b"\\xff\\xfe\\xfd")'

    said = bench.run(bench.processing("prepare", body))
    unreadable = bench.run(bench.processing("prepare", broken))

    assert said.status == "Succeeded"
    assert said.step("prepare").exit_message == "x" * 1024
    assert unreadable.status == "Failed"
    assert str(unreadable.step("prepare").failure_reason).startswith("ClientError")


@pytest.mark.check(26)
def test_26_outputs_lie_right_under_their_uri(bench: Any) -> None:
    body = '(OUT / "out/sub").mkdir(); (OUT / "out/sub/a.csv").write_text("x")'

    bench.run(bench.processing("prepare", body, outputs={"out": "s3://b/out"}))

    assert bench.s3("s3://b/out/sub/a.csv").is_file()


@pytest.mark.check(27)
def test_27_links_are_not_uploaded(bench: Any) -> None:
    body = '(OUT / "out/a").write_text("x"); (OUT / "out/b").symlink_to("a")'

    bench.run(bench.processing("prepare", body, outputs={"out": "s3://b/out"}))

    assert [path.name for path in bench.s3("s3://b/out").iterdir()] == ["a"]


@pytest.mark.check(28)
def test_28_too_many_inputs_and_paths_elsewhere_are_refused(bench: Any) -> None:
    many = {f"i{number}": "s3://b/in" for number in range(10)}
    elsewhere = bench.processing("prepare", outputs={"out": "s3://b/out"})
    output = elsewhere["Arguments"]["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]
    output["LocalPath"] = "/data/out"

    with pytest.raises(local.DefinitionError, match="11 entries; SageMaker allows 10"):
        bench.run(bench.processing("prepare", inputs=many))
    with pytest.raises(local.DefinitionError, match="has to lie under /opt/ml/processing/"):
        bench.run(elsewhere)
