"""Cleanup steps: what they delete, and what they leave alone."""

import pytest

from sagepipe.local import DefinitionError, run


def cleanup(*sources, name="clean", **step):
    """Make a Cleanup step of steps' names, and of names with URIs."""
    resources = [
        {"StepName": source}
        if isinstance(source, str)
        else {"StepName": source[0], "S3Uris": source[1]}
        for source in sources
    ]
    return {"Name": name, "Type": "Cleanup", "Arguments": {"Resources": {"S3": resources}}, **step}


def output_of(step, *more):
    place = {"Get": f"Steps.{step}.ProcessingOutputConfig.Outputs['o'].S3Output.S3Uri"}
    return {"Std:Join": {"On": "/", "Values": [place, *more]}}


@pytest.fixture
def write(project):
    """Makes a step that writes two files."""

    def make(name="write", uri="s3://b/out", body="", **step):
        body = "(OUT / 'o/a').write_text('a'); (OUT / 'o/b').write_text('b')\n" + body
        return project.processing(name, body, outputs={"o": uri}, **step)

    return make


class TestWhatIsDeleted:
    def test_objects_of_a_processing_step_by_their_names(self, project, write):
        kept = project.put("s3://b/out/kept")
        execution = project.run(cleanup(("write", [output_of("write", "a")])), write())
        assert execution.status == "Succeeded"
        assert execution.step("write").ended <= execution.step("clean").started
        assert not project.s3("s3://b/out/a").exists()
        assert project.s3("s3://b/out/b").read_text() == "b"
        assert kept.exists()
        assert execution.step("clean").properties == {
            "CleanedSteps": ["write"],
            "FailedSteps": [],
            "SkippedSteps": [],
        }

    def test_the_archives_of_a_training_job(self, project):
        fit = project.training("fit", "(ML / 'model/m').touch(); (ML / 'output/data/o').touch()")
        execution = project.run(fit, cleanup("fit"))
        folder = project.s3("s3://b/models") / execution.step("fit").job_name / "output"
        assert execution.status == "Succeeded"
        assert list(folder.iterdir()) == []

    def test_what_a_job_still_reads_is_not_the_platforms_business(self, project, write):
        """As in S3, an object that isn't there is deleted already."""
        uris = [output_of("write", "a"), output_of("write", "nothing")]
        execution = project.run(write(), cleanup(("write", uris)))
        assert execution.status == "Succeeded"

    def test_of_the_same_round_in_a_loop(self, project):
        own = {"Std:Join": {"On": "/", "Values": ["s3://b/o", {"Get": "ForEach.CurrentItem"}]}}
        step = project.processing("write", "(OUT / 'o/a').touch()", outputs={"o": own})
        arguments = {
            "IterableItems": ["x", "y"],
            "MaxConcurrency": 2,
            "ForEachBody": [cleanup(("write", [output_of("write", "a")])), step],
        }
        execution = project.run({"Name": "loop", "Type": "ForEach", "Arguments": arguments})
        assert execution.status == "Succeeded", execution.steps
        assert execution.step("clean-1").properties["CleanedSteps"] == ["write-1"]
        assert not project.s3("s3://b/o/x/a").exists()
        assert not project.s3("s3://b/o/y/a").exists()

    def test_what_a_failed_step_left_where_a_run_condition_says_so(self, project):
        fit = project.training("fit", "sys.exit(1)")
        after = [{"Step": "fit", "Trigger": "Any"}]
        execution = project.run(fit, cleanup("fit", DependsOn=after))
        assert execution.step("clean").status == "Succeeded"
        assert execution.status == "CompletedWithFailures"

    def test_nothing_of_a_step_that_never_ran(self, project, write):
        check = {"Type": "Equals", "LeftValue": 1, "RightValue": 2}
        after = [{"Step": "write", "Trigger": "Any"}]
        execution = project.run(
            project.condition("c", check, then=[write()]),
            cleanup(("write", ["s3://b/out/a"]), DependsOn=after),
        )
        assert execution.step("clean").properties["SkippedSteps"] == ["write"]


class TestWhatIsLeftAlone:
    def failed(self, project, *steps):
        execution = project.run(*steps)
        assert execution.step("clean").status == "Failed"
        assert execution.status == "Failed"
        return execution.step("clean")

    @pytest.mark.parametrize("uri", ["s3://b/other/a", "s3://b/output/a", "s3://c/out/a"])
    def test_objects_that_the_step_did_not_write(self, project, write, uri):
        other = project.put(uri)
        step = self.failed(project, write(), cleanup(("write", [uri, output_of("write", "a")])))
        assert (
            f"write: {uri} is not below what step 'write' wrote (s3://b/out)" in step.failure_reason
        )
        assert step.properties["FailedSteps"][0]["ErrorCode"] == "ClientError"
        assert other.exists()

    def test_a_way_out_of_the_bucket(self, project, write):
        other = project.put("s3://c/a")
        step = self.failed(project, write(), cleanup(("write", ["s3://b/out/../../c/a"])))
        assert "leads out of its bucket" in step.failure_reason
        assert other.exists()

    def test_prefixes(self, project, write):
        step = self.failed(project, write(), cleanup(("write", ["s3://b/out"])))
        assert "is a prefix; objects are deleted by their whole names" in step.failure_reason
        assert project.s3("s3://b/out/a").exists()

    def test_files_of_the_users_own_that_a_step_wrote(self, project, write):
        place = project.folder / "mine"
        step = self.failed(
            project, write(uri=place.as_uri()), cleanup(("write", [output_of("write", "a")]))
        )
        assert "files of your own are not deleted" in step.failure_reason
        assert (place / "a").read_text() == "a"

    def test_the_rest_is_cleaned_up_all_the_same(self, project, write):
        steps = write(), write("more", "s3://b/more")
        bad, good = ("write", ["s3://b/x"]), ("more", ["s3://b/more/a"])
        step = self.failed(project, *steps, cleanup(bad, good))
        assert step.properties["CleanedSteps"] == ["more"]
        assert not project.s3("s3://b/more/a").exists()


class TestWhatIsRefused:
    def refused(self, project, *steps):
        with pytest.raises(DefinitionError) as caught:
            run(project.define(*steps), {}, project.settings)
        assert not project.settings.root.exists()
        return str(caught.value)

    def test_steps_that_are_not_there(self, project):
        assert self.refused(project, cleanup("x")) == "step 'clean': there is no step 'x'"

    def test_steps_of_other_kinds(self, project):
        check = {"Type": "Equals", "LeftValue": 1, "RightValue": 1}
        said = self.refused(project, project.condition("c", check), cleanup("c"))
        assert "'c' is a Condition step; Processing, Transform, Training steps can be" in said

    @pytest.mark.parametrize("uri", ["file:///home/me/a", "data/a.csv", "/etc/passwd"])
    def test_files_of_the_users_own(self, project, write, uri):
        said = self.refused(project, write(), cleanup(("write", [uri])))
        assert said == (
            f"step 'clean': S3Uris: {uri!r} is no object in S3; files of your own are not deleted"
        )

    def test_a_processing_step_without_names_of_objects(self, project, write):
        said = self.refused(project, write(), cleanup("write"))
        assert said == "step 'clean': 'write' is a Processing step: S3Uris has to name its objects"

    def test_a_training_step_with_names_of_objects(self, project):
        said = self.refused(project, project.training("fit"), cleanup(("fit", ["s3://b/x"])))
        assert said == "step 'clean': 'fit' is a Training step: its objects are found, not named"

    def test_nothing_at_all(self, project):
        assert "Resources.S3 names no step" in self.refused(project, cleanup())

    def test_references_to_it(self, project, write):
        name = {"Get": "Steps.clean.CleanedSteps"}
        steps = cleanup(("write", ["s3://b/out/a"])), project.processing("x", arguments=[name])
        assert "a Cleanup step has no 'CleanedSteps'" in self.refused(project, write(), *steps)
