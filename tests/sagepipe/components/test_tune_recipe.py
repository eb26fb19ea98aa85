"""The recipe of the documentation runs as it stands there: search, measure, compare, register."""

import importlib.util
import os
import re
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sagepipe import dsl, local
from sagepipe.compiler import compile_pipeline
from sagepipe.components import tables

pytestmark = pytest.mark.once

LIBRARY = Path(dsl.__file__).parents[2]
PAGE = Path(__file__).parents[3] / "docs/reference/components/tune.md"
TRAIN = "import sys\nfrom sagepipe import runtime\nsys.exit(runtime.main_training())\n"


def customers(rows: int) -> pd.DataFrame:
    chance = np.random.default_rng(1)
    age, visits = chance.normal(40, 10, rows), chance.poisson(3, rows).astype(float)
    stays = age + 5 * visits + chance.normal(0, 10, rows) > 55
    return pd.DataFrame({"age": age, "visits": visits, "stays": stays.astype(int)})


def test_the_recipe_registers_and_publishes_the_best_of_its_trials(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (code,) = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    (tmp_path / "recipe.py").write_text(code)
    (tmp_path / "train.py").write_text(TRAIN)
    tables.write(customers(800), tmp_path / "customers.csv")
    spec = importlib.util.spec_from_file_location("recipe", tmp_path / "recipe.py")
    assert spec and spec.loader
    recipe = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "recipe", recipe)
    spec.loader.exec_module(recipe)

    settings = local.LocalSettings(
        project=tmp_path,
        train=Path("train.py"),
        python=Path(sys.executable),
        environment={"PYTHONPATH": os.pathsep.join([str(LIBRARY), str(tmp_path)])},
    )
    execution = local.run(
        compile_pipeline(recipe.tuned),
        {
            "data_uri": "customers.csv",
            "target": "stays",
            "jobs": "3",
            "bucket": "b",
            "role_arn": "arn:aws:iam::000000000000:role/local",
            "image_uri": "image",
            "serving_image_uri": "serving",
            "mlflow_tracking_uri": "off",
        },
        settings,
    )
    reasons = [step.failure_reason for step in execution.steps]
    assert execution.status == "Succeeded", reasons
    tuning = execution.step("tune-fit")
    assert tuning.properties["TrainingJobStatusCounters"]["Completed"] == 3
    assert execution.step("register-model").status == "Succeeded"
    assert (settings.s3 / "b/models/tuned/output/model.tar.gz").is_file()
