"""``{component} module:function``: what a component takes and gives, from its own signature."""

import inspect
import re
import textwrap
from collections.abc import Iterator
from importlib import import_module

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from sagepipe.dsl import docstring
from sagepipe.dsl.component import Component
from sagepipe.dsl.spec import ParameterSpec

_SECTION = re.compile(r"^(Args|Returns|Raises):\n((?:    .*\n?|\n)*)", re.MULTILINE)
_RAISED = re.compile(r"^(\w+): (.*(?:\n +.*)*)", re.MULTILINE)


def find(name: str) -> Component:
    """Import a component."""
    module, _, function = name.partition(":")
    found = getattr(import_module(module), function)
    assert isinstance(found, Component), f"{name} is no component"
    return found


def lines(component: Component) -> Iterator[str]:
    """Write a component's text and its tables."""
    spec, function = component.spec, component.python_func
    text = inspect.getdoc(function) or ""
    described = {name: plain(said) for name, said in docstring.arguments(function).items()}
    sections = {name: textwrap.dedent(body) for name, body in _SECTION.findall(text)}
    module, _, name = spec.entrypoint.partition(":")
    yield from (f"`from {module} import {name}`, a {spec.kind} job.", "")
    yield from plain(_SECTION.sub("", text).strip()).splitlines()
    artifacts = [(item, "reads") for item in spec.inputs] + [
        (item, "writes") for item in spec.outputs
    ]
    yield from ("", "| Artifact | Type | | |", "|---|---|---|---|")
    for item, does in artifacts:
        kind = item.type.__name__
        kind = f"list[{kind}]" if getattr(item, "many", False) else kind
        does = f"may {does[:-1]}" if getattr(item, "optional", False) else does
        yield f"| `{item.name}` | `{kind}` | {does} | {described.get(item.name, '')} |"
    yield from ("", "| Parameter | Type | Default | |", "|---|---|---|---|")
    for parameter in spec.parameters:
        kind = parameter.kind.replace("|", "\\|")
        said = described.get(parameter.name, "")
        yield f"| `{parameter.name}` | `{kind}` | {default(parameter)} | {said} |"
    if spec.returns:
        yield from ("", "| Returned | Type |", "|---|---|")
        yield from (f"| `{item.name}` | `{item.type.__name__}` |" for item in spec.returns)
    if said := sections.get("Returns", "").strip():
        yield from ("", f"Returns: {plain(said)}")
    raised = _RAISED.findall(sections.get("Raises", ""))
    if raised:
        yield from ("", "| Raises | Where |", "|---|---|")
        yield from (f"| `{kind}` | {plain(' '.join(said.split()))} |" for kind, said in raised)


def default(parameter: ParameterSpec) -> str:
    """Write what a parameter is where none is given."""
    return "required" if parameter.required else f"`{parameter.default!r}`"


def plain(text: str) -> str:
    """Turn a docstring's marks of code into Markdown's."""
    return text.replace("``", "`")


class ComponentDirective(SphinxDirective):
    """The text and the tables of one component."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        component = find(self.arguments[0])
        self.env.note_dependency(component.spec.source.file)
        box = nodes.container(classes=["component"])
        content = StringList(list(lines(component)), source=self.arguments[0])
        self.state.nested_parse(content, self.content_offset, box)
        return [box]


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("component", ComponentDirective)
    return {"parallel_read_safe": True}
