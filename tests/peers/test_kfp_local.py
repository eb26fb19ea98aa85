"""KFP as an oracle: one file, only the import differs, the same results.

``kfp.local`` runs an example's tasks in processes of this Python; our local runner runs the jobs of
its compiled definition. What every task returned, wrote and recorded has to be the same.
"""

import difflib
import importlib
import logging

import pytest

pytest.importorskip("kfp", reason="KFP is installed in tox's env peers only")

import kfp_side
import our_side

from sagepipe.compiler import compile_pipeline

EXAMPLES = ("lightweight", "artifacts", "basics", "control_flow", "imported", "at_run_time")
# Ours says so where a step ran on one that failed.
ENDS = {"in_spite": "CompletedWithFailures"}


def cases(*names):
    for name in names:
        module = importlib.import_module(f"kfp_examples.{name}")
        for pipeline, arguments in module.RUNS.items():
            yield pytest.param(name, pipeline, arguments, id=f"{name}-{pipeline}")


@pytest.fixture
def given(tmp_path):
    """Put a file of this machine where an example asks for one."""
    file = tmp_path / "data.csv"
    file.write_text("a,b\n1,2\n")

    def fill(arguments):
        return {key: str(file) if value == "FILE" else value for key, value in arguments.items()}

    return fill


@pytest.mark.parametrize(("name", "pipeline", "arguments"), [*cases(*EXAMPLES)])
def test_both_come_up_with_the_same(
    name, pipeline, arguments, given, tmp_path, caplog, monkeypatch
):
    caplog.set_level(logging.ERROR)
    monkeypatch.syspath_prepend(str(kfp_side.HERE))
    ours = importlib.import_module(f"kfp_examples.{name}")
    theirs = kfp_side.load(name, tmp_path)

    expected = kfp_side.run(getattr(theirs, pipeline), given(arguments), tmp_path)
    status = ENDS.get(pipeline, "Succeeded")
    found = our_side.run(getattr(ours, pipeline), given(arguments), tmp_path, status)

    assert expected
    assert found == expected


@pytest.mark.parametrize("name", EXAMPLES)
def test_only_the_import_differs(name, tmp_path):
    ours = (kfp_side.EXAMPLES / f"{name}.py").read_text().splitlines()
    theirs = kfp_side.twin(name, tmp_path).splitlines()
    changed = [line[2:] for line in difflib.ndiff(ours, theirs) if line[:2] in ("- ", "+ ")]
    assert changed
    assert all(line.startswith(("from sagepipe", "from kfp")) for line in changed), changed


class TestWhatIsKnownOnlyInTheRun:
    """What decides in the run is compiled to SageMaker's own steps."""

    @pytest.fixture
    def examples(self, monkeypatch):
        monkeypatch.syspath_prepend(str(kfp_side.HERE))
        return importlib.import_module("kfp_examples.at_run_time")

    def test_a_loop_over_an_output_is_a_for_each_step(self, examples):
        names, loop = compile_pipeline(examples.over_an_output)["Steps"]
        assert (loop["Type"], loop["Arguments"]["MaxConcurrency"]) == ("ForEach", 1)
        read = loop["Arguments"]["IterableItems"]["Std:JsonGet"]
        assert read["PropertyFile"] == {"Get": f"Steps.{names['Name']}.PropertyFiles.returned"}

    def test_an_exit_handler_is_a_run_condition(self, examples):
        bye, first, second = compile_pipeline(examples.at_exit)["Steps"]
        assert bye["DependsOn"] == [
            {"Step": step["Name"], "Trigger": "Any"} for step in (first, second)
        ]

    def test_ignoring_a_failure_upstream_is_a_run_condition(self, examples):
        failed, anyway = compile_pipeline(examples.in_spite)["Steps"]
        assert anyway["DependsOn"] == [{"Step": failed["Name"], "Trigger": "Any"}]


class TestWhatDiffers:
    def test_whole_numbers_in_lists_and_dicts_stay_whole(self, tmp_path, monkeypatch):
        """KFP hands a pipeline's lists and dicts on as protobuf, which knows floats only."""
        monkeypatch.syspath_prepend(str(kfp_side.HERE))
        ours = importlib.import_module("kfp_examples.lightweight")
        arguments = {"text": "x", "table": {"k": 2}}
        theirs = kfp_side.run(kfp_side.load("lightweight", tmp_path).typed, arguments, tmp_path)
        found = our_side.run(ours.typed, arguments, tmp_path)
        assert '{"k": 2.0}' in theirs["describe"][0]["returned"]["Output"]
        assert '{"k": 2}' in found["describe"][0]["returned"]["Output"]
