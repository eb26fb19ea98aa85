"""``{tracking-failures}``: what becomes of a job whose tracking server is not well, by policy."""

import importlib.util
import json
import sys
from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

ROOT = Path(__file__).parents[2]
SITUATIONS = ROOT / "tests/sagepipe/tracking/situations.py"
RESULTS = ROOT / "docs/reference/tracking-failures.json"


def lines() -> list[str]:
    """Write the table: the situations in the tests' order, what the tests saw in each cell."""
    spec = importlib.util.spec_from_file_location("tracking_situations", SITUATIONS)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    results = json.loads(RESULTS.read_text(encoding="utf-8"))
    head = ["The server", *(f"`{policy}`" for policy in module.POLICIES)]
    rows = [
        [item.what, *(results[item.what][policy] for policy in module.POLICIES)]
        for item in module.SITUATIONS
    ]
    return [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)]


class FailuresDirective(SphinxDirective):
    """The table."""

    def run(self) -> list[nodes.Node]:
        self.env.note_dependency(str(SITUATIONS))
        self.env.note_dependency(str(RESULTS))
        box = nodes.container(classes=["tracking-failures"])
        self.state.nested_parse(
            StringList(lines(), source=str(SITUATIONS)), self.content_offset, box
        )
        return [box]


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("tracking-failures", FailuresDirective)
    return {"parallel_read_safe": True}
