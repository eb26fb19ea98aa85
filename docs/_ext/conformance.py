"""``{conformance}``: SageMaker's rules, their sources, and what each runner shows of them."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from sagepipe.contract.runners import RUNNERS

ROOT = Path(__file__).parents[2]
CHECKS = ROOT / "tests/conformance/checks.py"
RESULTS = ROOT / "docs/reference/conformance.json"
SHOWN = "shown"


def checks() -> ModuleType:
    """Load the table of the tests."""
    spec = importlib.util.spec_from_file_location("conformance_checks", CHECKS)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def rows() -> tuple[list[list[str]], list[str]]:
    """List the table's rows, and the notes that their cells refer to."""
    results = json.loads(RESULTS.read_text(encoding="utf-8"))
    notes: list[str] = []
    found: list[list[str]] = []
    for number, check in checks().CHECKS.items():
        cells = []
        for runner in RUNNERS:
            result = results.get(str(number), {}).get(runner, "")
            if result not in (SHOWN, "", *notes):
                notes.append(result)
            cells.append(
                "✓" if result == SHOWN else f"{notes.index(result) + 1})" if result else ""
            )
        found.append([str(number), check.rule, check.source, *cells])
    return found, notes


class ConformanceDirective(SphinxDirective):
    """The table, and its notes below."""

    def run(self) -> list[nodes.Node]:
        self.env.note_dependency(str(CHECKS))
        self.env.note_dependency(str(RESULTS))
        found, notes = rows()
        lines = ["|  | Rule | Source | " + " | ".join(RUNNERS) + " |", "|---|---|---|---|---|---|"]
        lines += ["| " + " | ".join(row) + " |" for row in found]
        lines += ["", *(f"{number}. {note}" for number, note in enumerate(notes, start=1))]
        box = nodes.container(classes=["conformance"])
        self.state.nested_parse(StringList(lines, source=str(CHECKS)), self.content_offset, box)
        return [box]


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("conformance", ConformanceDirective)
    return {"parallel_read_safe": True}
