"""What a new process imports for a model, and that it checks as much as with all of it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sklearn.preprocessing import FunctionTransformer
from skops import io

import sagepipe
from sagepipe.serving.engines import trusted

pytestmark = pytest.mark.once


def whole_list() -> set[str]:
    """The estimators that skops trusts, after it has looked through all of scikit-learn."""
    from skops.io._trusted_types import SKLEARN_ESTIMATOR_TYPE_NAMES

    return set(SKLEARN_ESTIMATOR_TYPE_NAMES)


def test_of_any_estimator_the_short_list_says_what_the_whole_one_says():
    whole = whole_list()
    types = {tuple(name.rsplit(".", 1)) for name in whole}
    found = {f"{kind.__module__}.{kind.__name__}" for _, kind in trusted.estimators(types)}
    assert found == whole


@pytest.mark.parametrize(
    "name",
    [
        "os.system",
        "sklearn.base.BaseEstimator",
        "sklearn.ensemble._forest.ForestClassifier",
        "sklearn.linear_model._base.make_dataset",
        "sklearn.nowhere._else.Ridge",
        "sklearn.tests.test_base.MyEstimator",
        "sklearn.utils.estimator_checks.BaseBadClassifier",
        "sklearnex.linear_model.Ridge",
    ],
)
def test_nothing_else_is_on_the_short_list(name):
    assert name not in whole_list()
    module, kind = name.rsplit(".", 1)
    assert trusted.estimators({(module, kind)}) == []


def run(source: str, *arguments: Path) -> str:
    """Run some lines in a process that has imported nothing yet."""
    done = subprocess.run(
        [sys.executable, "-c", source, *arguments],
        env={**os.environ, "PYTHONPATH": str(Path(sagepipe.__file__).parents[1])},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


SERVE = """
import json, sys
from pathlib import Path
from sagepipe.serving.service import Service
Service.load("sagepipe.serving", Path(sys.argv[1]))
left_out = ["pandas", "pyarrow", "skops", "sklearn.gaussian_process", "sklearn.semi_supervised"]
imported = [name for name in left_out if name in sys.modules]
from skops.io._trusted_types import SKLEARN_ESTIMATOR_TYPE_NAMES as names
import pandas
print(json.dumps([imported, sorted(names), repr(pandas.NA)]))
"""


def test_a_model_needs_neither_pandas_nor_the_whole_of_sklearn(model_directory):
    imported, names, missing = json.loads(run(SERVE, model_directory))
    assert imported == []
    assert set(names) == whole_list()  # afterwards it is there for others as it should be
    assert missing == "<NA>"


LOAD = """
import sys
from sagepipe.serving import ModelError
from sagepipe.serving.engines import sklearn
try:
    sklearn.load(sys.argv[1])
except ModelError as error:
    print(error)
"""


def test_a_new_process_refuses_what_is_not_trusted(schema, tmp_path):
    schema.write(tmp_path)
    io.dump(FunctionTransformer(run), tmp_path / "model.skops")
    assert "holds types that are not trusted: " in (said := run(LOAD, tmp_path))
    assert "run" in said
