"""``{local-arguments} TYPE``: what a type of step may ask for on this machine."""

from collections.abc import Iterable, Iterator

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from sagepipe.local.shapes import Field, Shape
from sagepipe.local.steps.table import KINDS

Row = tuple[str, Field]


def rows(shape: Shape, prefix: str = "") -> Iterator[Row]:
    """List the keys that hold no others, each by its whole path."""
    for key, field in shape.items():
        path = f"{prefix}{key}"
        if field.shape:
            yield from rows(field.shape, f"{path}[]." if field.many else f"{path}.")
        else:
            yield path, field


def limit(field: Field) -> str:
    """Say which values a key may have."""
    if field.values:
        return ", ".join(f"`{value}`" for value in field.values)
    if field.between:
        return f"{field.between[0]:,} to {field.between[1]:,}"
    if field.texts:
        return f"at most {field.at_most:,} texts of {field.texts:,} characters"
    return ""


def lines(shape: Shape, left_out: tuple[str, ...] = ()) -> Iterator[str]:
    """Write the tables of one type."""
    found = [(path, field) for path, field in rows(shape) if not path.startswith(left_out)]
    honoured = [(path, limit(field)) for path, field in found if field.honoured]
    ignored = [path for path, field in found if not field.honoured and not field.remedy]
    refused = [(path, field.remedy) for path, field in found if field.remedy]
    yield f"Honoured: {listed(path for path, limits in honoured if not limits)}."
    yield from ("", "| Honoured | Values |", "|---|---|")
    yield from (f"| `{path}` | {limits} |" for path, limits in honoured if limits)
    if ignored:
        yield from ("", f"Accepted, without effect on one machine: {listed(ignored)}.")
    if refused:
        yield from ("", "| Refused | Instead |", "|---|---|")
        yield from (f"| `{path}` | {remedy[0].upper()}{remedy[1:]} |" for path, remedy in refused)


def listed(paths: Iterable[str]) -> str:
    """Write paths in a sentence."""
    return ", ".join(f"`{path}`" for path in paths)


class LocalArgumentsDirective(SphinxDirective):
    """The tables of one type of step; the content names the objects to leave out."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        name = self.arguments[0]
        left_out = tuple(f"{word}." for line in self.content for word in line.split())
        found = list(lines(KINDS[name].arguments, left_out))
        box = nodes.container()
        self.state.nested_parse(StringList(found, source=name), self.content_offset, box)
        return [box]


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("local-arguments", LocalArgumentsDirective)
    return {"parallel_read_safe": True}
