"""From an author's source to a result on this machine: values decide, loops are collected."""

import importlib.util
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from sagepipe import dsl, local
from sagepipe.compiler import compile_pipeline

HERE = Path(__file__).parent
LIBRARY = Path(dsl.__file__).parents[2]
TRAIN = "import sys\nfrom sagepipe import runtime\nsys.exit(runtime.main_training())\n"


@pytest.fixture(scope="module")
def definition() -> dict[str, Any]:
    """The definition, whose jobs import the components by the name ``authored``."""
    spec = importlib.util.spec_from_file_location("authored", HERE / "authored.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return compile_pipeline(module.both)


class Run:
    """One execution, and what its steps wrote."""

    def __init__(self, folder: Path, definition: dict[str, Any], **given: Any) -> None:
        (folder / "train.py").write_text(TRAIN)
        (folder / "table.txt").write_text('one\ntwo "words"\n')
        settings = local.LocalSettings(
            project=folder,
            train=Path("train.py"),
            python=Path(sys.executable),
            environment={"PYTHONPATH": os.pathsep.join([str(LIBRARY), str(HERE)])},
        )
        parameters = {
            "data_uri": "table.txt",
            "bucket": "b",
            "role_arn": "arn:aws:iam::000000000000:role/local",
            "image_uri": "image",
            "mlflow_tracking_uri": "off",
            **{name: str(value) for name, value in given.items()},
        }
        self.execution = local.run(definition, parameters, settings)
        self.root = settings.s3 / "b" / "pipelines" / "both" / self.execution.id

    @property
    def steps(self) -> dict[str, str]:
        return {step.name: step.status for step in self.execution.steps}

    def read(self, step: str, output: str) -> str:
        return (self.root / step / output / "data" / output).read_text()


def test_returned_values_and_a_training_metric_take_the_first_branch(
    tmp_path: Path, definition: dict[str, Any]
) -> None:
    run = Run(tmp_path, definition)

    assert run.execution.status == "Succeeded", run.execution.failure_reason
    assert run.read("tell", "told") == 'good: two "words" 0.375'
    assert run.read("merge", "whole") == "['a', 'b'] [2, 6] ['one', 'two']"
    assert {"repeat-0", "repeat-1", "fit", "good", "tell"} <= set(run.steps)
    assert not {"tell-2", "fail"} & set(run.steps)


def test_the_second_branch(tmp_path: Path, definition: dict[str, Any]) -> None:
    run = Run(tmp_path, definition, auc=0.5, mode="full")

    assert run.execution.status == "Succeeded", run.execution.failure_reason
    assert run.read("tell-2", "told") == "fair 0.0"
    assert not {"tell", "fail"} & set(run.steps)


def test_the_last_branch_fails_with_what_was_seen(
    tmp_path: Path, definition: dict[str, Any]
) -> None:
    run = Run(tmp_path, definition, auc=0.75, enough=3)

    assert run.execution.status == "Failed"
    failed = next(step for step in run.execution.steps if step.name == "fail")
    assert failed.failure_reason == "poor: 2 rows, auc 0.75"


def test_a_choice_that_is_none_is_refused_before_anything_runs(
    tmp_path: Path, definition: dict[str, Any]
) -> None:
    with pytest.raises(local.LocalError, match="mode"):
        Run(tmp_path, definition, mode="slow")
