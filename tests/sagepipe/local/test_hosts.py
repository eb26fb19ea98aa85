"""Jobs of several hosts: each a process with a tree of its own."""

import json
import tarfile
from textwrap import dedent

import pytest

from sagepipe.local import DefinitionError
from sagepipe.local.jobs.hosts import Group, hosts

ME = 'me = json.loads((ML / "input/config/resourceconfig.json").read_text())["current_host"]\n'
WORKER = 'me = json.loads((ML / "config/resourceconfig.json").read_text())["current_host"]\n'


def cluster(count):
    return {"ProcessingResources": {"ClusterConfig": {"InstanceCount": count}}}


def instances(count, **more):
    resources = {"InstanceCount": count, "InstanceType": "ml.m5.large", **more}
    return {"ResourceConfig": resources}


def of_host(execution, step, host):
    return execution.step(step).folder / host / "opt/ml"


def read(path):
    return json.loads(path.read_text())


def sharded(step, kind="S3Input"):
    if kind == "S3Input":
        source = step["Arguments"]["ProcessingInputs"][0]["S3Input"]
    else:
        source = step["Arguments"]["InputDataConfig"][0]["DataSource"]["S3DataSource"]
    source["S3DataDistributionType"] = "ShardedByS3Key"
    return step


class TestResourceConfig:
    def test_of_two_hosts_names_both_and_who_one_is(self, project):
        execution = project.run(project.training("t", more=instances(2)))
        for host in ("algo-1", "algo-2"):
            config = read(of_host(execution, "t", host) / "input/config/resourceconfig.json")
            assert config["current_host"] == host
            assert config["hosts"] == ["algo-1", "algo-2"]
            assert config["network_interface_name"] == "eth0"
            assert config["instance_groups"] == [
                {
                    "instance_group_name": "homogeneousCluster",
                    "instance_type": "ml.m5.large",
                    "hosts": ["algo-1", "algo-2"],
                }
            ]

    def test_of_a_processing_job_says_no_more_than_that(self, project):
        execution = project.run(project.processing("p", more=cluster(2)))
        for host in ("algo-1", "algo-2"):
            config = of_host(execution, "p", host) / "config/resourceconfig.json"
            assert read(config) == {"current_host": host, "hosts": ["algo-1", "algo-2"]}

    def test_hosts_are_sorted_as_text(self, tmp_path):
        found = hosts([Group("g", "t", 11)], tmp_path, tmp_path / "log.txt")
        assert [host.name for host in found][:4] == ["algo-1", "algo-10", "algo-11", "algo-2"]

    def test_names_instance_groups_and_who_belongs_to_which(self, project):
        groups = [
            {"InstanceGroupName": "gpu", "InstanceType": "ml.g5.xlarge", "InstanceCount": 1},
            {"InstanceGroupName": "cpu", "InstanceType": "ml.m5.large", "InstanceCount": 2},
        ]
        more = {"ResourceConfig": {"InstanceGroups": groups}}
        execution = project.run(project.training("t", more=more))
        config = read(of_host(execution, "t", "algo-2") / "input/config/resourceconfig.json")
        assert config["current_group_name"] == "cpu"
        assert config["current_instance_type"] == "ml.m5.large"
        assert [
            (item["instance_group_name"], item["hosts"]) for item in config["instance_groups"]
        ] == [
            ("gpu", ["algo-1"]),
            ("cpu", ["algo-2", "algo-3"]),
        ]


class TestInputs:
    @pytest.fixture
    def objects(self, project):
        names = [f"{letter}.csv" for letter in "abcde"]
        for name in names:
            project.put(f"s3://b/raw/{name}", name)
        return names

    def seen(self, project, execution, step):
        return {
            host: read(of_host(execution, step, host) / "seen.json")
            for host in ("algo-1", "algo-2")
        }

    def test_two_hosts_get_disjoint_shards_of_everything(self, project, objects):
        body = "(ML / 'seen.json').write_text(json.dumps(os.listdir(IN / 'raw')))"
        step = project.processing("p", body, inputs={"raw": "s3://b/raw"}, more=cluster(2))
        seen = self.seen(project, project.run(sharded(step)), "p")
        assert sorted(seen["algo-1"] + seen["algo-2"]) == objects
        assert {len(seen["algo-1"]), len(seen["algo-2"])} == {2, 3}

    def test_two_hosts_get_whole_copies_where_not_sharded(self, project, objects):
        body = "(ML / 'seen.json').write_text(json.dumps(sorted(os.listdir(IN / 'raw'))))"
        step = project.processing("p", body, inputs={"raw": "s3://b/raw"}, more=cluster(2))
        seen = self.seen(project, project.run(step), "p")
        assert seen == {"algo-1": objects, "algo-2": objects}

    def test_channels_are_sharded_alike(self, project, objects):
        body = "(ML / 'seen.json').write_text(json.dumps(os.listdir(ML / 'input/data/raw')))"
        step = project.training("t", body, channels={"raw": "s3://b/raw"}, more=instances(2))
        execution = project.run(sharded(step, "channel"))
        seen = self.seen(project, execution, "t")
        assert sorted(seen["algo-1"] + seen["algo-2"]) == objects
        config = of_host(execution, "t", "algo-1") / "input/config/inputdataconfig.json"
        assert read(config)["raw"]["S3DistributionType"] == "ShardedByS3Key"

    def test_a_host_without_a_share_has_an_empty_folder(self, project):
        project.put("s3://b/raw/only.csv")
        body = "(ML / 'seen.json').write_text(json.dumps(os.listdir(IN / 'raw')))"
        step = project.processing("p", body, inputs={"raw": "s3://b/raw"}, more=cluster(2))
        seen = self.seen(project, project.run(sharded(step)), "p")
        assert seen == {"algo-1": ["only.csv"], "algo-2": []}

    def test_a_channel_of_an_instance_group_reaches_its_hosts_alone(self, project, objects):
        groups = [
            {"InstanceGroupName": name, "InstanceType": "ml.m5.large", "InstanceCount": 1}
            for name in ("first", "second")
        ]
        body = "(ML / 'seen.json').write_text(json.dumps(os.listdir(ML / 'input/data')))"
        more = {"ResourceConfig": {"InstanceGroups": groups}}
        step = project.training("t", body, channels={"raw": "s3://b/raw"}, more=more)
        source = step["Arguments"]["InputDataConfig"][0]["DataSource"]["S3DataSource"]
        source["InstanceGroupNames"] = ["second"]
        seen = self.seen(project, project.run(step), "t")
        assert seen == {"algo-1": [], "algo-2": ["raw"]}


class TestOutputs:
    def test_of_all_hosts_are_uploaded_together(self, project):
        body = WORKER + "(OUT / 'o' / me).write_text(me)"
        step = project.processing("p", body, outputs={"o": "s3://b/o"}, more=cluster(3))
        assert project.run(step).status == "Succeeded"
        found = {path.name: path.read_text() for path in project.s3("s3://b/o").iterdir()}
        assert found == {name: name for name in ("algo-1", "algo-2", "algo-3")}

    def test_of_one_name_are_the_first_hosts_and_the_log_says_so(self, project):
        body = WORKER + "(OUT / 'o/same').write_text(me)"
        step = project.processing("p", body, outputs={"o": "s3://b/o"}, more=cluster(2))
        execution = project.run(step)
        assert project.s3("s3://b/o/same").read_text() == "algo-1"
        assert "algo-2's same is left out: an earlier host's is there already" in project.log(
            execution, "p"
        )

    def test_models_of_all_hosts_are_one_archive(self, project):
        body = ME + "(ML / 'model' / me).write_text(me); (ML / 'output/data' / me).write_text(me)"
        execution = project.run(project.training("t", body, more=instances(2)))
        job = execution.step("t").job_name
        for name in ("model.tar.gz", "output.tar.gz"):
            with tarfile.open(project.s3(f"s3://b/models/{job}/output/{name}")) as archive:
                assert archive.getnames() == ["algo-1", "algo-2"]


class TestFailure:
    def test_of_one_host_fails_the_job_and_stops_the_others(self, project):
        ready = project.folder / "ready"
        body = f"""
            if me == "algo-1":
                def stop(*_):
                    print("asked to stop")
                    sys.exit(0)
                signal.signal(signal.SIGTERM, stop)
                Path({str(ready)!r}).touch()
                time.sleep(600)
            while not Path({str(ready)!r}).exists():
                time.sleep(0.01)
            (ML / "output/failure").write_text("no rows")
            sys.exit(3)
        """
        step = project.training("t", ME + dedent(body), more=instances(2))
        failed = project.run(step).step("t")
        assert failed.status == "Failed"
        assert failed.failure_reason == "AlgorithmError: algo-2: no rows, exit code: 3"
        assert failed.properties["SecondaryStatus"] == "Failed"
        assert "[algo-1] asked to stop" in project.log(project.history.get(), "t")

    def test_is_that_of_the_host_that_failed_first(self, project):
        body = """
            (ML / "output/message").write_text(f"{me} is at fault")
            if me == "algo-1":
                time.sleep(600)
            sys.exit(5)
        """
        step = project.processing("p", WORKER + dedent(body), more=cluster(2))
        failed = project.run(step).step("p")
        assert failed.failure_reason == "AlgorithmError: algo-2: algo-2 is at fault, exit code: 5"
        assert failed.exit_message == "algo-2 is at fault"

    def test_a_program_that_is_not_there_fails_the_job_once(self, project):
        step = project.processing("p", more=cluster(2))
        step["Arguments"]["AppSpecification"]["ContainerEntrypoint"] = ["no-such-program"]
        failed = project.run(step).step("p")
        assert failed.failure_reason == (
            "ClientError: 'no-such-program' is not to be found on PATH, or may not be run"
        )

    def test_a_job_that_runs_too_long_is_stopped_on_all_hosts(self, project):
        more = instances(2) | {"StoppingCondition": {"MaxRuntimeInSeconds": 1}}
        failed = project.run(project.training("t", "time.sleep(600)", more=more)).step("t")
        assert failed.properties["SecondaryStatus"] == "MaxRuntimeExceeded"
        assert failed.properties["TrainingJobStatus"] == "Stopped"


class TestLog:
    def test_of_a_step_says_who_printed_each_line_and_hosts_keep_their_own(self, project):
        body = WORKER + "print(f'first of {me}'); print('second', end='')"
        execution = project.run(project.processing("p", body, more=cluster(2)))
        lines = project.log(execution, "p").splitlines()
        for host in ("algo-1", "algo-2"):
            own = execution.step("p").folder / host / "log.txt"
            assert own.read_text() == f"first of {host}\nsecond"
            mine = [line for line in lines if line.startswith(f"[{host}] ")]
            assert mine == [f"[{host}] first of {host}", f"[{host}] second"]
        assert len(lines) == 4

    def test_is_there_while_the_hosts_run(self, project, elsewhere):
        body = "print('working', flush=True); time.sleep(600)"
        elsewhere(project.processing("p", body, more=cluster(2)))
        log = project.until(lambda: next(iter(project.settings.runs.glob("*/p/log.txt")), None))
        project.until(lambda: log.read_text().count("working") == 2)

    def test_metrics_are_found_in_every_hosts_lines(self, project):
        body = ME + "print('loss=' + me[-1]) if me == 'algo-2' else print('auc=0.5')"
        metrics = {"loss": r"^loss=(\S+)", "auc": r"^auc=(\S+)"}
        execution = project.run(project.training("t", body, metrics=metrics, more=instances(2)))
        assert execution.step("t").metrics == {"loss": 2.0, "auc": 0.5}


class TestRefused:
    @pytest.mark.parametrize("count", [0, 101, "2", 1.5, True])
    def test_a_processing_job_of_no_sensible_size(self, project, count):
        with pytest.raises(DefinitionError, match=r"ClusterConfig\.InstanceCount"):
            project.run(project.processing("p", more=cluster(count)))

    def test_instance_groups_beside_a_count(self, project):
        group = {"InstanceGroupName": "g", "InstanceType": "ml.m5.large", "InstanceCount": 1}
        step = project.training("t", more=instances(1, InstanceGroups=[group]))
        with pytest.raises(DefinitionError, match="InstanceGroups beside InstanceCount"):
            project.run(step)

    def test_a_channel_of_a_group_that_is_not_there(self, project):
        step = project.training("t", channels={"raw": "s3://b/raw"})
        source = step["Arguments"]["InputDataConfig"][0]["DataSource"]["S3DataSource"]
        source["InstanceGroupNames"] = ["none"]
        with pytest.raises(DefinitionError, match="'raw' names an instance group 'none'"):
            project.run(step)


def test_the_number_of_hosts_may_be_a_parameter(project):
    parameters = [{"Name": "machines", "Type": "Integer", "DefaultValue": 1}]
    step = project.processing("p", more=cluster({"Get": "Parameters.machines"}))
    execution = project.run(step, parameters=parameters, given={"machines": "2"})
    assert (execution.step("p").folder / "algo-2/opt/ml").is_dir()
