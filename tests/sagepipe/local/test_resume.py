"""Going on with an execution that failed, was stopped or was killed at any moment."""

import os
import signal
from pathlib import Path

import pytest

from sagepipe import local
from sagepipe.local import LocalError, lock

TRUE = {"Type": "Equals", "LeftValue": 1, "RightValue": 1}


def uri(step):
    return {"Get": f"Steps.{step}.ProcessingOutputConfig.Outputs['o'].S3Output.S3Uri"}


@pytest.fixture
def fails_once(project):
    """A job that fails as long as a file is there, and the file."""
    marker = project.folder / "fails"
    marker.touch()
    return f"print('ran'); sys.exit(Path({str(marker)!r}).exists())", marker


def counted(project, name):
    return f"Path({str(project.folder / 'ran')!r}).open('a').write({name!r})"


def ran(project):
    return (project.folder / "ran").read_text()


class TestAFailedExecution:
    def test_goes_on_where_it_stopped_under_the_same_id(self, project, fails_once):
        body, marker = fails_once
        first = project.run(
            project.processing("a", counted(project, "a")),
            project.processing("b", body, DependsOn=["a"]),
            project.processing("c", counted(project, "c"), DependsOn=["b"]),
        )
        assert (first.status, [step.name for step in first.steps]) == ("Failed", ["a", "b"])
        marker.unlink()
        again = local.resume("last", project.settings)
        assert (again.id, again.status, again.failure_reason) == (first.id, "Succeeded", None)
        assert ran(project) == "ac"
        assert [(step.name, step.attempts) for step in again.steps] == [
            ("a", 1),
            ("b", 2),
            ("c", 1),
        ]
        assert project.history.get(again.id) == again
        assert len(project.history.executions()) == 1

    def test_a_step_starts_in_a_fresh_folder_and_the_old_log_stays(self, project, fails_once):
        body, marker = fails_once
        first = project.run(
            project.processing("a", f"(OUT / 'o/left').touch(); {body}", outputs={"o": "s3://b/o"})
        )
        marker.unlink()
        again = local.resume(first.id, project.settings)
        folder = again.step("a").folder
        assert "AlgorithmError" in (folder / "log.1.txt").read_text()
        assert project.log(again, "a") == "ran\n"
        assert again.step("a").job_name != first.step("a").job_name

    def test_its_parameters_are_those_that_it_was_started_with(self, project, fails_once):
        body, marker = fails_once
        parameters = [
            {"Name": "n", "Type": "Integer", "DefaultValue": 1},
            {"Name": "b", "Type": "Boolean", "DefaultValue": True},
            {"Name": "x", "Type": "Float", "DefaultValue": 0.5},
        ]
        values = [
            {"Std:Join": {"On": "", "Values": [{"Get": f"Parameters.{name}"}]}} for name in "nbx"
        ]
        made = project.processing("a", f"print(sys.argv[1:]); {body}", arguments=values)
        given = {"n": "3", "b": "false", "x": "0.25"}
        first = project.run(made, parameters=parameters, given=given)
        marker.unlink()
        again = local.resume(first.id, project.settings)
        assert again.parameters == {"n": 3, "b": False, "x": 0.25}
        assert project.log(again, "a").splitlines()[0] == "['3', 'false', '0.25']"

    def test_a_decision_that_was_made_stays_made(self, project, fails_once):
        body, marker = fails_once
        first = project.run(
            project.condition(
                "c",
                TRUE,
                then=[project.processing("yes", body)],
                otherwise=[project.processing("no")],
            )
        )
        marker.unlink()
        again = local.resume(first.id, project.settings)
        assert [step.name for step in again.steps] == ["c", "yes"]
        assert again.step("c") == first.step("c")

    def test_rounds_of_a_loop_that_succeeded_do_not_run_again(self, project):
        marker = project.folder / "fails"
        marker.touch()
        item = {"Get": "ForEach.CurrentItem"}
        body = f"""
            Path({str(project.folder / "ran")!r}).open("a").write(sys.argv[1])
            sys.exit(sys.argv[1] == "y" and Path({str(marker)!r}).exists())
        """
        loop = {
            "Name": "loop",
            "Type": "ForEach",
            "Arguments": {
                "IterableItems": ["x", "y", "z"],
                "MaxConcurrency": 1,
                "ForEachBody": [project.processing("one", body, arguments=[item])],
            },
        }
        first = project.run(loop)
        assert (first.status, ran(project)) == ("Failed", "xy")
        marker.unlink()
        again = local.resume(first.id, project.settings)
        assert (again.status, ran(project)) == ("Succeeded", "xyyz")
        assert again.step("loop").properties["SucceededStepCount"] == 3

    def test_what_runs_at_the_end_in_any_case_runs_again(self, project, fails_once):
        body, marker = fails_once
        first = project.run(
            project.processing("a", body),
            project.processing(
                "exit",
                counted(project, "e"),
                DependsOn=[{"Step": "a", "Trigger": "Any"}],
            ),
        )
        assert ran(project) == "e"
        marker.unlink()
        events = []
        assert local.resume(first.id, project.settings, events.append).status == "Succeeded"
        assert ran(project) == "ee"
        told = [(event.step, event.status) for event in events if event.step]
        assert told[0] == ("a", "Starting"), "what runs again is not told to be done"
        assert told.count(("exit", "Succeeded")) == 1


class TestRefused:
    def test_an_execution_that_succeeded(self, project):
        first = project.run(project.processing("a"))
        with pytest.raises(LocalError, match="has succeeded: there is nothing to go on with"):
            local.resume(first.id, project.settings)

    def test_one_that_a_fail_step_has_ended(self, project):
        first = project.run(project.fail("f"))
        with pytest.raises(LocalError, match="was ended by Fail step 'f'"):
            local.resume(first.id, project.settings)

    def test_one_that_is_under_way(self, project, elsewhere):
        elsewhere(project.processing("a", f"{project.leave_pid('pid')}; time.sleep(600)"))
        project.pid("pid")
        with pytest.raises(LocalError, match="is still under way"):
            local.resume("last", project.settings)

    def test_one_whose_folder_was_deleted(self, project, fails_once):
        first = project.run(project.processing("a", fails_once[0]))
        (first.folder / "definition.json").unlink()
        with pytest.raises(LocalError, match=r"the definition of execution .* is gone"):
            local.resume(first.id, project.settings)


def test_two_at_once_go_on_with_it_once(project, fails_once, elsewhere):
    body, marker = fails_once
    first = project.run(
        project.processing("a", f"{counted(project, 'a')}; time.sleep(0.2); {body}")
    )
    marker.unlink()
    runners = [elsewhere(resume=first.id) for _ in range(2)]
    told = [runner.communicate(timeout=60) for runner in runners]
    assert sorted(out.split()[1:] for out, _ in told) == [[], ["Succeeded"]], told
    assert ran(project) == "aa"


def test_a_stopped_execution_goes_on(project, elsewhere):
    marker = project.folder / "waits"
    marker.touch()
    runner = elsewhere(
        project.processing(
            "a", f"{project.leave_pid('pid')}; time.sleep(600 * Path({str(marker)!r}).exists())"
        ),
        project.processing("b", DependsOn=["a"]),
    )
    project.pid("pid")
    runner.terminate()
    runner.communicate(timeout=60)
    assert project.history.get().status == "Stopped"
    marker.unlink()
    again = local.resume("last", project.settings)
    assert (again.status, [step.name for step in again.steps]) == ("Succeeded", ["a", "b"])


class TestKilled:
    def test_a_step_that_was_killed_says_so_and_runs_again(self, project, elsewhere):
        marker = project.folder / "waits"
        marker.touch()
        body = f"{project.leave_pid('pid')}; time.sleep(600 * Path({str(marker)!r}).exists())"
        runner = elsewhere(project.processing("a", body))
        os.kill(project.pid("pid"), signal.SIGKILL)
        out, err = runner.communicate(timeout=60)
        assert out.split()[1:] == ["Failed"], err
        assert "killed by signal 9" in project.history.get().step("a").failure_reason
        marker.unlink()
        assert local.resume("last", project.settings).status == "Succeeded"

    def test_the_state_is_written_down_by_whoever_comes_next(self, project, elsewhere):
        runner = elsewhere(project.processing("a", f"{project.leave_pid('pid')}; time.sleep(600)"))
        project.pid("pid")
        runner.kill()
        runner.wait()
        (found,) = local.recover(project.settings)
        assert (found.status, found.step("a").status) == ("Failed", "Stopped")
        assert "is gone: it was killed" in found.failure_reason
        assert local.recover(project.settings) == []
        assert project.history.get() == found

    def test_a_run_under_way_is_left_alone(self, project, elsewhere):
        elsewhere(project.processing("a", f"{project.leave_pid('pid')}; time.sleep(600)"))
        project.pid("pid")
        assert local.recover(project.settings) == []
        assert project.history.get().status == "Executing"

    @pytest.mark.skipif(not Path("/proc/locks").exists(), reason="needs Linux's /proc")
    def test_nothing_starts_while_its_guardian_still_clears_up(
        self, project, elsewhere, fails_once
    ):
        """It would take the new processes for those that the killed runner left."""
        body, marker = fails_once
        first = project.run(project.processing("a", body))
        marker.unlink()
        with lock.guarded(first.folder):
            runner = elsewhere(resume=first.id)
            project.until(lambda: _waits_for_a_lock(runner.pid))
            assert project.history.get().step("a").attempts == 1
        out, err = runner.communicate(timeout=60)
        assert out.split()[1:] == ["Succeeded"], err

    # This run makes about 500 changes to files and to the database.
    @pytest.mark.parametrize("change", range(5, 450, 63))
    def test_before_any_change_it_goes_on_to_the_same_result(self, project, elsewhere, change):
        steps = _diamond(project)
        runner = elsewhere(*steps, max_parallel=2, dies_at=change)
        assert runner.wait(timeout=60) == -signal.SIGKILL
        for file in project.folder.glob("pid-*[0-9]"):
            # An empty one is of a job that was killed before it wrote.
            text = file.read_text()
            project.until(lambda text=text: not text or project.gone(int(text)))
        if not project.history.executions():  # killed before it began
            project.run(*steps)
        # A process that was just being started may hold the lock until it is the program's own.
        project.until(lambda: project.history.get().finished)
        execution = project.history.get()
        _only_whole_outputs(project, execution)
        if execution.status != "Succeeded":
            execution = local.resume(execution.id, project.settings)
        assert execution.status == "Succeeded"
        assert [step.status for step in execution.steps] == ["Succeeded"] * 5
        assert _outputs(project) == {
            "a": "a", "b": "ab", "c": "ac", "d": "abacd", "f": "abacd"
        }  # fmt: skip


def _waits_for_a_lock(pid):
    lines = Path("/proc/locks").read_text().splitlines()
    return any("->" in line.split() and str(pid) in line.split() for line in lines)


def _diamond(project):
    """a → b, c → d → f: each writes many files that hold what it read and its name."""

    def step(name, reads):
        body = f"""
            Path({str(project.folder)!r}, f"pid-{{os.getpid()}}").write_text(str(os.getpid()))
            read = "".join((IN / other / "0").read_text() for other in {reads!r})
            for n in range(20):
                (OUT / "o" / str(n)).write_text(read + {name!r})
        """
        return project.processing(
            name,
            body,
            inputs={other: uri(other) for other in reads},
            outputs={"o": f"s3://b/{name}"},
        )

    last = project.processing(
        "f",
        "[(OUT / 'o' / str(n)).write_text((IN / 'd/0').read_text()) for n in range(20)]",
        inputs={"d": uri("d")},
        outputs={"o": "s3://b/f"},
    )
    return [step("a", []), step("b", ["a"]), step("c", ["a"]), step("d", ["b", "c"]), last]


def _only_whole_outputs(project, execution):
    """What lies in S3 is whole, and what is on record as done lies there."""
    for step in execution.steps:
        folder = project.s3(f"s3://b/{step.name}")
        assert len(list(folder.iterdir()) if folder.exists() else [0] * 20) == 20
        assert folder.exists() or step.status != "Succeeded"


def _outputs(project):
    return {
        folder.name: "".join({file.read_text() for file in folder.iterdir()})
        for folder in project.s3("s3://b").iterdir()
    }
