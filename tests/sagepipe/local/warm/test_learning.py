"""The template imports what steps have imported before."""

import json
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sagepipe.local.launch import template

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux's forks are safe")


class TestLearning:
    SAY = """
        @dsl.component
        def say(out: Output[Dataset]) -> None:
            import {module} as module
            here = module.PROCESS == os.getpid()
            variable = os.environ.get("SET_BY_IMPORT")
            Path(out.path).write_text(json.dumps([here, variable]))
        """

    @pytest.fixture
    def learn(self, warm_steps: Any, installed: Path) -> Callable[[str], Any]:
        """Run a step that imports a module."""

        def run(module: str) -> Any:
            warm_steps.settings_with(python=installed)
            warm_steps.write(self.SAY.format(module=module))
            assert warm_steps.run("say").status == "Succeeded", warm_steps.log("say")
            return warm_steps.said("say")

        return run

    def test_what_a_component_imported_is_there_in_the_next_run(self, learn: Any) -> None:
        assert learn("slow_one") == [True, None]
        assert learn("slow_one") == [False, None]

    def test_what_a_component_imported_is_there_for_a_later_step(
        self, warm_steps: Any, learn: Any
    ) -> None:
        learn("slow_one")
        (warm_steps.project.settings.root / template.RECORD_FILE).unlink()
        warm_steps.run("say", warm_steps.step("again", "say"), warm_steps.step("third", "say"))
        assert warm_steps.said("say") == [True, None]
        assert warm_steps.said("third") == [False, None]

    def test_variables_that_an_import_sets_are_there(self, learn: Any) -> None:
        assert learn("sets_variables") == [True, "1"]
        assert learn("sets_variables") == [False, "1"]

    def test_a_module_that_starts_a_thread_is_imported_by_each_step(
        self, warm_steps: Any, learn: Any
    ) -> None:
        for _ in range(3):  # learned, found out, known
            assert learn("threaded")[0]
        assert warm_steps.forked("say")
        record = json.loads((warm_steps.project.settings.root / template.RECORD_FILE).read_text())
        assert record["late"] == {"threaded": "starts a thread that a fork would lose (python)"}

    def test_a_module_that_can_no_longer_be_imported_is_the_steps_own_affair(
        self, warm_steps: Any, learn: Any, installed: Path
    ) -> None:
        learn("slow_one")
        record = warm_steps.project.settings.root / template.RECORD_FILE
        record.write_text(record.read_text().replace('"slow_one"', '"broken"'))
        assert learn("slow_one") == [True, None]
        assert warm_steps.forked("say")

    def test_a_step_can_be_stopped_while_the_template_still_imports(
        self, warm_steps: Any, installed: Path, elsewhere: Any
    ) -> None:
        """The module ends its import in a step, and in the template it never does."""
        warm_steps.settings_with(python=installed)
        warm_steps.write(self.SAY.format(module="endless"))
        made = warm_steps.step("say", environment={"SAGEPIPE_STEP": "say"})
        assert warm_steps.run(made).status == "Succeeded", warm_steps.log("say")
        (module,) = installed.parent.parent.glob("lib/python*/site-packages/endless.py")
        reached = module.with_name("endless.py.reached")
        reached.unlink(missing_ok=True)
        runner = elsewhere(made, **{**warm_steps.settings, "python": str(installed)})
        warm_steps.project.until(reached.exists)
        warm_steps.project.until(
            lambda: any(
                step.status == "Executing" for step in warm_steps.project.history.get().steps
            )
        )
        runner.send_signal(signal.SIGINT)
        out, err = runner.communicate(timeout=60)
        assert out.split()[1:] == ["Stopped"], err

    @pytest.mark.parametrize("text", ["", "{", "[]", '{"python": 1}', '{"modules": 3}'])
    def test_a_record_that_is_no_record_is_forgotten(
        self, warm_steps: Any, learn: Any, text: str
    ) -> None:
        learn("slow_one")
        (warm_steps.project.settings.root / template.RECORD_FILE).write_text(text)
        assert learn("slow_one") == [True, None]
        assert learn("slow_one") == [False, None]

    def test_the_authors_own_packages_are_not_learned(self, warm_steps: Any) -> None:
        (warm_steps.project.folder / "helper.py").write_text("")
        warm_steps.write(
            """
            import helper

            @dsl.component
            def say(out: Output[Dataset]) -> None:
                Path(out.path).write_text("1")
            """
        )
        warm_steps.run("say")
        record = (warm_steps.project.settings.root / template.RECORD_FILE).read_text()
        assert "parts:say" in record
        assert "helper" not in record
