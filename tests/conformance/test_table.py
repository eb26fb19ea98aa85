"""The checks, their tests and what is kept of them agree."""

import json
import re
import runpy
from pathlib import Path

HERE = Path(__file__).parent
KEPT = HERE.parents[1] / "docs/reference/conformance.json"


def test_every_check_has_one_test_and_one_result_of_each_runner() -> None:
    checks = list(runpy.run_path(str(HERE / "checks.py"))["CHECKS"])
    tests = "".join(file.read_text() for file in sorted(HERE.glob("test_*.py")))
    kept = json.loads(KEPT.read_text())

    assert checks == list(range(1, 41))
    marked = [int(number) for number in re.findall(r"^@pytest.mark.check\((\d+)\)$", tests, re.M)]
    assert sorted(marked) == checks
    named = [int(number) for number in re.findall(r"^def test_(\d\d)_", tests, re.M)]
    assert sorted(named) == checks
    assert {int(number) for number in kept} == set(checks)
    assert {tuple(results) for results in kept.values()} == {("process", "sandbox", "container")}
