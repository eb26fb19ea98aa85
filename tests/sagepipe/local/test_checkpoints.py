"""Checkpoints of training jobs, and spot instances that are interrupted."""

import json
import tarfile

import pytest

from sagepipe.local import DefinitionError, LocalError

URI = "s3://b/checkpoints"
SPOT = {"EnableManagedSpotTraining": True}
CP = 'CP = ML / "checkpoints"\n'


def config(uri=URI, **more):
    return {"CheckpointConfig": {"S3Uri": uri, **more}}


def names(project, uri=URI):
    place = project.s3(uri)
    return sorted(str(path.relative_to(place)) for path in place.rglob("*") if path.is_file())


def train(project, body, **more):
    return project.training("t", CP + body, more={**config(), **more})


class TestCheckpoints:
    def test_of_one_job_are_there_for_the_next_with_the_same_uri(self, project):
        project.run(train(project, "(CP / 'deep').mkdir(); (CP / 'deep/1').write_text('one')"))
        execution = project.run(train(project, "print((CP / 'deep/1').read_text())"))
        assert project.log(execution, "t") == "one\n"

    def test_are_in_no_archive(self, project):
        body = "(CP / '1').write_text('x'); (ML / 'model/m').write_text('m')"
        execution = project.run(train(project, body))
        folder = project.s3(f"s3://b/models/{execution.step('t').job_name}/output")
        assert [path.name for path in folder.iterdir()] == ["model.tar.gz"]
        with tarfile.open(folder / "model.tar.gz") as archive:
            assert archive.getnames() == ["m"]

    def test_are_stored_and_deleted_while_the_job_runs(self, project):
        project.put(f"{URI}/old", "old")
        body = f"""
            S3 = Path({str(project.s3(URI))!r})
            def until(ready):
                end = time.monotonic() + 60
                while not ready():
                    assert time.monotonic() < end
                    time.sleep(0.02)
            (ML / "checkpoints/new").write_text("first")
            until(lambda: (S3 / "new").exists())
            (ML / "checkpoints/new").write_text("second")
            (ML / "checkpoints/old").unlink()
            until(lambda: (S3 / "new").read_text() == "second" and not (S3 / "old").exists())
            print("seen")
        """
        execution = project.run(project.training("t", body, more=config()))
        assert project.log(execution, "t") == "seen\n"

    def test_of_a_job_that_fails_are_kept(self, project):
        project.run(train(project, "(CP / '1').write_text('x'); sys.exit(1)"))
        assert names(project) == ["1"]

    def test_outlive_a_job_that_throws_their_folder_away(self, project):
        project.put(f"{URI}/1", "kept")
        project.run(train(project, "import shutil; shutil.rmtree(CP)"))
        assert names(project) == ["1"]

    def test_can_be_written_over_in_place_however_large(self, project):
        body = "open(CP / '1', 'wb').write(os.urandom(2 * 2**20)); print(os.stat(CP / '1').st_size)"
        project.run(train(project, body))
        first = project.s3(f"{URI}/1").read_bytes()
        execution = project.run(train(project, body))
        assert project.log(execution, "t") == f"{2 * 2**20}\n"
        assert project.s3(f"{URI}/1").read_bytes() != first

    def test_lie_where_the_request_says_and_the_config_names_it(self, project):
        more = config(LocalPath="/opt/ml/elsewhere")
        body = "(ML / 'elsewhere/1').write_text('x')"
        execution = project.run(project.training("t", body, more=more))
        assert names(project) == ["1"]
        file = project.ml(execution, "t") / "input/config/checkpointconfig.json"
        assert json.loads(file.read_text()) == {"LocalPath": "/opt/ml/elsewhere"}

    def test_have_no_config_where_none_are_wanted(self, project):
        execution = project.run(project.training("t"))
        assert not (project.ml(execution, "t") / "input/config/checkpointconfig.json").exists()
        assert not (project.ml(execution, "t") / "checkpoints").exists()

    def test_of_all_hosts_come_together(self, project):
        body = """
            config = json.loads((ML / "input/config/resourceconfig.json").read_text())
            (ML / "checkpoints" / config["current_host"]).write_text("x")
        """
        resources = {"InstanceCount": 2, "InstanceType": "ml.m5.large"}
        more = {**config(), "ResourceConfig": resources}
        project.run(project.training("t", body, more=more))
        assert names(project) == ["algo-1", "algo-2"]

    @pytest.mark.parametrize(
        "path",
        [
            "/tmp/x",
            "/opt/ml/model/x",
            "/opt/ml/input",
            "/opt/ml/output",
            "/opt/ml/../x",
            "/opt/ml/",
        ],
    )
    def test_in_a_folder_that_is_not_theirs_are_refused(self, project, path):
        with pytest.raises(DefinitionError, match=r"CheckpointConfig\.LocalPath"):
            project.run(project.training("t", more=config(LocalPath=path)))


class TestSpotInterruption:
    @pytest.fixture
    def interrupted(self, project, timers_wait_until):
        """Runs a step, which is interrupted once all of its hosts have started."""

        def run(step, hosts=1, **settings):
            def started():
                logs = [log.read_text() for log in project.settings.runs.glob("*/t/log.txt")]
                return any(log.count("started\n") == hosts for log in logs)

            project.settings_with(interrupt={"t": 0.1}, **settings)
            with timers_wait_until(started):
                return project.run(step)

        return run

    BODY = """
        done = ML / "checkpoints/epoch"
        if done.exists():
            print("from", done.read_text(), os.listdir(ML / "model"), os.listdir("."))
            (ML / "model/m").write_text("m")
            sys.exit(0)
        def stop(*_):
            print("asked to stop")
            done.write_text("3")
            sys.exit(0)
        signal.signal(signal.SIGTERM, stop)
        (ML / "model/half").write_text("half")
        Path("left").write_text("left")
        print("started")
        time.sleep(600)
    """

    def test_starts_the_same_job_again_with_its_checkpoints_alone(self, project, interrupted):
        execution = interrupted(project.training("t", self.BODY, more=config() | SPOT))
        step = execution.step("t")
        assert step.status == "Succeeded"
        assert project.log(execution, "t").splitlines() == [
            "started",
            "asked to stop",
            "[sagepipe] Interrupted after 0.1 s: the job starts again with its checkpoints",
            "from 3 [] []",
        ]
        assert [item["Status"] for item in step.properties["SecondaryStatusTransitions"]] == [
            "Starting",
            "Training",
            "Interrupted",
            "Restarting",
            "Training",
            "Uploading",
            "Completed",
        ]
        archive = project.s3(f"s3://b/models/{step.job_name}/output/model.tar.gz")
        with tarfile.open(archive) as opened:
            assert opened.getnames() == ["m"]

    def test_is_told_once(self, project, interrupted):
        interrupted(project.training("t", self.BODY, more=config() | SPOT))
        seen = [event.status for event in project.events if event.step == "t"]
        assert seen == ["Starting", "Executing", "Succeeded"]

    def test_kills_what_does_not_listen_after_the_time_of_grace(self, project, interrupted):
        marker = project.folder / "marker"
        body = f"""
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            marker = Path({str(marker)!r})
            if marker.exists():
                sys.exit(0)
            marker.touch()
            print("started")
            time.sleep(600)
        """
        execution = interrupted(project.training("t", body, more=SPOT), stop_grace=0.2)
        assert execution.status == "Succeeded"

    def test_of_a_job_that_is_done_before_has_no_effect(self, project):
        project.settings_with(interrupt={"t": 600})
        execution = project.run(project.training("t", "print('done')", more=SPOT))
        assert project.log(execution, "t") == "done\n"

    def test_of_all_hosts_at_once(self, project, interrupted):
        resources = {"ResourceConfig": {"InstanceCount": 2, "InstanceType": "ml.m5.large"}}
        body = """
            done = ML / "checkpoints" / ML.parent.parent.name
            if done.exists():
                sys.exit(0)
            signal.signal(signal.SIGTERM, lambda *_: done.touch() or sys.exit(0))
            print("started")
            time.sleep(600)
        """
        step = project.training("t", body, more=config() | SPOT | resources)
        execution = interrupted(step, hosts=2)
        assert execution.status == "Succeeded"
        assert names(project) == ["algo-1", "algo-2"]

    def test_of_a_job_on_demand_is_refused_before_anything_runs(self, project):
        project.settings_with(interrupt={"t": 2})
        with pytest.raises(LocalError, match="'t' can't be interrupted: its job asks for no spot"):
            project.run(project.training("t"))
        assert not project.settings.runs.exists()

    def test_of_a_job_that_a_parameter_keeps_on_demand_fails_it(self, project):
        project.settings_with(interrupt={"t": 2})
        spot = {"Name": "spot", "Type": "Boolean", "DefaultValue": False}
        asked = {"EnableManagedSpotTraining": {"Get": "Parameters.spot"}}
        step = project.training("t", more=asked)
        failed = project.run(step, parameters=[spot]).step("t")
        assert failed.failure_reason == (
            "ClientError: a job without EnableManagedSpotTraining is never interrupted"
        )

    def test_of_what_is_no_training_step_is_refused_before_anything_runs(self, project):
        project.settings_with(interrupt={"p": 1})
        with pytest.raises(LocalError, match=r"'p' can't be interrupted: .* \(it has: t\)"):
            project.run(project.training("t"), project.processing("p"))
        assert not project.settings.runs.exists()

    def test_a_spot_job_may_not_wait_for_less_than_it_may_run(self, project):
        stopping = {"MaxRuntimeInSeconds": 10, "MaxWaitTimeInSeconds": 9}
        step = project.training("t", more=SPOT | {"StoppingCondition": stopping})
        with pytest.raises(DefinitionError, match="MaxWaitTimeInSeconds is 9, less than"):
            project.run(step)

    def test_leaves_the_job_the_rest_of_its_time(self, project):
        project.settings_with(interrupt={"t": 0.1})
        more = SPOT | {"StoppingCondition": {"MaxRuntimeInSeconds": 5}}
        step = project.run(project.training("t", "time.sleep(600)", more=more)).step("t")
        assert step.properties["SecondaryStatus"] == "MaxRuntimeExceeded"
        seconds = step.properties["TrainingTimeInSeconds"]
        assert 5 <= seconds < 60
        statuses = [item["Status"] for item in step.properties["SecondaryStatusTransitions"]]
        assert statuses.count("Training") == 2
