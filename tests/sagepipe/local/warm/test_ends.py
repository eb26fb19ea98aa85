"""Whatever dies, no process is left and the record says what happened."""

import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from sagepipe import local

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux's forks are safe")

WAIT = """
    @dsl.component
    def wait(out: Output[Dataset]) -> None:
        {leave_pid}
        time.sleep(600)
"""


def template_of(pid: int) -> int:
    """The process that a step was forked from: its supervisor's parent."""
    supervisor = _parent(pid)
    return _parent(supervisor)


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


class TestEnds:
    @pytest.fixture
    def waiting(self, warm_steps: Any, elsewhere: Any) -> Any:
        """A runner in a process of its own, with a step that goes on for ever."""
        warm_steps.write(WAIT.format(leave_pid=warm_steps.project.leave_pid("pid")))
        settings = {**warm_steps.settings, "stop_grace": 600}
        after = {**warm_steps.step("next", "wait"), "DependsOn": ["wait"]}
        runner = elsewhere(warm_steps.step("wait"), after, **settings)
        return runner, warm_steps.project.pid("pid")

    def test_a_killed_runner_leaves_no_process(self, warm_steps: Any, waiting: Any) -> None:
        runner, pid = waiting
        template = template_of(pid)
        assert b"sagepipe.runtime.warm" in Path(f"/proc/{template}/cmdline").read_bytes()
        runner.kill()
        runner.wait()
        for process in (pid, template):
            warm_steps.project.until(lambda process=process: warm_steps.project.gone(process))

    def test_a_stopped_run_ends_its_steps_as_sagemaker_does(
        self, warm_steps: Any, waiting: Any
    ) -> None:
        runner, pid = waiting
        template = template_of(pid)
        runner.send_signal(signal.SIGINT)
        out, err = runner.communicate(timeout=60)
        assert out.split()[1:] == ["Stopped"], err
        for process in (pid, template):
            warm_steps.project.until(lambda process=process: warm_steps.project.gone(process))
        assert "Stopped: the job was asked to stop (SIGTERM)" in warm_steps.project.history.log(
            out.split()[0], "wait"
        )

    def test_without_its_template_a_step_fails_and_says_what_to_do(
        self, warm_steps: Any, waiting: Any
    ) -> None:
        runner, pid = waiting
        os.kill(template_of(pid), signal.SIGKILL)
        out, err = runner.communicate(timeout=60)
        assert out.split()[1:] == ["Failed"], err
        reason = warm_steps.project.history.get().step("wait").failure_reason
        assert "warm template process" in reason and "--cold" in reason
        warm_steps.project.until(lambda: warm_steps.project.gone(pid))

    def test_a_step_that_starts_after_its_template_is_gone_starts_cold(
        self, warm_steps: Any
    ) -> None:
        warm_steps.write(
            """
            @dsl.component
            def say(out: Output[Dataset]) -> None:
                Path(out.path).write_text(json.dumps(os.getpid()))
            """
        )

        def kill_template() -> bool:
            for task in Path("/proc/self/task").iterdir():
                # What ends meanwhile leaves its children to another thread: look again.
                with suppress(FileNotFoundError, ProcessLookupError):
                    for child in (task / "children").read_text().split():
                        if b"sagepipe.runtime.warm" in Path(f"/proc/{child}/cmdline").read_bytes():
                            os.kill(int(child), signal.SIGKILL)
                            return True
            return False

        def kill(event: local.Event) -> None:
            if event.step == "say" and event.status == "Succeeded":
                warm_steps.project.until(kill_template)

        steps = [warm_steps.step("say"), warm_steps.step("cold", "say", DependsOn=["say"])]
        project = warm_steps.project
        warm_steps.last = local.run(project.define(*steps), {}, project.settings, kill)
        assert warm_steps.last.status == "Succeeded"
        assert warm_steps.forked("say") and not warm_steps.forked("cold")
        assert "[sagepipe] the warm template process is gone" in warm_steps.log("cold")
