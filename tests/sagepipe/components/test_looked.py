"""A table is looked at and divided in a pipeline that really runs, in both formats."""

import importlib.util
import os
import sys
from pathlib import Path

import pandas as pd
import pytest

from sagepipe import dsl, local
from sagepipe.compiler import compile_pipeline
from sagepipe.components import tables
from sagepipe.components.split_data import prove

HERE = Path(__file__).parent
LIBRARY = Path(dsl.__file__).parents[2]
TREES = pd.DataFrame(
    {
        "height": [place / 7 for place in range(120)],
        "wood": [f"wood {place % 8}" for place in range(120)],
        "fell": [["no", "yes", "no"][place % 3] for place in range(120)],
    }
)


@pytest.mark.parametrize("suffix", tables.FORMATS)
def test_both_steps_run_and_leave_what_they_promise(suffix: str, tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("looked", HERE / "looked.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    tables.write(TREES, tmp_path / f"trees{suffix}")
    (tmp_path / "train.py").touch()
    settings = local.LocalSettings(
        project=tmp_path,
        train=Path("train.py"),
        python=Path(sys.executable),
        environment={"PYTHONPATH": os.pathsep.join([str(LIBRARY), str(HERE)])},
    )
    parameters = {
        "data_uri": f"trees{suffix}",
        "bucket": "b",
        "role_arn": "arn:aws:iam::000000000000:role/local",
        "image_uri": "image",
        "mlflow_tracking_uri": "off",
    }
    execution = local.run(compile_pipeline(module.looked), parameters, settings)
    assert execution.status == "Succeeded", execution.failure_reason

    places = {
        output["OutputName"]: settings.s3 / output["S3Output"]["S3Uri"].removeprefix("s3://")
        for step in execution.steps
        for output in step.properties["ProcessingOutputConfig"]["Outputs"]
    }
    train, test = tables.read(places["train"]), tables.read(places["test"])
    assert len(train) + len(test) == len(TREES)
    prove(train, test, "grouped", by=["wood"])
    assert 'SPLIT_BY: list[str] = ["wood"]' in (places["proposal"] / "schema.py").read_text()
    assert "What the table looks like" in (places["report"] / "report.html").read_text()
