"""``{kfp-refused} NAMES``: what of KFP's vocabulary is refused, and what to do instead."""

import re

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from sagepipe.dsl import kfp

# How each kind of name is written by an author.
WRITTEN = {
    "NAMES": "dsl.{}",
    "COMPONENT": "@dsl.component({}=…)",
    "PIPELINE": "@dsl.pipeline({}=…)",
    "TASK": "task.{}(…)",
}

CODE = re.compile(
    r"""@?dsl\.\w+(\([^)]*\))?|(?<![\w.])\.\w+(\([^)]*\))?|os\.environ\["\w+"\]|str \| None|"""
    r"""(In|Out)put\[[.\w]+\]|sagepipe run|\w+(/|\.)(Dockerfile|toml)|\bimage_uri\b"""
)


def rows(kind: str) -> list[tuple[str, str]]:
    """List what is refused and the remedy; names with one remedy share a row."""
    names_of: dict[str, list[str]] = {}
    for name, remedy in getattr(kfp, kind).items():
        names_of.setdefault(remedy, []).append(WRITTEN[kind].format(name))
    return [
        (", ".join(f"`{name}`" for name in names), remedy) for remedy, names in names_of.items()
    ]


def marked(remedy: str) -> str:
    """Write a remedy for a cell, its code marked."""
    text = CODE.sub(r"`\g<0>`", remedy).replace("|", "\\|")
    return text[0].upper() + text[1:]


class RefusedDirective(SphinxDirective):
    """The table of one kind of name."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        self.env.note_dependency(kfp.__file__)
        lines = ["| KFP | Instead |", "|---|---|"]
        for names, remedy in rows(self.arguments[0]):
            lines.append(f"| {names} | {marked(remedy)} |")
        box = nodes.container()
        self.state.nested_parse(StringList(lines, source=kfp.__file__), self.content_offset, box)
        return [box]


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("kfp-refused", RefusedDirective)
    return {"parallel_read_safe": True}
