"""The read side, for whoever comes later: another process, another day."""

import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import sagepipe
from sagepipe.local import History, UnknownExecutionError


def test_what_is_on_record_is_what_run_returned(project):
    training = project.training("t", "print('loss=1')", metrics={"loss": "loss=(.*)"})
    fail = project.fail("f", DependsOn=["t"])
    execution = project.run(training, fail)
    assert project.history.get(execution.id) == execution


def test_executions_are_found_by_id_prefix_or_last(project):
    first, second = (project.run(project.processing("a")) for _ in range(2))
    assert [item.id for item in project.history.executions()] == [second.id, first.id]
    assert [item.id for item in project.history.executions(limit=1)] == [second.id]
    assert project.history.get("last") == second
    assert project.history.get(first.id[:8]) == first


def test_what_is_not_on_record_is_said_so(project):
    with pytest.raises(UnknownExecutionError, match="no execution 'last' is on record"):
        project.history.get("last")
    assert project.history.executions() == []
    assert not project.settings.root.exists()
    project.run(project.processing("a"), project.fail("f"))
    with pytest.raises(UnknownExecutionError, match="no execution '%' is on record"):
        project.history.get("%")
    with pytest.raises(UnknownExecutionError, match=r"has no step 'b' on record \(it has: a, f\)"):
        project.history.log("last", "b")
    with pytest.raises(UnknownExecutionError, match="Fail step 'f' has no job"):
        project.history.log("last", "f")


def test_an_ambiguous_prefix_names_the_candidates(project, monkeypatch):
    ids = iter(("abc000000000", "abd000000000"))
    monkeypatch.setattr("sagepipe.local.identity.random", lambda *_: next(ids))
    for _ in range(2):
        project.run(project.fail("f"))
    with pytest.raises(UnknownExecutionError) as caught:
        project.history.get("ab")
    assert str(caught.value) == ("'ab' may mean several executions: abd000000000, abc000000000")
    assert project.history.get("abc").id == "abc000000000"


def test_two_runs_at_once_in_one_project(project, elsewhere):
    training = project.training("t", "time.sleep(0.2); (ML / 'model/m').write_text('m')")
    url = {"Get": "Steps.t.ModelArtifacts.S3ModelArtifacts"}
    current = project.processing(
        "publish",
        "(OUT / 'o/latest').write_text('x' * 100)",
        outputs={"o": "s3://b/current"},
        DependsOn=["t"],
    )
    runs = [elsewhere(training, project.register("r", url), current) for _ in range(3)]
    for process in runs:
        out, err = process.communicate(timeout=60)
        assert out.split()[1:] == ["Succeeded"], err
    assert sorted(item.version for item in project.history.model_packages()) == [1, 2, 3]
    assert len(project.history.executions()) == 3


def test_a_run_under_way_can_be_read(project, elsewhere):
    elsewhere(project.processing("a", f"{project.leave_pid('pid')}; time.sleep(600)"))
    project.pid("pid")
    execution = project.until(
        lambda: project.history.get() if project.history.executions() else None
    )
    assert execution.status == "Executing"
    project.until(lambda: project.history.get().step("a").status == "Executing")


class TestStopping:
    def test_ctrl_c_asks_jobs_to_end_and_keeps_what_they_save(self, project, elsewhere):
        body = f"""
            def stop(*_):
                (ML / "model/saved").write_text("s")
                sys.exit(0)
            signal.signal(signal.SIGTERM, stop)
            {project.leave_pid("pid")}
            time.sleep(600)
        """
        after = project.processing("after", DependsOn=["t"])
        runner = elsewhere(project.training("t", body), after)
        pid = project.pid("pid")
        runner.send_signal(signal.SIGINT)
        out, err = runner.communicate(timeout=60)
        assert out.split()[1:] == ["Stopped"], err
        project.until(lambda: project.gone(pid))
        execution = History(project.settings.root).get()
        assert [(step.name, step.status) for step in execution.steps] == [("t", "Stopped")]
        model = execution.step("t").properties["ModelArtifacts"]["S3ModelArtifacts"]
        assert project.history.path(model).exists()

    def test_a_job_that_does_not_listen_is_killed_after_the_time_of_grace(self, project, elsewhere):
        body = f"""
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            {project.leave_pid("pid")}
            time.sleep(600)
        """
        runner = elsewhere(project.processing("a", body, outputs={"o": "s3://b/o"}), stop_grace=0.2)
        pid = project.pid("pid")
        runner.send_signal(signal.SIGTERM)
        out, err = runner.communicate(timeout=60)
        assert out.split()[1:] == ["Stopped"], err
        project.until(lambda: project.gone(pid))

    def test_a_second_ctrl_c_kills_at_once(self, project, elsewhere):
        ignored = project.folder / "ignored"
        body = f"""
            signal.signal(signal.SIGTERM, lambda *_: Path({str(ignored)!r}).touch())
            {project.leave_pid("pid")}
            while True:
                time.sleep(600)
        """
        runner = elsewhere(project.processing("a", body), stop_grace=600)
        pid = project.pid("pid")
        runner.send_signal(signal.SIGINT)
        project.until(ignored.exists)
        runner.send_signal(signal.SIGINT)
        out, err = runner.communicate(timeout=60)
        assert out.split()[1:] == ["Stopped"], err
        project.until(lambda: project.gone(pid))


def test_a_run_whose_process_was_killed_is_on_record_as_failed(project, elsewhere):
    runner = elsewhere(project.processing("a", f"{project.leave_pid('pid')}; time.sleep(600)"))
    pid = project.pid("pid")
    runner.kill()
    runner.wait()
    project.until(lambda: project.gone(pid))  # the guardian's note in its log is the last sign
    execution = project.history.get()
    assert execution.status == "Failed"
    assert "is gone: it was killed" in execution.failure_reason
    assert execution.step("a").status == "Stopped"
    assert execution.started <= execution.step("a").started <= execution.ended
    assert project.history.executions()[0].ended == execution.ended
    assert project.run(project.processing("b")).status == "Succeeded"


def test_the_room_needs_nothing_but_the_standard_library():
    code = """
        import sys
        from sagepipe import local
        known = set(sys.stdlib_module_names) | {"sagepipe", "sitecustomize", "usercustomize"}
        rooms = {n.split(".")[1] for n in sys.modules if n.startswith("sagepipe.")}
        print(sorted({n.split(".")[0] for n in sys.modules} - known - {"__main__"}), sorted(rooms))
    """
    found = subprocess.run(
        [sys.executable, "-I", "-S", "-c", _with_path(code)], capture_output=True, text=True
    )
    assert found.stdout == "[] ['contract', 'local']\n", found.stderr


def _with_path(code):
    path = str(Path(sagepipe.__file__).parents[1])
    return f"import sys; sys.path.insert(0, {path!r})\n{textwrap.dedent(code)}"
