"""A picture as a Mermaid flow chart, which GitHub, GitLab and MkDocs draw."""

import re
from collections.abc import Iterator, Mapping

from sagepipe.compiler.drawing.layout import layout
from sagepipe.compiler.drawing.picture import Group, Item, Link, Picture, nodes

# Shapes by kind of step: a job is a box, a decision a hexagon, a model a cylinder, an end round.
_SHAPES = {"choice": ('{{"', '"}}'), "model": ('[("', '")]'), "fail": ('(["', '"])')}
_CODES = str.maketrans(
    {'"': "#quot;", "<": "#lt;", ">": "#gt;", "&": "#amp;", "#": "#35;", "`": "#96;"}
)
# Words of the language, which can't be names (Mermaid, "Flowcharts: basic syntax").
_RESERVED = frozenset(
    {"end", "graph", "subgraph", "flowchart", "style", "class", "click", "default"}
)


def draw(picture: Picture) -> str:
    """Draw a picture.

    Args:
        picture: What to draw.

    Returns:
        The chart's source, a line for each step, group and arrow.
    """
    names = _names(picture)
    direction = "LR" if layout(picture).sideways else "TD"
    lines = [f"flowchart {direction}", *_items(picture.items, names, "    ")]
    lines += (f"    {_link(link, names)}" for link in picture.links)
    return "\n".join(lines) + "\n"


def _names(picture: Picture) -> dict[str, str]:
    """Call each item something that Mermaid takes: ``a--b`` would be an arrow."""
    found: dict[str, str] = {}
    taken = set(_RESERVED)
    for item in nodes(picture.items):
        plain = item.id.replace("/IfSteps", "_yes").replace("/ElseSteps", "_no")
        name = re.sub(r"\W", "_", plain)
        while name in taken:
            name += "_"
        taken.add(name)
        found[item.id] = name
    return found


def _items(items: tuple[Item, ...], names: Mapping[str, str], indent: str) -> Iterator[str]:
    for item in items:
        name = names[item.id]
        if isinstance(item, Group):
            yield f'{indent}subgraph {name}["{_text(item.title)}"]'
            yield from _items(item.items, names, indent + "    ")
            yield f"{indent}end"
        else:
            left, right = _SHAPES.get(item.kind, ('["', '"]'))
            label = f"{_text(item.title)}<br><small>{_text(item.subtitle)}</small>"
            yield f"{indent}{name}{left}{label}{right}"


def _link(link: Link, names: Mapping[str, str]) -> str:
    source, target = names[link.source], names[link.target]
    if link.dashed:
        return f"{source} -. {link.label} .-> {target}"
    return f"{source} --> {target}"


def _text(text: str) -> str:
    """Write text so that neither Mermaid nor HTML reads it as its own."""
    return text.translate(_CODES)
