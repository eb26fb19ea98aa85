"""Checks 1 to 22: training jobs."""

import json
import os
import tarfile
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from sagepipe import local


def argv(bench: Any, execution: local.Execution) -> list[str]:
    """What the image's entrypoint was given."""
    (found,) = bench.said(execution, "fit", "argv")
    return list(found)


def needs_an_image(bench: Any) -> None:
    if bench.runner != "container":
        pytest.skip("there is no image whose entrypoint could be seen")


def config(bench: Any, execution: local.Execution, name: str, host: str = "") -> Any:
    return json.loads((bench.ml(execution, "fit", host) / "input/config" / name).read_text())


def members(bench: Any, execution: local.Execution, archive: str = "model.tar.gz") -> list[str]:
    job = execution.step("fit").job_name
    with tarfile.open(bench.s3(f"s3://b/models/{job}/output/{archive}")) as tar:
        return sorted(name.removeprefix("./") for name in tar.getnames())


@pytest.mark.check(1)
def test_01_without_an_entrypoint_the_image_runs_with_train(bench: Any) -> None:
    needs_an_image(bench)
    assert argv(bench, bench.run(bench.training("fit"))) == ["train"]


@pytest.mark.check(2)
def test_02_an_entrypoint_runs_without_train(bench: Any) -> None:
    own = {"ContainerEntrypoint": ["python3", "/opt/ml/input/data/code/job.py", "--own"]}
    body = 'print("argv", json.dumps(sys.argv[1:]))'

    execution = bench.run(bench.training("fit", body, specification=own))

    assert argv(bench, execution) == ["--own"]


@pytest.mark.check(3)
def test_03_arguments_alone_go_to_the_images_entrypoint(bench: Any) -> None:
    needs_an_image(bench)
    own = {"ContainerArguments": ["--fast", "train"]}
    assert argv(bench, bench.run(bench.training("fit", specification=own))) == ["--fast", "train"]


@pytest.mark.check(4)
def test_04_hyperparameters_are_texts(bench: Any) -> None:
    given = {"rounds": "5", "rate": "0.1", "shuffle": "True"}

    execution = bench.run(bench.training("fit", more={"HyperParameters": given}))

    assert config(bench, execution, "hyperparameters.json") == given
    with pytest.raises(local.DefinitionError, match=r"HyperParameters\.rounds has to be a text"):
        bench.run(bench.training("fit", more={"HyperParameters": {"rounds": 5}}))


@pytest.mark.check(5)
def test_05_an_unset_content_type_has_no_key(bench: Any) -> None:
    bench.put("s3://b/in/a.csv")

    execution = bench.run(bench.training("fit", channels={"train": "s3://b/in"}))

    assert config(bench, execution, "inputdataconfig.json")["train"] == {
        "TrainingInputMode": "File",
        "S3DistributionType": "FullyReplicated",
        "RecordWrapperType": "None",
    }


@pytest.mark.check(6)
def test_06_each_host_knows_itself_and_all(bench: Any) -> None:
    execution = bench.run(bench.training("fit", hosts=2))

    for host in ("algo-1", "algo-2"):
        known = config(bench, execution, "resourceconfig.json", host)
        assert (known["current_host"], known["hosts"]) == (host, ["algo-1", "algo-2"])


@pytest.mark.check(7)
def test_07_the_job_is_named_in_the_environment_and_no_toolkit_speaks(bench: Any) -> None:
    body = """
    found = {k: v for k, v in os.environ.items() if k.startswith(("SM_", "TRAINING_JOB"))}
    print("found", json.dumps(found))
    """

    execution = bench.run(bench.training("fit", body))

    name = execution.step("fit").job_name
    (found,) = bench.said(execution, "fit", "found")
    assert found.pop("TRAINING_JOB_NAME") == name
    assert found.pop("TRAINING_JOB_ARN").endswith(f":training-job/{name}")
    assert found == {}


@pytest.mark.check(8)
def test_08_every_hosts_name_resolves(bench: Any) -> None:
    if bench.runner == "process":
        pytest.skip("a plain process has this machine's own names")
    body = """
    import socket
    hosts = json.loads((ML / "input/config/resourceconfig.json").read_text())["hosts"]
    found = {host: socket.gethostbyname(host) for host in hosts}
    (ML / "output/data/found.json").write_text(json.dumps(found))
    """

    execution = bench.run(bench.training("fit", body, hosts=2))

    assert execution.status == "Succeeded", execution.step("fit").failure_reason
    for host in ("algo-1", "algo-2"):
        file = bench.ml(execution, "fit", host) / "output/data/found.json"
        assert sorted(json.loads(file.read_text())) == ["algo-1", "algo-2"]


@pytest.mark.check(9)
def test_09_a_slash_at_the_end_of_a_prefix_changes_nothing(bench: Any) -> None:
    bench.put("s3://b/in/sub/a.csv")
    both = {"with": "s3://b/in/", "without": "s3://b/in"}

    execution = bench.run(bench.training("fit", channels=both))

    for channel in both:
        assert (bench.ml(execution, "fit") / f"input/data/{channel}/sub/a.csv").is_file()


@pytest.mark.check(10)
def test_10_a_prefix_within_a_name_keeps_it_whole(bench: Any) -> None:
    bench.put("s3://b/data/train-a.csv")

    execution = bench.run(bench.training("fit", channels={"train": "s3://b/data/train"}))

    assert (bench.ml(execution, "fit") / "input/data/train/train-a.csv").is_file()


@pytest.mark.check(11)
def test_11_one_object_is_one_file(bench: Any) -> None:
    bench.put("s3://b/data/a.csv")

    execution = bench.run(bench.training("fit", channels={"train": "s3://b/data/a.csv"}))

    assert os.listdir(bench.ml(execution, "fit") / "input/data/train") == ["a.csv"]


@pytest.mark.check(12)
def test_12_shards_are_disjoint_and_complete(bench: Any) -> None:
    for number in range(5):
        bench.put(f"s3://b/in/{number}.csv")
    sharded = bench.channel("train", "s3://b/in/", S3DataDistributionType="ShardedByS3Key")

    execution = bench.run(bench.training("fit", channels={"train": sharded}, hosts=2))

    first, second = (
        set(os.listdir(bench.ml(execution, "fit", host) / "input/data/train"))
        for host in ("algo-1", "algo-2")
    )
    assert not first & second
    assert first | second == {f"{number}.csv" for number in range(5)}
    assert first and second


@pytest.mark.check(13)
def test_13_a_pipe_is_a_fifo_for_each_epoch(bench: Any) -> None:
    bench.put("s3://b/in/a.csv", "1\n")
    bench.put("s3://b/in/b.csv", "2\n")
    body = """
    read = [(ML / f"input/data/train_{epoch}").read_text() for epoch in range(2)]
    (ML / "model/read.json").write_text(json.dumps([read, (ML / "input/data/train").exists()]))
    """
    piped = bench.channel("train", "s3://b/in/", mode="Pipe")

    execution = bench.run(bench.training("fit", body, channels={"train": piped}))

    read = json.loads((bench.ml(execution, "fit") / "model/read.json").read_text())
    assert read == [["1\n2\n", "1\n2\n"], False]


@pytest.mark.check(14)
def test_14_a_fastfile_channel_is_read_only(bench: Any) -> None:
    bench.put("s3://b/in/a.csv", "1\n")
    body = """
    try:
        (ML / "input/data/train/new.csv").write_text("x")
    except OSError as error:
        (ML / "model/error.txt").write_text(str(error))
    """
    fast = bench.channel("train", "s3://b/in/", mode="FastFile")

    execution = bench.run_as_a_user(bench.training("fit", body, channels={"train": fast}))

    assert "error.txt" in members(bench, execution)


@pytest.mark.check(15)
def test_15_the_reason_is_the_failure_file_cut(bench: Any) -> None:
    body = '(ML / "output/failure").write_text("x" * 2000); sys.exit(3)'

    execution = bench.run(bench.training("fit", body))

    reason = str(execution.step("fit").failure_reason)
    assert execution.status == "Failed"
    assert reason == f"AlgorithmError: {'x' * 1024}, exit code: 3"


@pytest.mark.check(16)
def test_16_a_failure_file_alone_is_no_failure(bench: Any) -> None:
    body = '(ML / "output/failure").write_text("nothing serious")'
    assert bench.run(bench.training("fit", body)).status == "Succeeded"


@pytest.mark.check(17)
def test_17_a_stopped_job_may_still_write(bench: Any) -> None:
    body = """
    def stop(*_):
        (ML / "model/late.txt").write_text("x")
        sys.exit(0)
    signal.signal(signal.SIGTERM, stop)
    (ML / "model/early.txt").write_text("x")
    while True:
        time.sleep(0.05)
    """

    def stop_once_it_runs() -> None:
        while not list(Path(bench.settings.runs).glob("*/fit/opt/ml/model/early.txt")):
            time.sleep(0.05)
        os.kill(os.getpid(), 2)

    threading.Thread(target=stop_once_it_runs, daemon=True).start()
    execution = bench.run(bench.training("fit", body))

    assert execution.status == "Stopped"
    assert execution.step("fit").properties["TrainingJobStatus"] == "Stopped"
    assert {"early.txt", "late.txt"} <= set(members(bench, execution))


@pytest.mark.check(18)
def test_18_a_job_that_takes_too_long_is_stopped(bench: Any) -> None:
    limited = {"StoppingCondition": {"MaxRuntimeInSeconds": 1}}
    bench.with_settings(stop_grace=1.0)

    execution = bench.run(bench.training("fit", "time.sleep(60)", more=limited))

    assert execution.step("fit").properties["SecondaryStatus"] == "MaxRuntimeExceeded"


@pytest.mark.check(19)
def test_19_the_model_lies_under_the_jobs_name(bench: Any) -> None:
    body = '(ML / "model/model.bin").write_text("x")'

    execution = bench.run(bench.training("fit", body))

    job = execution.step("fit").job_name
    uri = execution.step("fit").properties["ModelArtifacts"]["S3ModelArtifacts"]
    assert uri == f"s3://b/models/{job}/output/model.tar.gz"
    assert members(bench, execution) == ["model.bin"]


@pytest.mark.check(20)
def test_20_the_output_holds_the_contents_of_its_data_folder(bench: Any) -> None:
    body = """
    (ML / "output/data/plot.txt").write_text("x")
    (ML / "output/failure").write_text("x")
    (ML / "model/m").write_text("x")
    """

    execution = bench.run(bench.training("fit", body))

    assert members(bench, execution, "output.tar.gz") == ["plot.txt"]


@pytest.mark.check(21)
def test_21_checkpoints_come_back_and_are_in_no_archive(bench: Any) -> None:
    body = """
    place = ML / "checkpoints"
    seen = sorted(file.name for file in place.iterdir())
    (ML / "model/seen.json").write_text(json.dumps(seen))
    (place / f"{len(seen)}.ckpt").write_text("x")
    """
    kept = {"CheckpointConfig": {"S3Uri": "s3://b/ckpt/", "LocalPath": "/opt/ml/checkpoints"}}

    bench.run(bench.training("fit", body, more=kept))
    execution = bench.run(bench.training("fit", body, more=kept))

    seen = json.loads((bench.ml(execution, "fit") / "model/seen.json").read_text())
    assert seen == ["0.ckpt"]
    assert members(bench, execution) == ["seen.json"]


@pytest.mark.check(22)
def test_22_the_last_value_of_a_metric_is_final(bench: Any) -> None:
    body = 'for value in (0.5, 0.7, 0.6): print(f"auc={value};")'
    measured = {"MetricDefinitions": [{"Name": "auc", "Regex": "auc=(.*?);"}]}

    execution = bench.run(bench.training("fit", body, specification=measured))

    found = execution.step("fit").properties["FinalMetricDataList"]
    assert [(item["MetricName"], item["Value"]) for item in found] == [("auc", 0.6)]
