"""Processing jobs: what SageMaker lays out, and what it takes from a job."""

import json
import os
import re
import sys

import pytest

from sagepipe.local import DefinitionError

NULL = None


def test_processingjobconfig_is_sagemakers_own_with_null_where_unset(project):
    project.put("s3://b/raw/a.csv")
    resources = {
        "ClusterConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 30}
    }
    step = project.processing(
        "prepare",
        inputs={"raw": "s3://b/raw"},
        outputs={"train": "s3://b/train"},
        arguments=["--a", "1"],
        environment={"K": "v"},
        more={"ProcessingResources": resources, "RoleArn": "arn:role"},
    )
    execution = project.run(step)
    config = project.ml(execution, "prepare") / "config/processingjobconfig.json"
    name = execution.step("prepare").job_name
    assert json.loads(config.read_text()) == {
        "ProcessingJobArn": f"arn:aws:sagemaker:local:000000000000:processing-job/{name}",
        "ProcessingJobName": name,
        "AppSpecification": {
            "ImageUri": "image",
            "ContainerEntrypoint": step["Arguments"]["AppSpecification"]["ContainerEntrypoint"],
            "ContainerArguments": ["--a", "1"],
        },
        "Environment": {"K": "v"},
        "ProcessingInputs": [
            {
                "InputName": "raw",
                "S3Input": {
                    "LocalPath": "/opt/ml/processing/input/raw",
                    "S3Uri": "s3://b/raw",
                    "S3DataDistributionType": NULL,
                    "S3DataType": "S3Prefix",
                    "S3InputMode": "File",
                    "S3CompressionType": NULL,
                    "S3DownloadMode": NULL,
                },
            }
        ],
        "ProcessingOutputConfig": {
            "Outputs": [
                {
                    "OutputName": "train",
                    "S3Output": {
                        "LocalPath": "/opt/ml/processing/output/train",
                        "S3Uri": "s3://b/train",
                        "S3UploadMode": "EndOfJob",
                    },
                }
            ],
            "KmsKeyId": NULL,
        },
        "ProcessingResources": {
            "ClusterConfig": {
                "InstanceCount": 1,
                "InstanceType": "ml.m5.xlarge",
                "VolumeSizeInGB": 30,
                "VolumeKmsKeyId": NULL,
            }
        },
        "RoleArn": "arn:role",
        "StoppingCondition": {"MaxRuntimeInSeconds": 86400},
    }
    hosts = project.ml(execution, "prepare") / "config/resourceconfig.json"
    assert json.loads(hosts.read_text()) == {"current_host": "algo-1", "hosts": ["algo-1"]}


def test_a_job_sees_the_requests_environment_and_no_more_of_the_callers(project, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    monkeypatch.setenv("VIRTUAL_ENV", "/somewhere")
    monkeypatch.setenv("LANG", "C.UTF-8")
    project.settings_with(environment={"FROM_IMAGE": "yes"})
    execution = project.run(
        project.processing("a", "print(json.dumps(dict(os.environ)))", environment={"K": "v"})
    )
    seen = json.loads(project.log(execution, "a"))
    assert seen["K"] == "v"
    assert seen["FROM_IMAGE"] == "yes"
    assert seen["LANG"] == "C.UTF-8"
    assert seen["SAGEMAKER_BASE_DIR"] == str(project.ml(execution, "a"))
    assert seen["PATH"].split(os.pathsep)[0] == os.path.dirname(sys.executable)
    allowed = {"K", "FROM_IMAGE", "SAGEMAKER_BASE_DIR", "PATH", "PYTHONUNBUFFERED", "HOME", "LANG"}
    machine = {"USER", "LOGNAME", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "REQUESTS_CA_BUNDLE"}
    rest = {name for name in seen if not name.startswith(("LC_", "SSL_", "__"))}
    assert {name for name in rest if not name.lower().endswith("_proxy")} <= allowed | machine


def test_python_is_the_projects_whatever_the_definition_calls_it(project):
    for name in ("python", "python3", "python3.99"):
        step = project.processing("a", "print(sys.executable)")
        step["Arguments"]["AppSpecification"]["ContainerEntrypoint"][0] = name
        execution = project.run(step)
        found = project.log(execution, "a").strip()
        assert os.path.dirname(found) == os.path.dirname(sys.executable)


def test_a_program_that_is_not_there_fails_the_step_in_words(project):
    step = project.processing("a")
    step["Arguments"]["AppSpecification"]["ContainerEntrypoint"] = ["no-such-program"]
    failed = project.run(step).step("a")
    assert failed.status == "Failed"
    assert failed.failure_reason == (
        "ClientError: 'no-such-program' is not to be found on PATH, or may not be run"
    )
    assert failed.failure_reason in project.log(project.history.get(), "a")


def test_arguments_reach_the_job_as_texts(project):
    parameters = [{"Name": "n", "Type": "Integer", "DefaultValue": 3}]
    joined = {"Std:Join": {"On": "", "Values": [{"Get": "Parameters.n"}]}}
    step = project.processing("a", "print(sys.argv[1:])", arguments=["--n", joined, "", "ä b"])
    execution = project.run(step, parameters=parameters, given={"n": "4"})
    assert project.log(execution, "a") == "['--n', '4', '', 'ä b']\n"


def test_the_job_starts_in_an_empty_folder_of_its_own(project):
    body = "print(os.listdir('.')); open('left.txt', 'w').close()"
    execution = project.run(project.processing("a", body), project.processing("b", body))
    assert project.log(execution, "a") == project.log(execution, "b") == "[]\n"


def test_standard_output_and_error_share_one_log(project):
    body = "print('out', flush=True); print('err', file=sys.stderr)"
    execution = project.run(project.processing("a", body))
    assert project.log(execution, "a") == "out\nerr\n"


def test_output_folders_are_there_before_the_job(project):
    outputs = {"empty": "s3://b/empty", "full": "s3://b/full"}
    body = "print(sorted(os.listdir(OUT))); (OUT / 'full/a').write_text('a')"
    execution = project.run(project.processing("a", body, outputs=outputs))
    assert project.log(execution, "a") == "['empty', 'full']\n"
    assert not project.s3("s3://b/empty").exists()


def test_outputs_stand_under_their_uri_as_they_are(project):
    body = """
        (OUT / "o/deep").mkdir()
        (OUT / "o/deep/a.csv").write_text("a")
        os.symlink(OUT / "o/deep/a.csv", OUT / "o/link.csv")
    """
    execution = project.run(project.processing("a", body, outputs={"o": "s3://b/k"}))
    assert execution.status == "Succeeded"
    found = sorted(p.relative_to(project.s3("s3://b/k")) for p in project.s3("s3://b/k").rglob("*"))
    assert [str(path) for path in found] == ["deep", "deep/a.csv"]


def test_a_symbolic_link_in_an_output_is_not_uploaded(project):
    body = """
        (OUT / "o/a.csv").write_text("a")
        os.symlink("a.csv", OUT / "o/b.csv")
        os.symlink("/etc/passwd", OUT / "o/c.csv")
        os.symlink("/etc", OUT / "o/d")
    """
    project.run(project.processing("a", body, outputs={"o": "s3://b/o"}))
    assert os.listdir(project.s3("s3://b/o")) == ["a.csv"]


def test_a_link_in_an_outputs_place_uploads_nothing_and_the_log_says_so(project):
    body = """
        (OUT / "o").rmdir()
        os.symlink("/etc", OUT / "o")
    """
    execution = project.run(project.processing("a", body, outputs={"o": "s3://b/o"}))
    assert execution.status == "Succeeded"
    assert not project.s3("s3://b/o").exists()
    assert "algo-1's /opt/ml/processing/output/o is no folder any more" in project.log(
        execution, "a"
    )


def test_a_message_that_is_no_file_is_none(project):
    body = "os.mkfifo(ML / 'output/message')"
    done = project.run(project.processing("a", body)).step("a")
    assert (done.status, done.exit_message) == ("Succeeded", None)


def test_one_steps_output_is_the_nexts_input(project):
    first = project.processing(
        "first", "(OUT / 'o/a.csv').write_text('hello')", outputs={"o": "s3://b/first"}
    )
    uri = {"Get": "Steps.first.ProcessingOutputConfig.Outputs['o'].S3Output.S3Uri"}
    second = project.processing("second", "print((IN / 'i/a.csv').read_text())", inputs={"i": uri})
    execution = project.run(second, first)
    assert execution.status == "Succeeded"
    assert [step.name for step in execution.steps] == ["first", "second"]
    assert project.log(execution, "second") == "hello\n"


def test_a_local_path_stands_for_an_s3_uri(project):
    (project.folder / "data").mkdir()
    (project.folder / "data/flights.csv").write_text("late")
    parameters = [{"Name": "data_uri", "Type": "String"}]
    step = project.processing(
        "a",
        "print((IN / 'raw/flights.csv').read_text())",
        inputs={"raw": {"Get": "Parameters.data_uri"}},
    )
    execution = project.run(step, parameters=parameters, given={"data_uri": "data/flights.csv"})
    assert project.log(execution, "a") == "late\n"
    config = json.loads(
        (project.ml(execution, "a") / "config/processingjobconfig.json").read_text()
    )
    assert config["ProcessingInputs"][0]["S3Input"]["S3Uri"] == (
        f"file://{project.folder}/data/flights.csv"
    )


def test_a_missing_input_is_named_with_its_place_on_this_machine(project):
    step = project.processing("a", inputs={"raw": "s3://b/nothing.csv"})
    failed = project.run(step).step("a")
    assert failed.failure_reason == (
        'ClientError: No S3 objects found under S3 URL "s3://b/nothing.csv" given in input data '
        f"source 'raw' (on this machine: {project.s3('s3://b/nothing.csv')})"
    )


def test_a_missing_file_is_said_plainly_with_the_parameter_that_named_it(project):
    parameters = [{"Name": "data_uri", "Type": "String"}]
    step = project.processing("a", inputs={"raw": {"Get": "Parameters.data_uri"}})
    (project.folder / "empty").mkdir()
    for given, said in (("data/none.csv", "no such file:"), ("empty", "no files in")):
        place = project.folder / given
        failed = project.run(step, parameters=parameters, given={"data_uri": given}).step("a")
        assert failed.failure_reason == (
            f'ClientError: No S3 objects found under S3 URL "file://{place}" given in input data '
            f"source 'raw' (parameter data_uri): {said} {place}"
        )


class TestFailure:
    def test_an_exit_status_with_a_message(self, project):
        body = """
            (ML / "output/message").write_text("ValueError: no rows (prepare.py:3)")
            sys.exit(7)
        """
        execution = project.run(project.processing("a", body))
        failed = execution.step("a")
        assert execution.status == "Failed"
        assert execution.failure_reason == "Step failure: One or multiple steps failed."
        assert failed.failure_reason == (
            "AlgorithmError: ValueError: no rows (prepare.py:3), exit code: 7"
        )
        assert failed.exit_message == "ValueError: no rows (prepare.py:3)"
        assert failed.properties["ProcessingJobStatus"] == "Failed"

    def test_an_exit_status_without_a_message(self, project):
        failed = project.run(project.processing("a", "sys.exit(3)")).step("a")
        assert failed.failure_reason == (
            "AlgorithmError: See job logs for more information, exit code: 3"
        )

    def test_a_signal(self, project):
        body = "os.kill(os.getpid(), signal.SIGKILL)"
        failed = project.run(project.processing("a", body)).step("a")
        assert failed.failure_reason == (
            "AlgorithmError: the process was killed by signal 9 (SIGKILL, often for lack of "
            "memory), exit code: 137"
        )

    def test_uploads_nothing_but_keeps_the_jobs_files(self, project):
        body = "(OUT / 'o/half.csv').write_text('half'); sys.exit(1)"
        execution = project.run(project.processing("a", body, outputs={"o": "s3://b/o"}))
        assert not project.s3("s3://b/o").exists()
        assert (project.ml(execution, "a") / "processing/output/o/half.csv").exists()


def test_the_exit_message_is_the_first_kilobyte_on_success_too(project):
    body = "(ML / 'output/message').write_text('ä' * 3000)"
    done = project.run(project.processing("a", body)).step("a")
    assert done.status == "Succeeded"
    assert done.exit_message == done.properties["ExitMessage"] == "ä" * 512


def test_an_exit_message_that_is_not_utf_8_fails_the_job(project):
    body = "(ML / 'output/message').write_bytes(bytes([0xff, 0xfe]))"
    failed = project.run(project.processing("a", body)).step("a")
    assert failed.status == "Failed"
    assert failed.failure_reason == "ClientError: /opt/ml/output/message is not UTF-8"


def test_children_that_a_job_leaves_behind_end_with_it(project):
    body = """
        import subprocess
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        print(child.pid)
    """
    execution = project.run(project.processing("a", body))
    child = int(project.log(execution, "a"))
    project.until(lambda: project.gone(child))


def test_a_job_that_runs_too_long_is_stopped_and_fails_its_step(project):
    project.settings_with(stop_grace=30)
    body = "time.sleep(600)"
    step = project.processing("a", body, more={"StoppingCondition": {"MaxRuntimeInSeconds": 1}})
    execution = project.run(step)
    assert execution.status == "Failed"
    assert "MaxRuntimeExceeded" in execution.step("a").failure_reason


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"Environment": {"K": "v" * 257}}, "Environment.K has 257 characters"),
        ({"Environment": {f"K{i}": "v" for i in range(101)}}, "Environment has 101 entries"),
        ({"Environment": {"K": 1}}, "Environment.K has to be a text"),
        ({"StoppingCondition": {"MaxRuntimeInSeconds": 777_601}}, "allows 1 to 777,600"),
        ({"StoppingCondition": {"MaxRuntimeInSeconds": 0}}, "allows 1 to 777,600"),
    ],
)
def test_what_sagemaker_does_not_allow_is_refused_before_anything_runs(project, more, words):
    with pytest.raises(DefinitionError, match=re.escape(words)):
        project.run(project.processing("a", more=more))
    assert not project.settings.runs.exists()


def test_jobs_are_named_as_in_sagemaker_pipelines(project):
    execution = project.run(project.processing("a_step_of_a_very_long_name"))
    name = execution.steps[0].job_name
    prefix, identity, *step, random = name.split("-")
    assert (prefix, identity) == ("pipelines", execution.id)
    assert "-".join(step) == "a-step-of-a-very-lon"
    assert len(identity) == 12 and len(random) == 10
