"""Validation as a step: its verdict, its report, and what a pipeline makes of them."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pytest
from mlflow import MlflowClient

from sagepipe import dsl, local, tracking
from sagepipe.cli.run_page.reports import reports
from sagepipe.compiler import compile_pipeline
from sagepipe.components import tables
from sagepipe.components.validate_data import validate_data
from sagepipe.dsl import HTML, Dataset
from sagepipe.validation import SuiteError, ValidationError

HERE = Path(__file__).parent
LIBRARY = Path(dsl.__file__).parents[2]
SUITE = "trees.expectations:raw.json"
GOOD = pd.DataFrame({"height": [1.5, 20.0, None], "kind": ["oak", "fir", "oak"]})
BAD = GOOD.assign(kind=["oak", "elm", "oaf"])
EXPECTATIONS = [
    {
        "type": "expect_column_values_to_be_in_set",
        "kwargs": {"column": "kind", "value_set": ["oak", "fir"]},
    },
    {
        "type": "expect_column_values_to_be_between",
        "kwargs": {"column": "height", "max_value": 10},
        "severity": "warning",
    },
]


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a team's package in it, and the suite in that."""
    root = tmp_path_factory.mktemp("code")
    folder = root / "trees" / "expectations"
    folder.mkdir(parents=True)
    for each in (folder, folder.parent):
        (each / "__init__.py").touch()
    (folder / "raw.json").write_text(json.dumps({"name": "raw", "expectations": EXPECTATIONS}))
    return root


@pytest.fixture(scope="module")
def module() -> ModuleType:
    """The pipeline, whose jobs import the components by the name ``checked``."""
    spec = importlib.util.spec_from_file_location("checked", HERE / "checked.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class TestFunction:
    """Called as a plain function."""

    @pytest.fixture
    def check(self, package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
        monkeypatch.syspath_prepend(package)

        def check(table: pd.DataFrame, suffix: str = ".csv", **arguments: Any) -> Any:
            file = tmp_path / f"table{suffix}"
            tables.write(table, file)
            return validate_data.python_func(
                data=Dataset(path=file),
                report=HTML(name="report", directory=tmp_path / "report"),
                **{"suite": SUITE, **arguments},
            )

        return check

    @pytest.mark.parametrize("suffix", tables.FORMATS)
    def test_a_table_that_holds_passes(self, check: Any, suffix: str, tmp_path: Path) -> None:
        assert check(GOOD, suffix, name="raw")._asdict() == {"passed": True, "rows": 3, "failed": 0}
        assert {file.name for file in (tmp_path / "report").iterdir()} == {"raw.html", "raw.json"}

    def test_one_that_does_not_fails_and_leaves_its_report(
        self, check: Any, tmp_path: Path
    ) -> None:
        with pytest.raises(ValidationError, match="column 'kind': 2 of 3 values fail"):
            check(BAD)
        assert "<title>data: failed</title>" in (tmp_path / "report/data.html").read_text()
        meta = json.loads((tmp_path / "report/data.json").read_text())["meta"]
        assert meta["sagepipe_verdict"] == {"passed": False, "rows": 3, "failed": 1}

    @pytest.mark.parametrize("suffix", tables.FORMATS)
    def test_the_verdict_is_the_same_in_chunks(self, check: Any, suffix: str) -> None:
        found = check(BAD, suffix, on_failure="warn", chunk_rows=2)
        assert found._asdict() == {"passed": False, "rows": 3, "failed": 1}

    def test_a_warning_goes_on_with_the_verdict(self, check: Any, capsys: Any) -> None:
        assert check(BAD, on_failure="warn")._asdict() == {"passed": False, "rows": 3, "failed": 1}
        said = capsys.readouterr().err
        assert "sagepipe: warning: data (3 rows): 1 of 2 expectations do not hold" in said
        assert "sagepipe: data, warning: column 'height': 1 of 2 values fail" in said

    def test_the_parts_of_a_folder_are_one_table(self, check: Any, tmp_path: Path) -> None:
        parts = tmp_path / "parts"
        parts.mkdir()
        for number in range(2):
            tables.write(GOOD, parts / f"part-{number}.csv")
        given = {"data": Dataset(directory=parts), "report": HTML(directory=tmp_path / "report")}
        assert validate_data.python_func(**given, suite=SUITE).rows == 6

    def test_a_suite_that_is_not_there_is_named(self, check: Any) -> None:
        with pytest.raises(SuiteError, match=r"no rwa\.json in .*, which has raw\.json"):
            check(GOOD, suite="trees.expectations:rwa.json")


class TestPipeline:
    """Compiled, and run on this machine."""

    @pytest.fixture
    def run(self, module: ModuleType, package: Path, tmp_path: Path) -> Any:
        settings = local.LocalSettings(
            project=tmp_path,
            python=Path(sys.executable),
            environment={"PYTHONPATH": os.pathsep.join(map(str, (LIBRARY, HERE, package)))},
        )

        def run(table: pd.DataFrame, suffix: str, **given: str) -> local.Execution:
            tables.write(table, tmp_path / f"table{suffix}")
            parameters = {
                "data_uri": f"table{suffix}",
                "bucket": "b",
                "role_arn": "arn:aws:iam::000000000000:role/local",
                "image_uri": "image",
                "mlflow_tracking_uri": f"sqlite:///{tmp_path}/mlflow.db",
                **given,
            }
            return local.run(compile_pipeline(module.checked), parameters, settings)

        return run

    def test_the_verdict_takes_the_branch_and_the_run_has_the_evidence(
        self, run: Any, tmp_path: Path
    ) -> None:
        execution = run(GOOD, ".csv")

        assert execution.status == "Succeeded", execution.failure_reason
        assert {step.name for step in execution.steps} == {"validate-data", "condition", "tell"}
        uri = f"sqlite:///{tmp_path}/mlflow.db"
        client = MlflowClient(uri)
        parent = tracking.find_execution(uri, "checked", execution.id)
        assert parent
        experiment = client.get_run(parent.run_id).info.experiment_id
        (step,) = client.search_runs([experiment], "attributes.run_name = 'validate-data'")
        assert step.data.metrics == {
            "raw.rows": 3,
            "raw.expectations": 2,
            "raw.expectations_failed": 0,
        }
        assert step.data.tags["sagepipe.suite_hash.raw"].startswith("sha256:")
        logged = {item.path for item in client.list_artifacts(step.info.run_id, "report")}
        assert logged == {"report/raw.html", "report/raw.json"}

    def test_a_table_that_fails_takes_the_other(self, run: Any) -> None:
        execution = run(BAD, ".parquet", mlflow_tracking_uri="off")

        assert execution.status == "Succeeded", execution.failure_reason
        assert {step.name for step in execution.steps} == {"validate-data", "condition", "tell-2"}

    def test_a_step_that_fails_leaves_its_report_to_the_runs_page(self, run: Any) -> None:
        execution = run(BAD, ".csv", on_failure="fail", mlflow_tracking_uri="off")

        assert execution.status == "Failed"
        step = execution.step("validate-data")
        assert "raw data (3 rows): 1 of 2 expectations do not hold" in step.failure_reason
        assert [report.title for report in reports(step)] == ["raw data: failed"]


def test_nothing_heavy_is_imported_before_data_are_checked() -> None:
    code = (
        "import sys; from sagepipe.components.validate_data import validate_data; "
        "print(sorted({'great_expectations', 'pandas', 'mlflow'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(LIBRARY)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"
