"""Step caching: what SageMaker's key counts, what it does not, and what a hit gives."""

import shutil
from datetime import timedelta

import pytest

from sagepipe import local
from sagepipe.local import state

ON = {"Enabled": True}
COUNT = """
    ran = Path({ran!r})
    ran.write_text(ran.read_text() + "x" if ran.exists() else "x")
    (OUT / "o/a").write_text(ran.read_text())
"""


@pytest.fixture
def body(project):
    return COUNT.format(ran=str(project.folder / "ran"))


@pytest.fixture
def step(project, body):
    """Makes the same Processing step each time, but for what is given."""
    made = project.processing("s", body)

    def make(cache=ON, outputs=None, inputs=None, **arguments):
        other = project.processing("s", outputs=outputs or {"o": "s3://b/o"}, inputs=inputs)
        specification = made["Arguments"]["AppSpecification"]
        request = {**other["Arguments"], "AppSpecification": specification, **arguments}
        return {**other, "Arguments": request, "CacheConfig": cache}

    return make


def times(project):
    """How often the job has run."""
    return len((project.folder / "ran").read_text())


def is_hit(execution, name="s"):
    return execution.step(name).cached_from is not None


class TestKeys:
    def test_the_same_request_is_a_hit(self, project, step):
        first, second = project.run(step()), project.run(step())
        assert (times(project), second.status) == (1, "Succeeded")
        assert second.step("s").cached_from == first.id

    def test_an_overwritten_object_is_a_hit_as_only_its_uri_counts(self, project, step):
        project.put("s3://b/in/a", "old")
        project.run(step(inputs={"i": "s3://b/in"}))
        project.put("s3://b/in/a", "new")
        assert is_hit(project.run(step(inputs={"i": "s3://b/in"})))

    def test_another_input_uri_is_a_miss(self, project, step):
        project.put("s3://b/in/a")
        project.put("s3://b/other/a")
        project.run(step(inputs={"i": "s3://b/in"}))
        assert not is_hit(project.run(step(inputs={"i": "s3://b/other"})))

    def test_another_output_uri_is_a_hit_and_nothing_comes_to_lie_there(self, project, step):
        project.run(step())
        second = project.run(step(outputs={"o": "s3://b/elsewhere"}))
        assert is_hit(second)
        assert not project.s3("s3://b/elsewhere").exists()
        output = second.step("s").properties["ProcessingOutputConfig"]["Outputs"][0]
        assert output["S3Output"]["S3Uri"] == "s3://b/o"

    def test_resources_and_role_do_not_count(self, project, step):
        project.run(step(RoleArn="arn:aws:iam::000000000000:role/a"))
        config = {
            "ClusterConfig": {
                "InstanceCount": 1,
                "InstanceType": "ml.m5.4xlarge",
                "VolumeSizeInGB": 500,
            }
        }
        again = step(RoleArn="arn:aws:iam::000000000000:role/b", ProcessingResources=config)
        assert is_hit(project.run(again))

    def test_another_environment_is_a_miss(self, project, step):
        project.run(step(Environment={"A": "1"}))
        assert not is_hit(project.run(step(Environment={"A": "2"})))

    def test_another_hyperparameter_is_a_miss_and_another_output_path_a_hit(self, project):
        def train(rate, output="s3://b/models"):
            made = project.training(
                "t",
                "(ML / 'model/m').write_text('m')",
                hyperparameters={"rate": rate},
                output=output,
                CacheConfig=ON,
            )
            return project.run(made)

        first = train("0.1")
        assert not is_hit(train("0.2"), "t")
        hit = train("0.1", "s3://b/others")
        assert hit.step("t").cached_from == first.id
        assert (
            hit.step("t").properties["ModelArtifacts"]
            == first.step("t").properties["ModelArtifacts"]
        )

    def test_the_value_of_a_parameter_counts_not_its_name(self, project, step):
        parameters = [{"Name": "n", "Type": "String", "DefaultValue": "1"}]
        made = step(Environment={"A": {"Get": "Parameters.n"}})
        for given, hit in (("1", False), ("2", False), ("1", True)):
            run = project.run(made, parameters=parameters, given={"n": given})
            assert is_hit(run) is hit

    def test_another_pipeline_or_step_is_a_miss(self, project, step):
        project.run(step(), pipeline="one")
        assert not is_hit(project.run(step(), pipeline="two"))
        assert not is_hit(project.run({**step(), "Name": "other"}, pipeline="one"), "other")


class TestWhatCounts:
    def test_nothing_is_cached_unless_asked_for(self, project, step):
        for config in (None, {"Enabled": False}, {}):
            project.run(step(cache=config))
            assert not is_hit(project.run(step(cache=config)))

    def test_a_failed_run_does_not(self, project):
        marker = project.folder / "fails"
        marker.touch()
        made = project.processing("s", f"sys.exit(Path({str(marker)!r}).exists())", CacheConfig=ON)
        assert project.run(made).status == "Failed"
        marker.unlink()
        assert not is_hit(project.run(made))
        assert is_hit(project.run(made))

    def test_a_run_that_is_too_old_does_not_and_a_hit_makes_it_no_younger(
        self, project, step, monkeypatch
    ):
        def hit_in(hours):
            later = state.now() + timedelta(hours=hours)
            with monkeypatch.context() as patched:
                patched.setattr(state, "now", lambda: later)
                return is_hit(project.run(step(cache={"Enabled": True, "ExpireAfter": "T12H"})))

        assert not hit_in(0)
        assert hit_in(11)
        assert not hit_in(13)

    def test_the_latest_does(self, project, step):
        project.run(step())
        second = project.run(step(), cache=False)
        assert (times(project), is_hit(second)) == (2, False)
        assert project.run(step()).step("s").cached_from == second.id

    def test_one_whose_outputs_were_deleted_does_not(self, project, step):
        project.run(step())
        shutil.rmtree(project.s3("s3://b/o"))
        assert not is_hit(project.run(step()))
        assert is_hit(project.run(step()))

    def test_one_that_left_no_output_does(self, project):
        made = project.processing("s", outputs={"o": "s3://b/o"}, CacheConfig=ON)
        project.run(made)
        assert is_hit(project.run(made))


class TestAHit:
    def test_what_reads_its_outputs_reads_those_of_the_earlier_run(self, project, step):
        read = {"Get": "Steps.s.ProcessingOutputConfig.Outputs['o'].S3Output.S3Uri"}
        after = project.processing("after", "print((IN / 'i/a').read_text())", inputs={"i": read})
        project.run(step(), after)
        second = project.run(step(outputs={"o": "s3://b/elsewhere"}), after)
        assert project.log(second, "after") == "x\n"

    def test_is_on_record_with_what_the_earlier_run_measured(self, project):
        made = project.training(
            "t", "print('loss=1')", metrics={"loss": "loss=(.*)"}, CacheConfig=ON
        )
        first = project.run(made)
        second = project.run(made)
        assert second.step("t").metrics == {"loss": 1.0}
        assert project.history.get(second.id) == second
        assert first.id in project.log(second, "t")
        told = [event.reused_from for event in project.events if event.step == "t"]
        assert told[-1] == first.id

    def test_of_one_step_does_not_keep_another_from_running(self, project, step):
        after = project.processing("after", "print('ran')", DependsOn=["s"])
        project.run(step(), after)
        assert project.log(project.run(step(), after), "after") == "ran\n"


class TestFaults:
    @pytest.mark.parametrize("text", ["P30D", "30d", "5y", "T16m", "30dT5h", "P4DT12H", "P1W"])
    def test_durations_as_in_the_guide_are_accepted(self, project, text):
        made = project.processing("s", CacheConfig={"Enabled": True, "ExpireAfter": text})
        assert project.run(made).status == "Succeeded"

    @pytest.mark.parametrize("text", ["", "P", "30", "a day", "PT", "30dT", 30])
    def test_what_is_none_is_refused(self, project, text):
        made = project.processing("s", CacheConfig={"Enabled": True, "ExpireAfter": text})
        with pytest.raises(local.DefinitionError, match=r"ExpireAfter .* is no ISO 8601 duration"):
            project.run(made)

    def test_caching_is_on_or_off(self, project):
        with pytest.raises(local.DefinitionError, match="Enabled has to be true or false"):
            project.run(project.processing("s", CacheConfig={"Enabled": "yes"}))


def test_the_log_of_a_hit_says_whose_outputs_it_has(project, step):
    first, second = project.run(step()), project.run(step())
    assert first.id in project.log(second, "s")
