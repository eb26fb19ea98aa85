"""A step starts with what it uses, and nothing else."""

from pathlib import Path
from typing import Any

COMPONENT = """
import sys
from sagepipe import dsl

@dsl.component
def loaded() -> str:
    '''Name what has been imported.'''
    return " ".join(sys.modules)
"""


def test_a_step_imports_nothing_that_is_for_pipelines_records_or_failures(
    box: Any, tmp_path: Path
) -> None:
    (tmp_path / "started.py").write_text(COMPONENT)
    done = box.processing(outputs=["returned"]).run("started:loaded", path=tmp_path)
    assert done.returncode == 0, done.stderr
    found = set(box.read("processing/output/returned/returned.json").split())
    assert "sagepipe.dsl.component" in found
    assert not found & {"sagepipe.dsl.pipelines", "sagepipe.tracking.run", "mlflow"}
    assert not found & {"dataclasses", "inspect", "traceback", "logging", "threading", "shutil"}
