"""What the page for KFP's authors says carries over is there, and the KFP examples use it."""

import re
from pathlib import Path

import pytest

from sagepipe import dsl

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "how-to" / "from-kfp.md").read_text(encoding="utf-8")
EXAMPLES = "\n".join(
    file.read_text(encoding="utf-8")
    for file in sorted((ROOT / "tests" / "peers" / "kfp_examples").glob("*.py"))
)
NOT_IN_EXAMPLES = {
    # Facts about an execution are others in each run.
    "PIPELINE_JOB_ID_PLACEHOLDER",
    "PIPELINE_JOB_RESOURCE_NAME_PLACEHOLDER",
    "PIPELINE_JOB_CREATE_TIME_UTC_PLACEHOLDER",
}


def table(heading):
    """Return the first column of the table under a heading."""
    section = PAGE.split(f"## {heading}\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (.+?) (?<!\\)\|", section, flags=re.M)
    return [row for row in rows if row not in ("KFP",)]


CARRIED = [
    *re.findall(r"`@?dsl\.(\w+)", "\n".join(table("What carries over"))),
    *("Artifact", "Dataset", "Model", "Metrics", "ClassificationMetrics", "HTML", "Markdown"),
]
METHODS = re.findall(r"`\.(\w+)", "\n".join(table("What carries over")))


@pytest.mark.parametrize("name", CARRIED)
def test_a_name_that_carries_over(name):
    assert name in dsl.__all__
    assert name in NOT_IN_EXAMPLES or re.search(rf"\b{name}\b", EXAMPLES)


@pytest.mark.parametrize("name", METHODS)
def test_a_method_that_carries_over(name):
    assert hasattr(dsl.Task, name)
    assert f".{name}" in EXAMPLES


def test_the_tables_are_read():
    assert len(CARRIED) > 15
    assert len(METHODS) > 6
