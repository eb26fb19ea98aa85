"""Training jobs: hyperparameters, channels, model and output archives, metrics."""

import json
import tarfile

import pytest

from sagepipe.local import DefinitionError

MODEL = {"Get": "Steps.t.ModelArtifacts.S3ModelArtifacts"}


def config(project, execution, name):
    return json.loads((project.ml(execution, "t") / "input/config" / name).read_text())


def members(path):
    with tarfile.open(path) as archive:
        return archive.getnames()


def archive(project, execution, name="model.tar.gz"):
    job = execution.step("t").job_name
    return project.s3(f"s3://b/models/{job}/output/{name}")


def test_hyperparameters_are_texts(project):
    given = {"depth": "5", "rate": "0.1", "flag": "True"}
    execution = project.run(project.training("t", hyperparameters=given))
    assert config(project, execution, "hyperparameters.json") == given


def test_inputdataconfig_has_a_content_type_only_where_one_is_set(project):
    project.put("s3://b/x/a.csv")
    step = project.training("t", channels={"plain": "s3://b/x", "typed": "s3://b/x"})
    step["Arguments"]["InputDataConfig"][1]["ContentType"] = "text/csv"
    execution = project.run(step)
    plain = {
        "TrainingInputMode": "File",
        "S3DistributionType": "FullyReplicated",
        "RecordWrapperType": "None",
    }
    assert config(project, execution, "inputdataconfig.json") == {
        "plain": plain,
        "typed": {**plain, "ContentType": "text/csv"},
    }


def test_resourceconfig_names_the_one_host(project):
    execution = project.run(project.training("t"))
    assert config(project, execution, "resourceconfig.json") == {
        "current_host": "algo-1",
        "current_instance_type": "ml.m5.large",
        "current_group_name": "homogeneousCluster",
        "hosts": ["algo-1"],
        "instance_groups": [
            {
                "instance_group_name": "homogeneousCluster",
                "instance_type": "ml.m5.large",
                "hosts": ["algo-1"],
            }
        ],
        "network_interface_name": "eth0",
    }


def test_the_environment_is_the_requests_and_the_platforms(project):
    body = "print(json.dumps(dict(os.environ)))"
    step = project.training("t", body, more={"Environment": {"K": "v"}})
    execution = project.run(step)
    seen = json.loads(project.log(execution, "t"))
    name = execution.step("t").job_name
    assert seen["K"] == "v"
    assert seen["TRAINING_JOB_NAME"] == name
    assert seen["TRAINING_JOB_ARN"].endswith(f":training-job/{name}")
    assert seen["AWS_REGION"] == "local"
    assert not [key for key in seen if key.startswith("SM_")]


def test_the_train_command_gets_no_arguments(project):
    execution = project.run(project.training("t", "print(sys.argv[1:])"))
    assert project.log(execution, "t") == "[]\n"


def test_an_entrypoint_takes_the_train_commands_place(project):
    step = project.training("t", "sys.exit(1)")
    other = project.script("print(sys.argv[1:])")
    step["Arguments"]["AlgorithmSpecification"] |= {
        "ContainerEntrypoint": ["python3", str(other)],
        "ContainerArguments": ["--x", "1"],
    }
    execution = project.run(step)
    assert project.log(execution, "t") == "['--x', '1']\n"


def test_channels_hold_their_objects(project):
    project.put("s3://b/data/train/train_data.csv", "rows")
    body = "print((ML / 'input/data/train/train_data.csv').read_text())"
    execution = project.run(project.training("t", body, channels={"train": "s3://b/data/train"}))
    assert project.log(execution, "t") == "rows\n"


def test_model_and_output_are_packed_at_their_archives_roots(project):
    body = """
        (ML / "model/model.onnx").write_text("m")
        (ML / "output/data/plots").mkdir()
        (ML / "output/data/plots/roc.png").write_text("p")
        (ML / "output/failure").write_text("said, but the job succeeded")
    """
    execution = project.run(project.training("t", body))
    assert execution.status == "Succeeded"
    assert members(archive(project, execution)) == ["model.onnx"]
    output = archive(project, execution, "output.tar.gz")
    assert members(output) == ["plots", "plots/roc.png"]


class TestUncompressedOutput:
    def job(self, project, body):
        output = {"S3OutputPath": "s3://b/models", "CompressionType": "NONE"}
        return project.training("t", body, more={"OutputDataConfig": output})

    def test_lies_below_a_prefix_as_it_is(self, project):
        body = """
            (ML / "model/deep").mkdir()
            (ML / "model/deep/m").write_text("m")
            os.symlink("deep/m", ML / "model/link")
            (ML / "output/data/x").write_text("x")
            (ML / "output/failure").write_text("not so")
        """
        execution = project.run(self.job(project, body))
        folder = project.s3(f"s3://b/models/{execution.step('t').job_name}/output")
        found = sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())
        assert found == ["data/x", "model/deep/m"]

    def test_reaches_the_next_step_by_reference(self, project):
        training = self.job(project, "(ML / 'model/m').write_text('m')")
        reader = project.processing(
            "use", "print(os.listdir(IN / 'model'))", inputs={"model": MODEL}
        )
        execution = project.run(training, reader)
        assert project.log(execution, "use") == "['m']\n"
        uri = execution.step("t").properties["ModelArtifacts"]["S3ModelArtifacts"]
        assert uri.endswith("/output/model/")


def test_a_model_reaches_the_next_step_by_reference(project):
    training = project.training("t", "(ML / 'model/a').write_text('a')")
    reader = project.processing("use", "print(os.listdir(IN / 'model'))", inputs={"model": MODEL})
    execution = project.run(training, reader)
    assert project.log(execution, "use") == "['model.tar.gz']\n"


def test_without_a_model_there_is_no_archive(project):
    execution = project.run(project.training("t"), project.register("r", MODEL))
    assert execution.step("t").status == "Succeeded"
    assert not archive(project, execution).exists()
    assert "Could not find model data at s3://b/models/" in execution.step("r").failure_reason


def test_links_in_a_model_are_left_out_and_the_log_says_so(project):
    body = "(ML / 'model/a').write_text('a'); os.symlink('a', ML / 'model/b')"
    execution = project.run(project.training("t", body))
    assert members(archive(project, execution)) == ["a"]
    assert "left out of model.tar.gz: b" in project.log(execution, "t")


def test_the_last_value_of_a_metric_is_final(project):
    body = """
        for epoch, loss in enumerate((0.9, 0.5, 0.25)):
            print(f"epoch={epoch}; loss={loss}; auc=1e-1;")
        print("loss=nonsense;")
    """
    metrics = {"loss": r"loss=([^;]+);", "auc": r"auc=(\S+);", "never": "never=(.*)"}
    execution = project.run(project.training("t", body, metrics=metrics))
    assert execution.step("t").metrics == {"loss": 0.25, "auc": 0.1}
    final = execution.step("t").properties["FinalMetricDataList"]
    assert [(item["MetricName"], item["Value"]) for item in final] == [("loss", 0.25), ("auc", 0.1)]


def test_a_condition_may_read_a_final_metric(project):
    value = {"Get": "Steps.t.FinalMetricDataList['loss'].Value"}
    check = {"Type": "LessThan", "LeftValue": value, "RightValue": 0.3}
    training = project.training("t", "print('loss=0.25')", metrics={"loss": "loss=(.*)"})
    execution = project.run(training, project.condition("c", check))
    assert execution.step("c").outcome is True


class TestFailure:
    def test_the_failure_file_is_the_reason_cut_at_1024_characters(self, project):
        body = "(ML / 'output/failure').write_text('x' * 2000); sys.exit(3)"
        failed = project.run(project.training("t", body)).step("t")
        assert failed.failure_reason == f"AlgorithmError: {'x' * 1024}, exit code: 3"
        assert failed.properties["TrainingJobStatus"] == "Failed"

    def test_no_file_leaves_the_text_empty(self, project):
        failed = project.run(project.training("t", "sys.exit(1)")).step("t")
        assert failed.failure_reason == "AlgorithmError: , exit code: 1"

    def test_a_crash_names_its_signal(self, project):
        body = "os.kill(os.getpid(), signal.SIGSEGV)"
        failed = project.run(project.training("t", body)).step("t")
        assert failed.failure_reason == (
            "AlgorithmError: the process was killed by signal 11 (SIGSEGV), exit code: 139"
        )

    def test_no_model_is_uploaded(self, project):
        body = "(ML / 'model/a').write_text('a'); sys.exit(1)"
        execution = project.run(project.training("t", body))
        assert not archive(project, execution).exists()

    def test_a_job_that_fails_is_tried_once(self, project):
        policy = {"ExceptionType": ["SageMaker.JOB_INTERNAL_ERROR"], "MaxAttempts": 5}
        body = "print('tried'); sys.exit(1)"
        execution = project.run(project.training("t", body, RetryPolicies=[policy]))
        assert project.log(execution, "t").count("tried") == 1


def test_a_job_that_runs_too_long_may_save_its_model_first(project, timers_wait_until):
    ready = project.folder / "ready"
    body = f"""
        def stop(*_):
            (ML / "model/saved").write_text("s")
            sys.exit(0)
        signal.signal(signal.SIGTERM, stop)
        Path({str(ready)!r}).touch()
        time.sleep(600)
    """
    step = project.training("t", body, more={"StoppingCondition": {"MaxRuntimeInSeconds": 1}})
    with timers_wait_until(ready.exists):
        execution = project.run(step)
    assert execution.step("t").status == "Failed"
    assert execution.step("t").properties["TrainingJobStatus"] == "Stopped"
    assert execution.step("t").properties["SecondaryStatus"] == "MaxRuntimeExceeded"
    assert members(archive(project, execution)) == ["saved"]


def test_a_job_says_what_it_went_through(project):
    project.put("s3://b/x/a.csv")
    execution = project.run(project.training("t", channels={"train": "s3://b/x"}))
    found = execution.step("t").properties["SecondaryStatusTransitions"]
    assert [item["Status"] for item in found] == [
        "Starting",
        "Downloading",
        "Training",
        "Uploading",
        "Completed",
    ]
    assert [item["EndTime"] for item in found[:-1]] == [item["StartTime"] for item in found[1:]]
    assert "EndTime" not in found[-1]


def test_hyperparameters_that_are_no_texts_are_refused(project):
    for value in (5, 0.1, True, ["a"]):
        with pytest.raises(DefinitionError, match=r"HyperParameters\.depth has to be a text"):
            project.run(project.training("t", hyperparameters={"depth": value}))
