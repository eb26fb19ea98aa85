"""What is not forked, as a fork would not give the same."""

import sys
from typing import Any

import pytest

from sagepipe.local.launch import template

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux's forks are safe")


class TestWhatStartsCold:
    SAY = """
        @dsl.component
        def say(out: Output[Dataset]) -> None:
            Path(out.path).write_text(json.dumps(os.environ.get("OMP_NUM_THREADS")))
        """

    def test_a_step_with_variables_of_its_own(self, warm_steps: Any) -> None:
        warm_steps.write(self.SAY)
        other = warm_steps.step("other", "say", environment={"OMP_NUM_THREADS": "1"})
        warm_steps.run("say", other, warm_steps.step("again", "say"))
        forked = {name: warm_steps.forked(name) for name in ("say", "other", "again")}
        assert forked == {"say": True, "other": False, "again": True}
        assert warm_steps.said("other") == "1"
        assert warm_steps.said("again") is None

    def test_steps_that_have_the_same_variables_are_forked(self, warm_steps: Any) -> None:
        warm_steps.write(self.SAY)
        made = [warm_steps.step(name, "say", environment={"OMP_NUM_THREADS": "1"}) for name in "ab"]
        warm_steps.run(*made)
        assert warm_steps.forked("a") and warm_steps.forked("b")
        assert warm_steps.said("b") == "1"

    @pytest.mark.parametrize(
        "line",
        [
            "os.environ['OMP_NUM_THREADS'] = '2'",
            "os.environ.setdefault('OMP_NUM_THREADS', '2')",
            "os.environ |= {'OMP_NUM_THREADS': '2'}",
        ],
    )
    def test_a_component_that_sets_variables(self, warm_steps: Any, line: str) -> None:
        warm_steps.write(
            f"""
            @dsl.component
            def say(out: Output[Dataset]) -> None:
                {line}
                Path(out.path).write_text(json.dumps(os.environ["OMP_NUM_THREADS"]))
            """
        )
        warm_steps.run("say")
        assert not warm_steps.forked("say")
        assert warm_steps.said("say") == "2"

    def test_any_other_program(self, warm_steps: Any) -> None:
        warm_steps.run(warm_steps.project.processing("script", "print('here')"))
        assert not warm_steps.forked("script")
        assert warm_steps.log("script") == "here\n"

    def test_everything_where_it_is_asked_for(self, warm_steps: Any) -> None:
        warm_steps.settings_with(cold=True)
        warm_steps.write(self.SAY)
        warm_steps.run("say")
        assert not warm_steps.forked("say")
        assert not (warm_steps.project.settings.root / template.LOG_FILE).exists()
