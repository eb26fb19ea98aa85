"""Run conditions: steps that run because another failed, or whatever became of it."""

import os
import signal
import time

import pytest

from sagepipe.local import run

TRUE = {"Type": "Equals", "LeftValue": 1, "RightValue": 1}


def on(trigger, *names):
    return [{"Step": name, "Trigger": trigger} for name in names]


def statuses(execution):
    return {step.name: step.status for step in execution.steps}


@pytest.fixture
def bad(project):
    """A step that fails."""

    def make(name="bad", **step):
        return project.processing(name, "sys.exit(3)", **step)

    return make


def test_a_step_runs_because_another_failed(project, bad):
    execution = project.run(
        bad(),
        project.processing("fix", DependsOn=on("Failed", "bad")),
        project.processing("next", DependsOn=["bad"]),
    )
    assert statuses(execution) == {"bad": "Failed", "fix": "Succeeded"}
    assert execution.status == "CompletedWithFailures"
    assert execution.finished
    assert execution.failure_reason == "Step failure: One or multiple steps failed."
    record = project.history.get(execution.id)
    assert (record.status, record.finished) == ("CompletedWithFailures", True)
    assert project.events[-1].status == "CompletedWithFailures"


def test_it_does_not_run_where_the_other_succeeded(project):
    execution = project.run(
        project.processing("good"), project.processing("fix", DependsOn=on("Failed", "good"))
    )
    assert statuses(execution) == {"good": "Succeeded"}
    assert execution.status == "Succeeded"


def test_it_can_say_why_the_other_failed(project, bad):
    reason = {"Get": "Steps.bad.FailureReason"}
    tell = project.processing(
        "tell", "print(sys.argv[1])", arguments=[reason], DependsOn=on("Failed", "bad")
    )
    execution = project.run(bad(), tell)
    assert project.log(execution, "tell").strip() == execution.step("bad").failure_reason
    assert "exit code: 3" in project.log(execution, "tell")


def test_what_the_other_never_came_to_fails_it(project):
    model = {"Get": "Steps.fit.FinalMetricDataList['auc'].Value"}
    fit = project.training("fit", "sys.exit(1)", metrics={"auc": "auc=(.*)"})
    tell = project.processing("tell", environment={"M": model}, DependsOn=on("Failed", "fit"))
    execution = project.run(fit, tell)
    assert "there is no 'auc'" in execution.step("tell").failure_reason


class TestExits:
    def steps(self, project, first, second="", third=""):
        return (
            project.processing("bye", DependsOn=on("Any", "first", "second", "third")),
            project.processing("first", first),
            project.processing("second", second, DependsOn=["first"]),
            project.processing("third", third),
        )

    def test_run_last_where_all_succeeded(self, project):
        execution = project.run(*self.steps(project, ""))
        assert execution.status == "Succeeded"
        assert execution.steps[-1].name == "bye"

    def test_run_last_where_one_failed_and_another_never_started(self, project):
        project.settings_with(max_parallel=3)
        execution = project.run(*self.steps(project, "sys.exit(1)", third="time.sleep(0.2)"))
        assert statuses(execution) == {"first": "Failed", "third": "Succeeded", "bye": "Succeeded"}
        assert execution.step("third").ended <= execution.step("bye").started
        assert execution.status == "CompletedWithFailures"

    def test_run_after_a_fail_step_which_makes_the_execution_failed(self, project):
        execution = project.run(
            project.processing("bye", DependsOn=on("Any", "first")),
            project.processing("first"),
            project.condition("c", TRUE, then=[project.fail("stop")], DependsOn=["first"]),
        )
        assert statuses(execution)["bye"] == "Succeeded"
        assert execution.status == "Failed"

    def test_that_fail_are_failures_too(self, project):
        execution = project.run(
            project.processing("first"),
            project.processing("bye", "sys.exit(1)", DependsOn=on("Any", "first")),
        )
        assert execution.status == "Failed"

    def test_do_not_run_where_the_execution_is_stopped(self, project):
        marker = project.folder / "running"

        def stop(event):
            if event.step == "first" and event.status == "Executing":
                until = time.monotonic() + 60
                while not marker.exists():
                    assert time.monotonic() < until
                    time.sleep(0.005)
                os.kill(os.getpid(), signal.SIGINT)

        first = project.processing("first", f"Path({str(marker)!r}).touch(); time.sleep(600)")
        bye = project.processing("bye", DependsOn=on("Any", "first"))
        execution = run(project.define(first, bye), {}, project.settings, stop)
        assert statuses(execution) == {"first": "Stopped"}
        assert execution.status == "Stopped"


def test_a_condition_decides_what_to_do_about_a_failure(project, bad):
    later = project.processing("later")
    execution = project.run(
        bad(), project.condition("c", TRUE, then=[later], DependsOn=on("Any", "bad"))
    )
    assert statuses(execution) == {"bad": "Failed", "c": "Succeeded", "later": "Succeeded"}
    assert execution.status == "CompletedWithFailures"


def test_completed_may_be_written_out(project):
    execution = project.run(
        project.processing("a"), project.processing("b", DependsOn=on("Completed", "a"))
    )
    assert statuses(execution) == {"a": "Succeeded", "b": "Succeeded"}
