"""ForEach steps: rounds, what they see, what others see of them, how they end."""

import json
import os
import signal
import time
from itertools import pairwise

import pytest

from sagepipe.local import DefinitionError, run

ITEM = {"Get": "ForEach.CurrentItem"}
JOB = {"Get": "Execution.ProcessingJobName"}


def loop(*body, items, most=5, selector=None, name="loop", **step):
    """Make a ForEach step."""
    arguments = {"IterableItems": items, "MaxConcurrency": most, "ForEachBody": list(body)}
    if selector:
        arguments["Selector"] = selector
    return {"Name": name, "Type": "ForEach", "Arguments": arguments, **step}


def own(place):
    """A prefix of a job's own."""
    return {"Std:Join": {"On": "/", "Values": [place, JOB]}}


def output_of(step, output="o"):
    return {"Get": f"Steps.{step}.ProcessingOutputConfig.Outputs['{output}'].S3Output.S3Uri"}


def statuses(execution):
    return {step.name: step.status for step in execution.steps}


@pytest.fixture
def say(project):
    """Makes a step that prints its arguments."""

    def make(name="say", *arguments, **more):
        return project.processing(name, "print(*sys.argv[1:])", arguments=[*arguments], **more)

    return make


class TestItems:
    def test_of_a_list_are_one_round_each(self, project, say):
        execution = project.run(loop(say("say", ITEM), items=["a", 2, 2.5, True]))
        assert execution.status == "Succeeded"
        names = [f"say-{index}" for index in range(4)]
        assert sorted(statuses(execution)) == ["loop", *names]
        assert [project.log(execution, name) for name in names] == [
            "a\n",
            "2\n",
            "2.5\n",
            "true\n",
        ]

    def test_may_be_references(self, project, say):
        parameters = [{"Name": "who", "Type": "String", "DefaultValue": "you"}]
        body = say("say", ITEM)
        items = [{"Get": "Parameters.who"}, {"Std:Join": {"On": "", "Values": ["x", 1]}}]
        execution = project.run(loop(body, items=items), parameters=parameters)
        assert project.log(execution, "say-0") + project.log(execution, "say-1") == "you\nx1\n"

    def test_come_from_a_parameter_that_is_the_text_of_a_list(self, project, say):
        parameters = [{"Name": "all", "Type": "String", "DefaultValue": '["a"]'}]
        step = loop(say("say", ITEM), items={"Get": "Parameters.all"})
        execution = project.run(step, parameters=parameters, given={"all": '["b", "c"]'})
        assert project.log(execution, "say-1") == "c\n"

    def test_come_from_a_file_that_a_step_wrote(self, project, say):
        listed = json.dumps({"names": json.dumps(["a", "b"])})
        first = project.processing(
            "list",
            f"(OUT / 'o/list.json').write_text({listed!r})",
            outputs={"o": "s3://b/list"},
            PropertyFiles=[{"PropertyFileName": "f", "OutputName": "o", "FilePath": "list.json"}],
        )
        read = {"PropertyFile": {"Get": "Steps.list.PropertyFiles.f"}, "Path": "names"}
        execution = project.run(first, loop(say("say", ITEM), items={"Std:JsonGet": read}))
        assert execution.step("list").ended <= execution.step("loop").started
        assert project.log(execution, "say-1") == "b\n"

    def test_have_fields_where_they_are_objects(self, project, say):
        fields = [{"Get": f"ForEach.CurrentItem{path}"} for path in (".a.b", "['a b'][1]", ".t")]
        item = {"a": {"b": 1}, "a b": [1, 2], "t": ["x"]}
        parameters = [{"Name": "all", "Type": "String", "DefaultValue": json.dumps([item])}]
        by_list = loop(say("one", ITEM, *fields), items=[json.dumps(item)], name="one-loop")
        by_text = loop(say("two", ITEM, *fields), items={"Get": "Parameters.all"}, name="two-loop")
        execution = project.run(by_list, by_text, parameters=parameters)
        told = f'{json.dumps(item)} 1 2 ["x"]\n'
        assert project.log(execution, "one-0") == project.log(execution, "two-0") == told

    def test_that_look_like_expressions_are_none(self, project, say):
        item = {"Get": "Parameters.all"}
        parameters = [{"Name": "all", "Type": "String", "DefaultValue": json.dumps([item])}]
        execution = project.run(
            loop(say("say", ITEM), items={"Get": "Parameters.all"}), parameters=parameters
        )
        assert project.log(execution, "say-0") == f"{json.dumps(item)}\n"

    def test_may_be_none_at_all_where_only_the_run_knows(self, project, say):
        parameters = [{"Name": "all", "Type": "String", "DefaultValue": "[]"}]
        step = loop(say("say", ITEM), items={"Get": "Parameters.all"})
        execution = project.run(step, say("after", DependsOn=["loop"]), parameters=parameters)
        assert statuses(execution) == {"loop": "Succeeded", "after": "Succeeded"}
        assert execution.step("loop").properties["InputItemCount"] == 0

    def test_that_are_no_list_fail_the_loop(self, project, say):
        first = project.processing("first")
        execution = project.run(
            first, loop(say("say", ITEM), items={"Get": "Steps.first.ProcessingJobName"})
        )
        assert statuses(execution) == {"first": "Succeeded", "loop": "Failed"}
        assert "is not the text of a JSON list" in execution.step("loop").failure_reason

    def test_without_the_field_fail_the_step_that_reads_it(self, project, say):
        first = say("first")
        files = [{"PropertyFileName": "f", "OutputName": "o", "FilePath": "l.json"}]
        first = project.processing(
            "first",
            f"(OUT / 'o/l.json').write_text({json.dumps({'l': '[{}]'})!r})",
            outputs={"o": "s3://b/l"},
            PropertyFiles=files,
        )
        read = {"PropertyFile": {"Get": "Steps.first.PropertyFiles.f"}, "Path": "l"}
        step = loop(say("say", {"Get": "ForEach.CurrentItem.n"}), items={"Std:JsonGet": read})
        execution = project.run(first, step)
        assert "ForEach.CurrentItem.n of item {}" in execution.step("say-0").failure_reason


class TestRounds:
    def test_steps_of_a_round_see_each_other(self, project, say):
        write = project.processing(
            "write", "(OUT / 'o/a').write_text(sys.argv[1])", arguments=[ITEM], outputs={"o": "x"}
        )
        outputs = write["Arguments"]["ProcessingOutputConfig"]["Outputs"]
        outputs[0]["S3Output"]["S3Uri"] = own("s3://b/o")
        read = project.processing(
            "read", "print((IN / 'x/a').read_text())", inputs={"x": output_of("write")}
        )
        last = say("last", DependsOn=["read"])
        execution = project.run(loop(last, read, write, items=["a", "b"]))
        assert [project.log(execution, f"read-{n}") for n in (0, 1)] == ["a\n", "b\n"]
        for index in (0, 1):
            ends = [execution.step(f"{name}-{index}") for name in ("write", "read", "last")]
            assert ends[0].ended <= ends[1].started and ends[1].ended <= ends[2].started

    def test_a_property_file_of_the_round_is_read(self, project, say):
        body = "(OUT / 'o/n.json').write_text(json.dumps({'n': sys.argv[1]}))"
        write = project.processing(
            "write",
            body,
            arguments=[ITEM],
            outputs={"o": own("s3://b/o")},
            PropertyFiles=[{"PropertyFileName": "f", "OutputName": "o", "FilePath": "n.json"}],
        )
        read = {"PropertyFile": {"Get": "Steps.write.PropertyFiles.f"}, "Path": "n"}
        execution = project.run(loop(write, say("say", {"Std:JsonGet": read}), items=["a", "b"]))
        assert project.log(execution, "say-1") == "b\n"

    def test_wait_for_what_the_body_needs_from_outside(self, project, say):
        name = {"Get": "Steps.first.ProcessingJobName"}
        execution = project.run(loop(say("say", name), items=["a"]), project.processing("first"))
        assert execution.step("first").ended <= execution.step("loop").started
        assert project.log(execution, "say-0").strip() == execution.step("first").job_name

    def test_no_more_begin_than_max_concurrency_allows(self, project):
        project.settings_with(max_parallel=4)
        body = [project.processing(name, "time.sleep(0.02)") for name in ("a", "b")]
        execution = project.run(loop(*body, items=[1, 2, 3], most=1))
        steps = [step for step in execution.steps if step.type == "Processing"]
        assert [step.name for step in steps] == ["a-0", "b-0", "a-1", "b-1", "a-2", "b-2"]
        assert all(one.ended <= two.started for one, two in pairwise(steps))

    def test_run_at_the_same_time(self, project):
        project.settings_with(max_parallel=2)
        body = """
            here, other = (Path(sys.argv[1]) / name for name in sys.argv[2].split("-"))
            here.touch()
            until = time.time() + 60
            while not other.exists():
                assert time.time() < until, "the other round never came"
                time.sleep(0.005)
        """
        step = project.processing("meet", body, arguments=[str(project.folder), ITEM])
        assert project.run(loop(step, items=["x-y", "y-x"], most=2)).status == "Succeeded"

    def test_obey_the_runs_own_limit_which_the_loop_does_not_use_up(self, project):
        project.settings_with(max_parallel=1)
        step = project.processing("a", "time.sleep(0.02)")
        execution = project.run(loop(step, items=[1, 2], most=2))
        one, two = (execution.step(name) for name in ("a-0", "a-1"))
        assert one.ended <= two.started

    def test_register_model_packages_and_train(self, project):
        train = project.training(
            "fit",
            """
            chosen = json.loads((ML / "input/config/hyperparameters.json").read_text())["k"]
            (ML / "model/k").write_text(chosen)
            print(f"auc={chosen}")
            """,
            hyperparameters={"k": ITEM},
            metrics={"auc": "auc=(.*)"},
        )
        uri = {"Get": "Steps.fit.ModelArtifacts.S3ModelArtifacts"}
        execution = project.run(loop(train, project.register("keep", uri), items=[1, 3, 2]))
        assert execution.status == "Succeeded"
        assert execution.step("fit-1").metrics == {"auc": 3.0}
        assert len(project.history.model_packages("group")) == 3


class TestWhatOthersSee:
    def test_counts_and_status(self, project, say):
        names = ("Status", "InputItemCount", "TotalStepCount", "SucceededStepCount")
        names += ("FailedStepCount", "StoppedStepCount")
        values = [{"Std:Join": {"On": "", "Values": [{"Get": f"Steps.loop.{n}"}]}} for n in names]
        step = loop(say("a"), say("b"), items=[1, 2, 3])
        execution = project.run(step, say("after", *values))
        assert project.log(execution, "after") == "Succeeded 3 6 6 0 0\n"

    def test_one_rounds_output_and_a_file_in_it(self, project, say):
        write = project.processing(
            "write",
            "(OUT / 'o/n.json').write_text(json.dumps({'n': {'k': sys.argv[1]}}))",
            arguments=[ITEM],
            outputs={"o": own("s3://b/o")},
        )
        place = output_of("loop.IterationOutputs[1].write")
        file = {"Std:Join": {"On": "/", "Values": [place, "n.json"]}}
        value = {"Std:JsonGet": {"S3Uri": file, "Path": "n.k"}}
        read = project.processing(
            "read",
            "print((IN / 'x/n.json').read_text(), sys.argv[1])",
            inputs={"x": place},
            arguments=[value],
        )
        execution = project.run(read, loop(write, items=["a", "b"]))
        assert project.log(execution, "read") == '{"n": {"k": "b"}} b\n'

    @pytest.mark.parametrize(("pick", "best"), [("MaxBy", "fit-1"), ("MinBy", "fit-0")])
    def test_the_best_round(self, project, say, pick, best):
        train = project.training(
            "fit",
            """
            chosen = json.loads((ML / "input/config/hyperparameters.json").read_text())["k"]
            print(f"auc={chosen}")
            """,
            hyperparameters={"k": ITEM},
            metrics={"auc": "auc=(.*)"},
        )
        by = {"Get": "IterationOutput.fit.FinalMetricDataList['auc'].Value"}
        step = loop(train, items=[1, 3, 2, 3], selector={"Pick": pick, "Field": by})
        execution = project.run(step, say("after", {"Get": "Steps.loop.Selected.TrainingJobName"}))
        assert project.log(execution, "after").strip() == execution.step(best).job_name

    @pytest.mark.parametrize(
        ("printed", "says"),
        [("", "Selector: round 0: there is no 'auc'"), ("auc=nan", "nan of round 0 is no number")],
    )
    def test_a_best_round_without_the_number_fails_the_loop(self, project, printed, says):
        train = project.training("fit", f"print({printed!r})", metrics={"auc": "auc=(.*)"})
        by = {"Get": "IterationOutput.fit.FinalMetricDataList['auc'].Value"}
        step = loop(train, items=[1], selector={"Pick": "MaxBy", "Field": by})
        execution = project.run(step)
        assert execution.step("loop").status == "Failed"
        assert says in execution.step("loop").failure_reason

    def test_a_round_that_there_is_not_fails_the_step_that_reads_it(self, project, say):
        parameters = [{"Name": "all", "Type": "String", "DefaultValue": "[1]"}]
        name = {"Get": "Steps.loop.IterationOutputs[1].say.ProcessingJobName"}
        execution = project.run(
            loop(say(), items={"Get": "Parameters.all"}), say("after", name), parameters=parameters
        )
        assert statuses(execution)["loop"] == "Succeeded"
        assert "there is no 1 (there is: [0] to [0])" in execution.step("after").failure_reason

    def test_the_loop_goes_on_until_its_rounds_have_ended(self, project, say):
        execution = project.run(loop(say(), items=[1, 2]))
        told = [(event.step, event.status) for event in project.events]
        assert told[:3] == [(None, "Executing"), ("loop", "Starting"), ("loop", "Executing")]
        assert told[-2:] == [("loop", "Succeeded"), (None, "Succeeded")]
        assert max(step.ended for step in execution.steps) == execution.step("loop").ended
        record = project.history.get(execution.id)
        assert statuses(record) == statuses(execution)
        assert record.step("loop").properties == execution.step("loop").properties


def when_failed(step, act):
    """Make what is told of a run's events, and acts once a step's failure is on record."""

    def on_event(event):
        if (event.step, event.status) == (step, "Failed"):
            act()

    return on_event


class TestFailure:
    def test_of_one_step_lets_no_other_round_begin(self, project):
        project.settings_with(max_parallel=1)
        body = project.processing("a", "sys.exit(sys.argv[1] == 'bad')", arguments=[ITEM])
        execution = project.run(
            loop(body, items=["good", "bad", "good"], most=1),
            project.processing("after", DependsOn=["loop"]),
        )
        assert execution.status == "Failed"
        assert statuses(execution) == {"loop": "Failed", "a-0": "Succeeded", "a-1": "Failed"}
        record = execution.step("loop")
        assert record.failure_reason == "1 of 3 steps failed: a-1"
        assert record.properties["InputItemCount"] == 3
        assert [record.properties[f"{end}StepCount"] for end in ("Total", "Succeeded")] == [2, 1]
        assert record.properties["FailedStepCount"] == 1

    def test_lets_what_runs_of_other_rounds_finish(self, project):
        project.settings_with(max_parallel=2)
        marker = project.folder / "failed"
        body = f"""
            if sys.argv[1] == "bad":
                sys.exit(1)
            while not Path({str(marker)!r}).exists():
                time.sleep(0.005)
        """
        step = project.processing("a", body, arguments=[ITEM])
        definition = project.define(loop(step, items=["bad", "slow", "never"], most=3))
        execution = run(definition, {}, project.settings, when_failed("a-0", marker.touch))
        assert statuses(execution) == {"loop": "Failed", "a-0": "Failed", "a-1": "Succeeded"}

    def test_elsewhere_stops_the_loop(self, project):
        project.settings_with(max_parallel=2)
        begun, failed = project.folder / "begun", project.folder / "failed"
        body = f"""
            Path({str(begun)!r}).touch()
            while not Path({str(failed)!r}).exists():
                time.sleep(0.005)
        """
        bad = f"""
            while not Path({str(begun)!r}).exists():
                time.sleep(0.005)
            sys.exit(1)
        """
        definition = project.define(
            loop(project.processing("a", body), items=[1, 2], most=1),
            project.processing("bad", bad),
        )
        execution = run(definition, {}, project.settings, when_failed("bad", failed.touch))
        assert statuses(execution) == {"loop": "Stopped", "a-0": "Succeeded", "bad": "Failed"}
        reason = "1 of 2 steps had succeeded when it was stopped"
        assert execution.step("loop").failure_reason == reason

    def test_inside_a_round_can_be_handled_there(self, project, say):
        bad = project.processing("bad", "sys.exit(1)")
        tell = say("tell", {"Get": "Steps.bad.FailureReason"})
        tell["DependsOn"] = [{"Step": "bad", "Trigger": "Failed"}]
        project.settings_with(max_parallel=1)
        execution = project.run(loop(bad, tell, items=[1], most=1))
        assert execution.status == "CompletedWithFailures"
        assert statuses(execution) == {
            "loop": "Failed",
            "bad-0": "Failed",
            "tell-0": "Succeeded",
        }
        assert "AlgorithmError" in project.log(execution, "tell-0")

    def test_a_condition_on_a_run_that_is_not_met_leaves_the_loop_succeeded(self, project, say):
        tell = say("tell", DependsOn=[{"Step": "good", "Trigger": "Failed"}])
        execution = project.run(loop(say("good"), tell, items=[1, 2]))
        assert statuses(execution) == {
            "loop": "Succeeded",
            "good-0": "Succeeded",
            "good-1": "Succeeded",
        }

    def test_being_stopped_stops_the_rounds(self, project):
        marker = project.folder / "running"

        def stop(event):
            project.events.append(event)
            if event.step == "a-0" and event.status == "Executing":
                until = time.monotonic() + 60
                while not marker.exists():
                    assert time.monotonic() < until
                    time.sleep(0.005)
                os.kill(os.getpid(), signal.SIGINT)

        project.settings_with(max_parallel=1)
        body = project.processing("a", f"Path({str(marker)!r}).touch(); time.sleep(600)")
        definition = project.define(loop(body, items=[1, 2], most=2))
        execution = run(definition, {}, project.settings, stop)
        assert execution.status == "Stopped"
        assert statuses(execution) == {"loop": "Stopped", "a-0": "Stopped"}
        assert execution.step("loop").properties["StoppedStepCount"] == 1


class TestWhatIsRefused:
    def refused(self, project, *steps, **keys):
        with pytest.raises(DefinitionError) as caught:
            run(project.define(*steps, **keys), {}, project.settings)
        assert not project.settings.root.exists()
        return str(caught.value)

    @pytest.mark.parametrize("most", [0, 51, True, "5", 1.5, None, {"Get": "Parameters.n"}])
    def test_a_concurrency_that_is_none(self, project, say, most):
        said = self.refused(project, loop(say(), items=[1], most=most))
        assert f"step 'loop': MaxConcurrency has to be 1 to 50, not {most!r}" in said

    @pytest.mark.parametrize(
        ("items", "says"),
        [
            ([], "IterableItems has 0 items; SageMaker takes 1 to 100"),
            ([1] * 101, "IterableItems has 101 items; SageMaker takes 1 to 100"),
            ([None], "IterableItems: None is no scalar and no expression"),
            ([[1]], "IterableItems: [1] is no scalar and no expression"),
            ("[1]", "IterableItems has to be a list, or an expression"),
            (None, "IterableItems is missing"),
            ({"Get": "Parameters.all"}, "IterableItems is 'a, b', which is not the text of a"),
            ({"Get": "Steps.say.ProcessingJobName"}, "step 'say' runs once a round of 'loop'"),
        ],
    )
    def test_items_that_are_none(self, project, say, items, says):
        parameters = [{"Name": "all", "Type": "String", "DefaultValue": "a, b"}]
        assert says in self.refused(project, loop(say(), items=items), parameters=parameters)

    def test_a_list_with_a_null(self, project, say):
        parameters = [{"Name": "all", "Type": "String", "DefaultValue": "[null]"}]
        step = loop(say(), items={"Get": "Parameters.all"})
        assert "holds a null" in self.refused(project, step, parameters=parameters)

    def test_an_item_without_the_field(self, project, say):
        step = loop(say("say", {"Get": "ForEach.CurrentItem.n"}), items=['{"n": 1}', '{"m": 1}'])
        said = self.refused(project, step)
        path = "ForEach.CurrentItem.n"
        assert said == f"""step 'say': {path} of item '{{"m": 1}}': there is no 'n' (there is: m)"""

    def test_no_body(self, project):
        assert "ForEachBody has no steps" in self.refused(project, loop(items=[1]))

    def test_what_may_not_stand_in_a_body(self, project, say):
        check = {"Type": "Equals", "LeftValue": 1, "RightValue": 1}
        for step in (
            project.condition("x", check, then=[say()]),
            project.fail("x"),
            loop(say(), items=[1], name="x"),
        ):
            said = self.refused(project, loop(step, items=[1]))
            assert f"step 'x' is a {step['Type']} step in the body of 'loop'" in said

    def test_two_bodies_with_steps_of_one_name(self, project, say):
        steps = [loop(say(), items=[1], name=name) for name in ("one", "two")]
        assert self.refused(project, *steps) == "two steps are called 'say'; names have to differ"

    def test_a_step_that_is_called_as_a_round(self, project, say):
        said = self.refused(project, loop(say(), items=[1]), say("say-10"))
        assert said == "step 'say-10': so is a round of step 'say' called, in loop 'loop'"

    @pytest.mark.parametrize(("length", "items"), [(63, [1]), (62, list(range(11)))])
    def test_names_that_leave_no_room_for_the_rounds(self, project, say, length, items):
        said = self.refused(project, loop(say("s" * length), items=items))
        last = f"{'s' * length}-{len(items) - 1}"
        assert f"a round is called {last}; names have up to 64 characters" in said

    @pytest.mark.parametrize(
        ("reference", "says"),
        [
            ("Steps.say.ProcessingJobName", "step 'say' runs once a round of 'loop'"),
            ("Steps.say-0.ProcessingJobName", "there is no step 'say-0'"),
            ("Steps.loop.IterationOutputs", "has to be IterationOutputs[0].<step>.<path>"),
            ("Steps.loop.IterationOutputs.say.X", "has to be IterationOutputs[0].<step>.<path>"),
            ("Steps.loop.IterationOutputs[0].x.Y", "<step>.<path> (there is: say)"),
            ("Steps.loop.IterationOutputs[0].say.X", "a Processing step has no 'X'"),
            ("Steps.loop.IterationOutputs[1].say.ProcessingJobName", "there is no round 1"),
            ("Steps.loop.Selected.ProcessingJobName", "ForEach step 'loop' has no Selector"),
            ("Steps.loop.Best", "a ForEach step has no 'Best'"),
            ("ForEach.CurrentItem", "there is no current item outside of a ForEachBody"),
        ],
    )
    def test_references_that_lead_nowhere(self, project, say, reference, says):
        said = self.refused(project, loop(say(), items=[1]), say("x", {"Get": reference}))
        assert f"step 'x': {reference}: " in said
        assert says in said

    def test_waiting_for_a_step_of_a_body(self, project, say):
        said = self.refused(project, loop(say(), items=[1]), say("x", DependsOn=["say"]))
        assert "step 'x': DependsOn: step 'say' runs once a round of 'loop'" in said

    def test_a_body_that_waits_for_its_own_loop(self, project, say):
        said = self.refused(project, loop(say("say", DependsOn=["loop"]), items=[1]))
        assert said == "steps wait for each other in a circle: loop → loop"

    def test_a_circle_in_a_body(self, project, say):
        steps = say("a", DependsOn=["b"]), say("b", DependsOn=["a"])
        assert "circle: a → b → a" in self.refused(project, loop(*steps, items=[1]))

    @pytest.mark.parametrize(
        ("selector", "says"),
        [
            ({"Pick": "Best", "Field": {"Get": "IterationOutput.say.X"}}, "Pick is 'Best'"),
            ({"Pick": "MaxBy", "Field": 1}, "Selector: Field has to be IterationOutput.<step>"),
            ({"Pick": "MaxBy", "Field": {"Get": "Steps.say.X"}}, "Selector: Field has to be"),
            ({"Pick": "MaxBy", "Field": {"Get": "IterationOutput.x.Y"}}, "(there is: say)"),
            ({"Pick": "MaxBy", "Field": {"Get": "IterationOutput.say"}}, "none of its properties"),
            ({"Pick": "MaxBy", "Field": {"Get": "IterationOutput.say.X"}}, "has no 'X'"),
            ({"Pick": "MaxBy"}, "Selector.Field is missing"),
        ],
    )
    def test_a_selector_that_picks_nothing(self, project, say, selector, says):
        said = self.refused(project, loop(say(), items=[1], selector=selector))
        assert said.startswith("step 'loop': ")
        assert says in said

    def test_what_a_step_of_the_body_may_not_ask_for(self, project):
        step = project.processing("a", more={"Surprise": 1})
        said = self.refused(project, loop(step, items=[1, 2]))
        assert said == "step 'a': Arguments.Surprise is not supported by the local runner"
