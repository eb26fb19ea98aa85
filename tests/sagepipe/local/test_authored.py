"""From an author's source to a result on this machine: values decide, loops are collected."""

import importlib.util
import json
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from sagepipe import dsl, local
from sagepipe.compiler import compile_pipeline

HERE = Path(__file__).parent
LIBRARY = Path(dsl.__file__).parents[2]
TRAIN = "import sys\nfrom sagepipe import runtime\nsys.exit(runtime.main_training())\n"


@pytest.fixture(scope="module")
def module() -> ModuleType:
    """The pipelines, whose jobs import the components by the name ``authored``."""
    spec = importlib.util.spec_from_file_location("authored", HERE / "authored.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def definition(module: ModuleType) -> dict[str, Any]:
    """The definition of the pipeline ``both``."""
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
        declared = [item["Name"] for item in definition["Parameters"]]
        parameters = {
            "data_uri": "table.txt",
            "bucket": "b",
            "role_arn": "arn:aws:iam::000000000000:role/local",
            "image_uri": "image",
            "mlflow_tracking_uri": "off",
            **({"serving_image_uri": "serving"} if "serving_image_uri" in declared else {}),
            **{name: str(value) for name, value in given.items()},
        }
        self.settings = settings
        self.execution = local.run(definition, parameters, settings)
        self.root = settings.s3 / "b" / "pipelines" / "both" / self.execution.id

    @property
    def steps(self) -> dict[str, str]:
        return {step.name: step.status for step in self.execution.steps}

    @property
    def history(self) -> local.History:
        return local.History(self.settings.root)

    @property
    def reasons(self) -> list[str | None]:
        return [step.failure_reason for step in self.execution.steps]

    def output_of(self, step: str, output: str) -> Path:
        """The file that a step wrote, wherever its job put it."""
        outputs = self.execution.step(step).properties["ProcessingOutputConfig"]["Outputs"]
        (uri,) = [item["S3Output"]["S3Uri"] for item in outputs if item["OutputName"] == output]
        return self.settings.s3 / uri.removeprefix("s3://") / output

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


class TestRounds:
    """Loops over what only the run knows."""

    def test_each_item_has_its_round_and_one_can_be_taken(
        self, tmp_path: Path, module: ModuleType
    ) -> None:
        bars = [{"auc": 0.5, "mode": "fast"}, {"auc": 0.75, "mode": "full"}]
        run = Run(tmp_path, compile_pipeline(module.rounds), bars=json.dumps(bars))

        assert run.execution.status == "Succeeded", run.reasons
        assert run.output_of("repeat-each-0", "out").read_text().startswith("one\n")
        assert run.output_of("merge-each-1", "whole").read_text() == "['two'] [1] []"
        assert run.output_of("tell", "told").read_text() == "rows of the second: 2 0.0"

    def test_the_best_round_is_registered(self, tmp_path: Path, module: ModuleType) -> None:
        bars = [{"auc": value, "mode": "fast"} for value in (0.5, 0.75, 0.25)]
        run = Run(tmp_path, compile_pipeline(module.rounds), bars=json.dumps(bars))

        assert run.execution.status == "Succeeded", run.reasons
        (package,) = run.history.model_packages("best")
        job = run.execution.step("fit-each-1").job_name
        assert job and job in (package.model_data_url or "")


class TestExits:
    """Tasks that run whatever becomes of others, or because one failed."""

    def test_where_all_goes_well(self, tmp_path: Path, module: ModuleType) -> None:
        run = Run(tmp_path, compile_pipeline(module.exits))

        assert run.execution.status == "Succeeded", run.reasons
        assert "tell-4" not in run.steps  # what is sorry
        assert run.output_of("tell", "told").read_text() == f"bye {run.execution.id} 0.0"
        assert not run.output_of("tell-2", "told").exists()
        assert run.steps["cleanup"] == "Succeeded"

    def test_where_the_first_fails(self, tmp_path: Path, module: ModuleType) -> None:
        run = Run(tmp_path, compile_pipeline(module.exits), bad="first")

        assert run.execution.status == "CompletedWithFailures"
        assert run.steps == {
            "stop-if": "Failed",
            "tell": "Succeeded",
            "tell-3": "Succeeded",
            "tell-4": "Succeeded",
        }
        assert run.output_of("tell-4", "told").read_text() == "sorry 0.0"
