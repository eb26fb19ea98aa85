"""Selective execution: some steps run, the rest is as it was."""

import pytest

from sagepipe import local
from sagepipe.local import LocalError, Selection

TRUE = {"Type": "Equals", "LeftValue": 1, "RightValue": 1}


def uri(step, output="o"):
    path = f"Steps.{step}.ProcessingOutputConfig.Outputs['{output}'].S3Output.S3Uri"
    return {"Get": path}


@pytest.fixture
def chain(project):
    """a → b → c, each of which writes what it read and its name; d beside them."""

    def step(name, inputs):
        body = f"""
            read = (IN / "i/x").read_text() if (IN / "i").exists() else ""
            (OUT / "o/x").write_text(read + {name!r} + os.environ.get("MARK", ""))
            Path({str(project.folder)!r}, "ran").open("a").write({name!r})
        """
        outputs = {
            "Std:Join": {
                "On": "/",
                "Values": ["s3://b", {"Get": "Execution.PipelineExecutionId"}, name],
            }
        }
        mark = {"MARK": {"Get": "Parameters.mark"}}
        return project.processing(
            name, body, inputs=inputs, outputs={"o": outputs}, environment=mark
        )

    steps = [
        step("a", {}),
        step("b", {"i": uri("a")}),
        step("c", {"i": uri("b")}),
        step("d", {"i": uri("a")}),
    ]
    parameters = [{"Name": "mark", "Type": "String", "DefaultValue": "-"}]
    definition = project.define(*steps, parameters=parameters)

    def run(select=None, mark="-"):
        (project.folder / "ran").write_text("")
        return local.run(definition, {"mark": mark}, project.settings, select=select)

    return run


def ran(project):
    return "".join(sorted((project.folder / "ran").read_text()))


def result(project, execution, name):
    return project.s3(f"s3://b/{execution.id}/{name}/x").read_text()


class TestFrom:
    def test_a_step_and_all_behind_it_run_on_the_earlier_results(self, project, chain):
        first = chain()
        second = chain(Selection(first, start="b"), mark="+")
        assert second.status == "Succeeded"
        assert ran(project) == "bc"
        assert result(project, second, "c") == "a-b+c+"

    def test_the_record_says_what_was_taken_and_from_where(self, project, chain):
        first = chain()
        second = chain(Selection(first, start="b"))
        assert [step.name for step in second.steps] == ["a", "b", "c"]
        assert [step.selected_from for step in second.steps] == [first.id, None, None]
        assert second.step("a").properties == first.step("a").properties
        assert second.selection == {
            "SourcePipelineExecutionArn": (
                f"arn:aws:sagemaker:local:000000000000:pipeline/pipeline/execution/{first.id}"
            ),
            "SelectedSteps": [{"StepName": "b"}, {"StepName": "c"}],
        }
        assert project.history.get(second.id) == second

    def test_an_execution_that_reused_results_is_a_source_itself(self, project, chain):
        second = chain(Selection(chain(), start="b"), mark="+")
        third = chain(Selection(second, start="c"), mark="*")
        assert ran(project) == "c"
        assert result(project, third, "c") == "a-b+c*"


class TestOnly:
    def test_the_named_steps_run_and_nothing_behind_them(self, project, chain):
        second = chain(Selection(chain(), only=("b",)), mark="+")
        assert ran(project) == "b"
        assert result(project, second, "b") == "a-b+"
        assert [step.name for step in second.steps] == ["a", "b"]

    def test_steps_side_by_side_may_be_named(self, project, chain):
        chain(Selection(chain(), only=("b", "d")))
        assert ran(project) == "bd"

    def test_a_step_between_two_named_ones_has_to_be_named(self, chain):
        first = chain()
        with pytest.raises(LocalError, match="have to be selected too: b"):
            chain(Selection(first, only=("a", "c")))

    def test_a_step_that_is_not_there_is_said_so(self, chain):
        first = chain()
        with pytest.raises(LocalError, match="there is no step 'bb'"):
            chain(Selection(first, only=("bb",)))

    def test_no_more_than_fifty(self, project):
        steps = [project.fail(f"f{n}") for n in range(51)]
        first = project.run(*steps)
        only = [step["Name"] for step in steps]
        with pytest.raises(LocalError, match="51 steps are selected; SageMaker allows 50"):
            project.run(*steps, select=Selection(first, only=only))


class TestTheSource:
    def test_has_to_have_what_is_needed(self, project):
        bad = project.processing("a", "sys.exit(1)")
        first = project.run(bad, project.processing("b", DependsOn=["a"]))
        before = len(project.history.executions())
        with pytest.raises(LocalError, match=f"'b' needs 'a', which did not succeed .*{first.id}"):
            project.run(
                bad,
                project.processing("b", DependsOn=["a"]),
                select=Selection(first, only=("b",)),
            )
        assert len(project.history.executions()) == before

    def test_may_have_failed_elsewhere(self, project):
        good = project.processing("a")
        first = project.run(good, project.processing("b", "sys.exit(1)", DependsOn=["a"]))
        again = project.run(
            good, project.processing("b", DependsOn=["a"]), select=Selection(first, start="b")
        )
        assert again.status == "Succeeded"

    def test_decided_which_side_of_a_condition_runs(self, project):
        def steps(otherwise="print('no')"):
            return project.condition(
                "c",
                TRUE,
                then=[project.processing("yes")],
                otherwise=[project.processing("no", otherwise)],
            )

        first = project.run(steps())
        again = project.run(steps(), select=Selection(first, only=("yes",)))
        assert [step.name for step in again.steps] == ["c", "yes"]
        assert again.step("c").outcome is True
        with pytest.raises(LocalError, match="side of condition 'c' that was not taken"):
            project.run(steps(), select=Selection(first, only=("no",)))


def test_what_a_loop_made_can_be_referred_to_in_a_later_execution(project):
    item = {"Get": "ForEach.CurrentItem"}
    one = project.processing("one", "print(sys.argv)", arguments=[item])
    loop = {
        "Name": "loop",
        "Type": "ForEach",
        "Arguments": {"IterableItems": ["x", "y"], "MaxConcurrency": 1, "ForEachBody": [one]},
    }
    name = {"Get": "Steps.loop.IterationOutputs[1].one.ProcessingJobName"}
    after = project.processing("after", "print(sys.argv[1])", arguments=[name])
    first = project.run(loop, after)
    again = project.run(loop, after, select=Selection(first, start="after"))
    assert [step.name for step in again.steps] == ["loop", "after"]
    assert project.log(again, "after") == project.log(first, "after")


def test_events_tell_which_results_are_reused(project):
    steps = [project.processing("a"), project.processing("b", DependsOn=["a"])]
    first = project.run(*steps)
    project.events.clear()
    project.run(*steps, select=Selection(first, start="b"))
    told = [(event.step, event.status, event.reused_from) for event in project.events]
    assert told[:2] == [(None, "Executing", None), ("a", "Succeeded", first.id)]


def test_a_selected_execution_that_failed_goes_on_with_the_same_selection(project):
    marker = project.folder / "fails"
    marker.touch()
    steps = [
        project.processing("a"),
        project.processing("b", f"sys.exit(Path({str(marker)!r}).exists())", DependsOn=["a"]),
        project.processing("c", DependsOn=["b"]),
    ]
    marker.unlink()
    first = project.run(*steps)
    marker.touch()
    second = project.run(*steps, select=Selection(first, only=("b",)))
    assert second.status == "Failed"
    marker.unlink()
    again = local.resume(second.id, project.settings)
    assert (again.id, again.status) == (second.id, "Succeeded")
    assert [step.name for step in again.steps] == ["a", "b"]


def test_the_log_of_a_step_that_was_not_selected_is_said_to_be_its_own_runs(project, chain):
    first = chain()
    second = chain(Selection(first, start="b"))
    with pytest.raises(local.UnknownExecutionError, match=f"sagepipe logs {first.id} a"):
        project.log(second, "a")
