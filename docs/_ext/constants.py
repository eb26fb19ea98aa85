"""``{constants} module``: a table of a module's constants, with the comments beside them."""

import ast
import io
import tokenize
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from re import Pattern

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective


@dataclass(frozen=True)
class Constant:
    """One line of the table."""

    name: str
    value: object
    note: str


def read(module: str) -> list[Constant]:
    """Take a module's upper-case names in the order of its lines."""
    imported = import_module(module)
    source = Path(imported.__file__).read_text(encoding="utf-8")
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    notes = {
        token.start[0]: token.string.lstrip("# ")
        for token in tokens
        if token.type == tokenize.COMMENT and token.start[1] > 0
    }
    return [
        Constant(target.id, getattr(imported, target.id), notes.get(node.lineno, ""))
        for node in ast.parse(source).body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name) and target.id.isupper()
    ]


def shown(value: object) -> str:
    """Write a value for a cell."""
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, Pattern):
        return f"`{value.pattern}`".replace("|", "\\|")
    if isinstance(value, tuple):
        return ", ".join(f"`{item}`" for item in value)
    return f"`{value}`"


class ConstantsDirective(SphinxDirective):
    """The table; the content names the constants to leave out."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        module = self.arguments[0]
        self.env.note_dependency(import_module(module).__file__)
        left_out = {name for line in self.content for name in line.split()}
        found = [item for item in read(module) if item.name not in left_out]
        noted = any(item.note for item in found)
        lines = ["| Name | Value | Source |", "|---|---|---|"]
        if not noted:
            lines = ["| Name | Value |", "|---|---|"]
        for item in found:
            note = f" {item.note.replace('|', '/')} |" if noted else ""
            lines.append(f"| `{item.name}` | {shown(item.value)} |{note}")
        box = nodes.container(classes=["constants"])
        self.state.nested_parse(StringList(lines, source=module), self.content_offset, box)
        return [box]


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("constants", ConstantsDirective)
    return {"parallel_read_safe": True}
