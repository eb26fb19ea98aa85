"""What starts next, told in steps that nobody runs."""

import pytest

from sagepipe.local import loops
from sagepipe.local.schedule import Schedule
from sagepipe.local.step import Branch, Step
from sagepipe.local.steps.kind import StepResult


def step(name, *, kind="Processing", branch=None, body=(), most=1, **needs):
    """Make a step that waits for the steps given, each with the end that lets it run."""
    names = {other.replace("_", "-"): end for other, end in needs.items()}
    arguments = {"MaxConcurrency": most} if body else {}
    return Step(name, kind, arguments, names, {}, branch, tuple(body))


class Told:
    """A schedule that is told what happened, by name."""

    def __init__(self, *steps):
        self.steps = {item.name: item for item in steps}
        self.schedule = Schedule(
            self.steps,
            {
                item.name: dict(item.depends_on)
                | ({item.branch.condition: "Completed"} if item.branch else {})
                for item in steps
            },
        )

    def start(self):
        """Take all that may start; returns the names."""
        return [item.name for item in iter(self.schedule.take, None)]

    def end(self, status="Succeeded", *names, outcome=None):
        for name in names:
            self.schedule.ended(name, StepResult(status, outcome=outcome))
        return self.start()

    def expand(self, name, count):
        rounds = loops.rounds(self.steps[name], list(range(count)))
        self.schedule.expand(name, rounds)
        return self.start()


def test_what_waits_for_nothing_is_ready_in_the_definitions_order():
    assert Told(step("b"), step("a"), step("c", a="Completed")).start() == ["b", "a"]


def test_a_step_starts_once_all_that_it_waits_for_has_succeeded():
    told = Told(step("a"), step("b"), step("c", a="Completed", b="Completed"))
    told.start()
    assert told.end("Succeeded", "a") == []
    assert told.end("Succeeded", "b") == ["c"]
    assert told.end("Succeeded", "c") == []
    assert told.schedule.status == "Succeeded"


def test_the_branch_that_is_not_taken_never_starts_nor_does_what_waits_for_it():
    told = Told(
        step("c", kind="Condition"),
        step("yes", branch=Branch("c", True)),
        step("no", branch=Branch("c", False)),
        step("after", no="Completed"),
        step("anyway", no="Any"),
    )
    assert told.start() == ["c"]
    assert told.end("Succeeded", "c", outcome=True) == ["yes", "anyway"]
    assert told.end("Succeeded", "yes", "anyway") == []
    assert told.schedule.status == "Succeeded"


class TestRunConditions:
    @pytest.mark.parametrize(
        ("end", "started"),
        [
            ("Succeeded", ["completed", "any"]),
            ("Failed", ["failed", "any"]),
            ("Stopped", ["stopped", "any"]),
        ],
    )
    def test_the_end_of_a_step_says_who_runs(self, end, started):
        told = Told(
            step("a"),
            *(step(item.lower(), a=item) for item in ("Completed", "Failed", "Stopped", "Any")),
        )
        assert told.start() == ["a"]
        assert told.end(end, "a") == started

    def test_after_a_failure_nothing_else_starts(self):
        told = Told(step("a"), step("b"), step("after-b", b="Completed"), step("fix", a="Failed"))
        told.start()
        assert told.end("Failed", "a") == ["fix"]
        assert told.end("Succeeded", "b") == []

    def test_what_is_behind_a_handler_starts_too(self):
        told = Told(step("a"), step("fix", a="Failed"), step("tell", fix="Completed"))
        told.start()
        assert told.end("Failed", "a") == ["fix"]
        assert told.end("Succeeded", "fix") == ["tell"]

    def test_an_exit_waits_for_what_runs_and_not_for_what_never_starts(self):
        told = Told(
            step("bye", a="Any", b="Any", c="Any"), step("a"), step("b"), step("c", a="Completed")
        )
        assert told.start() == ["a", "b"]
        assert told.end("Failed", "a") == []
        assert told.end("Succeeded", "b") == ["bye"]

    def test_a_failure_elsewhere_keeps_no_exit_from_running(self):
        told = Told(step("bye", b="Any"), step("a"), step("b", a="Completed"))
        assert told.start() == ["a"]
        assert told.end("Failed", "a") == ["bye"]
        assert told.schedule.status == "Failed"  # nothing ran on the step that failed

    def test_a_handler_of_what_never_started_does_not_run(self):
        told = Told(step("a"), step("b", a="Completed"), step("fix", b="Failed"))
        told.start()
        assert told.end("Failed", "a") == []

    def test_all_conditions_have_to_be_met(self):
        told = Told(step("a"), step("b"), step("fix", a="Failed", b="Completed"))
        told.start()
        assert told.end("Failed", "a") == []
        assert told.end("Succeeded", "b") == ["fix"]


class TestTheExecutionsStatus:
    def test_a_failure_that_nothing_ran_on_is_failed(self):
        told = Told(step("a"), step("b", a="Completed"))
        told.start()
        told.end("Failed", "a")
        assert told.schedule.status == "Failed"

    @pytest.mark.parametrize("trigger", ["Failed", "Any"])
    def test_one_that_something_ran_on_is_completed_with_failures(self, trigger):
        told = Told(step("a"), step("fix", a=trigger))
        told.start()
        told.end("Failed", "a")
        assert told.end("Succeeded", "fix") == []
        assert told.schedule.status == "CompletedWithFailures"

    def test_an_exit_after_success_is_succeeded(self):
        told = Told(step("a"), step("bye", a="Any"))
        told.start()
        told.end("Succeeded", "a")
        told.end("Succeeded", "bye")
        assert told.schedule.status == "Succeeded"

    def test_a_fail_step_makes_it_failed_whatever_else_ran(self):
        told = Told(step("a"), step("stop", kind="Fail"), step("bye", a="Any"))
        told.start()
        told.end("Failed", "a")
        told.end("Failed", "stop")
        assert told.schedule.status == "Failed"


class TestStopping:
    def test_nothing_starts_any_more_whatever_it_waits_for(self):
        told = Told(
            step("a"), step("b", a="Completed"), step("bye", a="Any"), step("c", a="Stopped")
        )
        told.start()
        told.schedule.stop()
        assert told.end("Stopped", "a") == []

    def test_what_was_ready_is_not_taken(self):
        told = Told(step("a"), step("b"))
        told.schedule.stop()
        assert told.start() == []


class TestLoops:
    def test_at_most_so_many_rounds_and_steps_are_under_way(self):
        told = Told(step("loop", body=[step("a"), step("b", a="Completed")], most=2))
        assert told.start() == ["loop"]
        assert told.expand("loop", 3) == ["a-0", "a-1"]
        assert told.end("Succeeded", "a-1") == ["b-1"]
        assert told.end("Succeeded", "b-1") == ["a-2"]  # round 0 goes on
        assert told.end("Succeeded", "a-0", "a-2") == ["b-0", "b-2"]
        assert told.schedule.loop_over() is None
        assert told.end("Succeeded", "b-0", "b-2") == []
        over = told.schedule.loop_over()
        assert (over.loop.name, len(over.results), over.cut_short) == ("loop", 6, False)
        assert told.schedule.loop_over() is None

    def test_what_waits_for_the_loop_starts_when_the_loop_has_ended(self):
        told = Told(step("loop", body=[step("a")]), step("after", loop="Completed"))
        told.start()
        told.expand("loop", 1)
        assert told.end("Succeeded", "a-0") == []
        assert told.end("Succeeded", "loop") == ["after"]

    def test_no_items_are_over_at_once(self):
        told = Told(step("loop", body=[step("a")]))
        told.start()
        assert told.expand("loop", 0) == []
        assert told.schedule.loop_over().loop.name == "loop"

    def test_a_failure_anywhere_cuts_it_short(self):
        told = Told(step("loop", body=[step("a")], most=2), step("b"))
        told.start()
        assert told.expand("loop", 3) == ["a-0", "a-1"]
        told.end("Failed", "b")
        assert told.end("Succeeded", "a-0") == []
        assert told.schedule.loop_over() is None
        told.end("Succeeded", "a-1")
        assert told.schedule.loop_over().cut_short

    def test_after_a_failure_one_that_handles_it_runs_all_its_rounds(self):
        told = Told(step("a"), step("loop", body=[step("fix")], most=1, a="Failed"))
        told.start()
        assert told.end("Failed", "a") == ["loop"]
        assert told.expand("loop", 2) == ["fix-0"]
        assert told.end("Succeeded", "fix-0") == ["fix-1"]
        told.end("Succeeded", "fix-1")
        assert not told.schedule.loop_over().cut_short
        assert told.schedule.status == "CompletedWithFailures"

    def test_two_at_once_share_what_there_is(self):
        told = Told(step("one", body=[step("a")], most=1), step("two", body=[step("b")], most=2))
        told.start()
        told.schedule.expand("one", loops.rounds(told.steps["one"], [1, 2]))
        told.schedule.expand("two", loops.rounds(told.steps["two"], [1, 2]))
        assert told.start() == ["a-0", "b-0", "b-1"]


def test_a_long_chain_that_falls_away_is_no_recursion():
    chain = [step("s0")]
    chain += [step(f"s{n}", **{f"s{n - 1}": "Completed"}) for n in range(1, 2000)]
    told = Told(*chain, step("bye", s1999="Any"))
    told.start()
    assert told.end("Failed", "s0") == ["bye"]
