"""The order of steps: parallel, branches, failures, events."""

import json
import time

import pytest

from sagepipe import local
from sagepipe.local import LocalError

TRUE = {"Type": "Equals", "LeftValue": 1, "RightValue": 1}
FALSE = {"Type": "Equals", "LeftValue": 1, "RightValue": 2}

# Waits for a file of another job's, for at most a minute.
WAIT_FOR = """
    other = Path({other!r})
    Path({own!r}).touch()
    until = time.time() + 60
    while not other.exists():
        assert time.time() < until, "the other job never came"
        time.sleep(0.005)
"""


def waiting(project, own, other):
    return WAIT_FOR.format(own=str(project.folder / own), other=str(project.folder / other))


def statuses(execution):
    return {step.name: step.status for step in execution.steps}


def test_ready_steps_run_at_the_same_time(project):
    project.settings_with(max_parallel=2)
    execution = project.run(
        project.processing("a", waiting(project, "a", "b")),
        project.processing("b", waiting(project, "b", "a")),
    )
    assert execution.status == "Succeeded"


def test_no_more_run_than_max_parallel_allows(project):
    project.settings_with(max_parallel=1)
    execution = project.run(*(project.processing(name, "time.sleep(0.05)") for name in "abc"))
    a, b, c = execution.steps
    assert a.ended <= b.started and b.ended <= c.started


def test_depends_on_makes_a_step_wait(project):
    project.settings_with(max_parallel=3)
    execution = project.run(
        project.processing("last", DependsOn=["middle"]),
        project.processing("middle", DependsOn=["first"]),
        project.processing("first"),
    )
    assert [step.name for step in execution.steps] == ["first", "middle", "last"]


class TestConditions:
    def test_the_branch_not_taken_and_its_dependants_are_not_listed(self, project):
        name = {"Get": "Steps.yes.ProcessingJobName"}
        other = {"Get": "Steps.no.ProcessingJobName"}
        execution = project.run(
            project.condition(
                "c", FALSE, then=[project.processing("yes")], otherwise=[project.processing("no")]
            ),
            project.processing("after-yes", environment={"X": name}),
            project.processing("later", DependsOn=["after-yes"]),
            project.processing("after-no", environment={"X": other}),
        )
        assert execution.status == "Succeeded"
        assert [step.name for step in execution.steps] == ["c", "no", "after-no"]

    def test_a_step_that_needs_both_branches_never_runs(self, project):
        execution = project.run(
            project.condition(
                "c", TRUE, then=[project.processing("a")], otherwise=[project.processing("b")]
            ),
            project.processing("both", DependsOn=["a", "b"]),
        )
        assert statuses(execution) == {"c": "Succeeded", "a": "Succeeded"}

    def test_a_gate_compares_a_metric_with_a_parameter(self, project):
        files = [{"PropertyFileName": "m", "OutputName": "metrics", "FilePath": "metrics.json"}]
        body = """
            scores = {"auc": 0.75, "n": {"k": 2}}
            (OUT / "metrics/metrics.json").write_text(json.dumps(scores))
        """
        value = {
            "Std:JsonGet": {"PropertyFile": {"Get": "Steps.score.PropertyFiles.m"}, "Path": "auc"}
        }
        bar = {"Get": "Parameters.min_auc"}
        for given, outcome in (("0.7", True), ("0.75", True), ("0.8", False)):
            score = project.processing(
                "score", body, outputs={"metrics": f"s3://b/{given}"}, PropertyFiles=files
            )
            check = {"Type": "GreaterThanOrEqualTo", "LeftValue": value, "RightValue": bar}
            execution = project.run(
                score,
                project.condition("gate", check, otherwise=[project.fail("stop", "below the bar")]),
                parameters=[{"Name": "min_auc", "Type": "Float", "DefaultValue": 0.5}],
                given={"min_auc": given},
            )
            assert execution.step("gate").outcome is outcome
            assert execution.status == ("Succeeded" if outcome else "Failed")
            assert execution.step("score").metrics == {"auc": 0.75, "n.k": 2.0}

    def test_an_outcome_is_lower_case_in_a_join(self, project):
        outcome = {"Std:Join": {"On": "", "Values": ["it is ", {"Get": "Steps.c.Outcome"}]}}
        execution = project.run(project.condition("c", FALSE), project.fail("f", outcome))
        assert execution.step("f").failure_reason == "it is false"

    def test_a_missing_path_fails_the_step_that_reads_it(self, project):
        files = [{"PropertyFileName": "m", "OutputName": "o", "FilePath": "metrics.json"}]
        body = """(OUT / "o/metrics.json").write_text('{"auc": 1}')"""
        step = project.processing("s", body, outputs={"o": "s3://b/o"}, PropertyFiles=files)
        value = {"Std:JsonGet": {"PropertyFile": {"Get": "Steps.s.PropertyFiles.m"}, "Path": "f1"}}
        check = {"Type": "Equals", "LeftValue": value, "RightValue": 1}
        execution = project.run(step, project.condition("c", check))
        assert statuses(execution) == {"s": "Succeeded", "c": "Failed"}
        assert "there is no 'f1' (there is: auc)" in execution.step("c").failure_reason

    def test_a_missing_property_file_fails_the_step_that_reads_it(self, project):
        files = [{"PropertyFileName": "m", "OutputName": "o", "FilePath": "metrics.json"}]
        step = project.processing("s", outputs={"o": "s3://b/o"}, PropertyFiles=files)
        value = {"Std:JsonGet": {"PropertyFile": {"Get": "Steps.s.PropertyFiles.m"}, "Path": "f1"}}
        check = {"Type": "Equals", "LeftValue": value, "RightValue": 1}
        execution = project.run(step, project.condition("c", check))
        assert "there is no s3://b/o/metrics.json" in execution.step("c").failure_reason


class TestFailure:
    def test_nothing_new_starts_and_what_runs_may_finish(self, project):
        project.settings_with(max_parallel=2)
        marker = project.folder / "failed"
        slow = f"""
            while not Path({str(marker)!r}).exists():
                time.sleep(0.005)
            (OUT / "o/a").write_text("a")
        """
        definition = project.define(
            project.processing("bad", "sys.exit(1)"),
            project.processing("slow", slow, outputs={"o": "s3://b/o"}),
            project.processing("waiting"),
            project.processing("after-slow", DependsOn=["slow"]),
        )

        def mark(event):
            if (event.step, event.status) == ("bad", "Failed"):
                marker.touch()

        execution = local.run(definition, {}, project.settings, mark)
        assert statuses(execution) == {"bad": "Failed", "slow": "Succeeded"}
        assert project.s3("s3://b/o/a").exists()
        assert execution.status == "Failed"
        assert execution.failure_reason == "Step failure: One or multiple steps failed."

    def test_a_fail_step_gives_its_message(self, project):
        message = {"Std:Join": {"On": " ", "Values": ["auc below", {"Get": "Parameters.bar"}]}}
        parameters = [{"Name": "bar", "Type": "Float", "DefaultValue": 0.8}]
        execution = project.run(project.fail("f", message), parameters=parameters)
        assert execution.status == "Failed"
        assert execution.step("f").failure_reason == "auc below 0.8"

    def test_a_fail_step_without_a_message_has_no_reason(self, project):
        assert project.run(project.fail("f", "")).step("f").failure_reason is None

    def test_finished_steps_keep_their_outputs(self, project):
        good = project.processing(
            "good", "(OUT / 'o/a').write_text('a')", outputs={"o": "s3://b/o"}
        )
        project.run(good, project.processing("bad", "sys.exit(1)", DependsOn=["good"]))
        assert project.s3("s3://b/o/a").read_text() == "a"

    @pytest.mark.parametrize("error", [RuntimeError, BrokenPipeError])
    def test_of_the_callers_own_callback_ends_the_jobs_and_is_on_record(self, project, error):
        def broken(event):
            if event.status == "Executing" and event.step:
                raise error("broken view")

        definition = project.define(project.processing("a", "time.sleep(600)"))
        with pytest.raises(error, match="broken view"):
            local.run(definition, {}, project.settings, broken)
        record = project.history.get()
        assert record.status == "Failed"
        assert "broken view" in record.failure_reason


def test_events_tell_each_change_in_its_order(project):
    metrics = {"loss": "loss=(.*)"}
    execution = project.run(
        project.training("t", "print('loss=0.5')", metrics=metrics),
        project.condition("c", TRUE, DependsOn=["t"]),
        project.fail("f", "no good", DependsOn=["c"]),
    )
    assert [(event.step, event.type, event.status) for event in project.events] == [
        (None, "Execution", "Executing"),
        ("t", "Training", "Starting"),
        ("t", "Training", "Executing"),
        ("t", "Training", "Succeeded"),
        ("c", "Condition", "Starting"),
        ("c", "Condition", "Succeeded"),
        ("f", "Fail", "Starting"),
        ("f", "Fail", "Failed"),
        (None, "Execution", "Failed"),
    ]
    by_end = {event.step: event for event in project.events}
    assert by_end["t"].metrics == {"loss": 0.5}
    assert by_end["t"].log == execution.step("t").log
    assert by_end["c"].outcome is True
    assert by_end["f"].reason == "no good"
    assert {event.execution_id for event in project.events} == {execution.id}


def test_execution_variables_are_known(project):
    wanted = ("PipelineName", "PipelineExecutionId", "PipelineExecutionArn", "ProcessingJobName")
    values = [{"Get": f"Execution.{name}"} for name in wanted]
    step = project.processing("a", "print(sys.argv[1:])", arguments=values)
    execution = project.run(step, pipeline="flights")
    assert execution.pipeline == "flights"
    arn = f"arn:aws:sagemaker:local:000000000000:pipeline/flights/execution/{execution.id}"
    assert project.log(execution, "a") == (
        f"{['flights', execution.id, arn, execution.step('a').job_name]}\n"
    )


def test_the_run_folder_holds_the_definition(project):
    step = project.processing("a")
    execution = project.run(step)
    assert json.loads((execution.folder / "definition.json").read_text()) == project.define(step)


def test_the_record_says_how_jobs_were_run(project):
    assert project.run(project.processing("a")).runner == "process (relocated /opt/ml)"


def test_a_database_of_something_else_is_refused_in_words(project):
    project.settings.root.mkdir()
    project.settings.database.write_text(
        "this is no database, though it is long enough for one" * 9
    )
    with pytest.raises(LocalError, match="can't be used"):
        project.run(project.processing("a"))


def test_a_long_chain_costs_little_beside_its_processes(project):
    """A step's own overhead, without its process: nothing but Condition steps."""
    steps = [project.condition("c0", TRUE)]
    steps += [project.condition(f"c{n}", TRUE, DependsOn=[f"c{n - 1}"]) for n in range(1, 200)]
    started = time.process_time()
    assert project.run(*steps).status == "Succeeded"
    assert (time.process_time() - started) / len(steps) < 0.02
