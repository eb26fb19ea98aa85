"""Nothing that a job started outlives the job, or the runner, however that ends."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from sagepipe.local.launch import orphans

# A child that leaves the job's process group and closes all that it was given.
DAEMON = """
    if not os.fork():
        os.setsid()
        if os.fork():
            os._exit(0)
        {leave_pid}
        time.sleep(600)
        os._exit(0)
"""


@pytest.fixture
def leftovers(project) -> Iterator[None]:
    """Ends whatever a failing test would leave on the machine."""
    yield
    for file in project.folder.glob("*pid"):
        try:
            os.kill(int(file.read_text()), signal.SIGKILL)
        except ProcessLookupError:
            continue


pytestmark = pytest.mark.usefixtures("leftovers")


def waiting(project, *names):
    """A job that leaves its id, and goes on for ever."""
    return "; ".join([*(project.leave_pid(name) for name in names), "time.sleep(600)"])


def daemon(project, name):
    return DAEMON.format(leave_pid=project.leave_pid(name))


class TestAfterAStep:
    def test_children_of_the_job_are_gone(self, project):
        body = f"""
            if not os.fork():
                {project.leave_pid("pid")}
                time.sleep(600)
            while not Path({str(project.folder / "pid")!r}).exists():
                time.sleep(0.005)
        """
        assert project.run(project.processing("a", body)).status == "Succeeded"
        project.until(lambda: project.gone(project.pid("pid")))

    @pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs Linux's /proc")
    def test_so_are_those_that_left_its_process_group(self, project):
        body = f"""{daemon(project, "pid")}
    while not Path({str(project.folder / "pid")!r}).exists():
        time.sleep(0.005)
"""
        assert project.run(project.processing("a", body)).status == "Succeeded"
        project.until(lambda: project.gone(project.pid("pid")))

    def test_those_of_another_step_go_on(self, project):
        """The first step's end must not end what the second one, at the same time, has started."""
        marker = project.folder / "first is over"
        second = f"""
            child = os.fork()
            if not child:
                while not Path({str(marker)!r}).exists():
                    time.sleep(0.005)
                os._exit(7)
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
        """
        project.settings_with(max_parallel=2)
        project.run(
            project.processing("first"),
            project.processing("second", second),
            project.processing("third", f"Path({str(marker)!r}).touch()", DependsOn=["first"]),
        )
        # ``third`` runs once there is a free place, which ``first`` has left.
        assert project.history.get().status == "Succeeded"


class TestAfterTheRunnerWasKilled:
    def test_no_job_is_left_and_the_log_says_why(self, project, elsewhere):
        runner = elsewhere(
            project.processing("a", waiting(project, "a-pid")),
            project.processing("b", waiting(project, "b-pid")),
            max_parallel=2,
        )
        pids = [project.pid("a-pid"), project.pid("b-pid")]
        runner.kill()
        for pid in pids:
            project.until(lambda pid=pid: project.gone(pid))
        execution = project.history.get()
        for name in "ab":
            project.until(lambda name=name: "is gone" in project.log(execution, name))

    @pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs Linux's /proc")
    def test_nor_a_child_that_left_the_jobs_process_group(self, project, elsewhere):
        body = daemon(project, "child-pid") + f"    {waiting(project, 'pid')}\n"
        runner = elsewhere(project.processing("a", body))
        pids = [project.pid("pid"), project.pid("child-pid")]
        runner.kill()
        for pid in pids:
            project.until(lambda pid=pid: project.gone(pid))

    def test_the_same_while_it_waits_for_a_job_that_does_not_stop(self, project, elsewhere):
        asked = project.folder / "asked"
        body = f"""
            signal.signal(signal.SIGTERM, lambda *_: Path({str(asked)!r}).touch())
            {project.leave_pid("pid")}
            while True:
                time.sleep(600)
        """
        runner = elsewhere(project.processing("a", body), stop_grace=600)
        pid = project.pid("pid")
        runner.terminate()
        project.until(asked.exists)
        runner.kill()
        project.until(lambda: project.gone(pid))

    def test_the_guardian_ends_too(self, project, elsewhere):
        runner = elsewhere(project.processing("a", waiting(project, "pid")))
        project.pid("pid")
        children = Path(f"/proc/{runner.pid}/task/{runner.pid}/children")
        if not children.exists():
            pytest.skip("this system doesn't list a process's children")
        pids = [int(pid) for pid in children.read_text().split()]
        assert len(pids) >= 1
        runner.kill()
        for pid in pids:
            project.until(lambda pid=pid: project.gone(pid))


class TestFinish:
    def test_what_is_over_is_left_alone(self, tmp_path):
        log = tmp_path / "log.txt"
        log.touch()
        orphans.finish(
            f'{{"mark": "A=b", "log": "{log}", "undo": []}}\n{{"mark": "A=b", "over": true}}\n'
        )
        assert log.read_text() == ""

    def test_a_line_that_was_cut_is_passed_over_and_the_rest_is_done(self, tmp_path):
        log, undone = tmp_path / "log.txt", tmp_path / "undone"
        log.touch()
        orphans.finish(
            f'{{"mark": "A=b", "log": "{log}", "undo": ["touch", "{undone}"]}}\n{{"mark": "A=b"'
        )
        assert "is gone" in log.read_text()
        assert undone.exists()
