"""AWS's models come with botocore, which is read late."""

import subprocess
import sys
from pathlib import Path

import pytest

from sagepipe.compiler.check import MissingModel, check
from sagepipe.compiler.check.model import load

SDK = Path(__file__).parent / "sdk_v3" / "search.json"


def test_a_missing_botocore_is_one_line_that_names_the_extra(monkeypatch):
    load.cache_clear()
    monkeypatch.setitem(sys.modules, "botocore", None)

    step = {"Name": "a", "Type": "Training", "Arguments": {"RoleArn": "x"}}
    with pytest.raises(MissingModel, match=r"^check reads .* install the extra `aws`$"):
        check({"Version": "2020-12-01", "Steps": [step]})


def test_botocore_is_not_imported_before_it_is_needed():
    code = (
        "import sys\n"
        "import sagepipe.compiler, sagepipe.cli.checking\n"
        "assert 'botocore' not in sys.modules\n"
        "assert 'sagepipe.compiler.check' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_finding_names_the_version_of_the_model():
    load.cache_clear()
    definition = {"Version": "2020-12-01", "Steps": []}
    definition["Steps"] = [{"Name": "a", "Type": "Model", "Arguments": {"PrimaryContainer": 1}}]

    import botocore

    assert any(f"(botocore {botocore.__version__})" in item.source for item in check(definition))
