"""A picture as SVG: light or dark, as its reader's screen is."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from importlib.resources import files
from itertools import pairwise

from sagepipe.compiler.drawing.layout import TITLE_HEIGHT, Box, Layout, Point, layout
from sagepipe.compiler.drawing.picture import Group, Item, Link, Node, Picture, nodes

_BAR = 5.0
_CUT = 12.0


def draw(picture: Picture) -> str:
    """Draw a picture.

    Args:
        picture: What to draw.

    Returns:
        An SVG document that needs nothing else.
    """
    style = f"<style>\n{style_sheet('picture.css')}</style>\n"
    return element(picture, {}, style)


def element(
    picture: Picture,
    targets: Mapping[str, str],
    style: str = "",
    classes: Mapping[str, str] | None = None,
) -> str:
    """Draw a picture as an element of a page.

    Args:
        picture: What to draw.
        targets: For each item's id, the page's element that a click on it leads to.
        style: A style element, for a picture that stands alone.
        classes: For an item's id, a class that the page's style sheet knows, such as its state.

    Returns:
        The ``svg`` element, a line for each thing drawn.
    """
    placed = layout(picture)
    width, height = _number(placed.width), _number(placed.height)
    lines = [
        f'<svg class="pipeline" xmlns="http://www.w3.org/2000/svg" width="{width}" '
        f'height="{height}" viewBox="0 0 {width} {height}" '
        f'role="{"group" if targets else "img"}" aria-label="{escape(picture.title)}">',
        f"{style}<title>{escape(picture.title)}</title>",
        f'<rect class="paper" width="{width}" height="{height}"/>',
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="9" '
        'markerHeight="9" markerUnits="userSpaceOnUse" orient="auto">'
        '<path class="tip" d="M0 .5 8 4 0 7.5z"/></marker></defs>',
        *_parts(picture, placed, targets, classes or {}),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def style_sheet(name: str) -> str:
    """Read one of the room's own files."""
    return files("sagepipe.compiler.drawing").joinpath(name).read_text(encoding="utf-8")


def _parts(
    picture: Picture, placed: Layout, targets: Mapping[str, str], classes: Mapping[str, str]
) -> Iterator[str]:
    """Draw groups, then the arrows upon them, then steps and what is written."""
    every = list(nodes(picture.items))
    groups = [item for item in every if isinstance(item, Group)]
    for group in groups:
        yield _frame(group, placed.boxes[group.id])
    drawn = [(index, link) for index, link in enumerate(picture.links) if index in placed.routes]
    for index, link in drawn:
        yield _link(link, placed.routes[index], placed.sideways)
    for item in every:
        box = placed.boxes[item.id]
        inner = _node(item, box) if isinstance(item, Node) else _group_title(item, box)
        yield _linked(item, inner, targets, classes.get(item.id, ""))
    for index, link in drawn:
        if link.label:
            yield _label(link, placed.routes[index], placed.sideways)


def _linked(item: Item, inner: str, targets: Mapping[str, str], class_: str) -> str:
    marked = f' class="{escape(class_)}"' if class_ else ""
    if item.id not in targets or item.step is None:
        return f"<g{marked}>{inner}</g>" if marked else inner
    name = escape(", ".join(filter(None, (item.title, item.step.type, class_))))
    return (
        f'<a href="#{targets[item.id]}"{marked} data-id="{escape(item.id)}" '
        f'aria-label="{name}">{inner}</a>'
    )


def _node(node: Node, box: Box) -> str:
    x, y, width, height = (_number(value) for value in (box.x, box.y, box.width, box.height))
    middle = _number(box.x + box.width / 2 + _BAR / 2)
    if node.kind == "choice":
        shape = _cornered(box)
        bar = ""
        middle = _number(box.x + box.width / 2)
        stroke = ' style="stroke: var(--kind)"'
    else:
        round_ = 4 if node.kind in ("work", "learn", "other") else 14
        shape = (
            f'<rect class="box" x="{x}" y="{y}" width="{width}" height="{height}" rx="{round_}"/>'
        )
        bar = _bar(box, round_)
        stroke = ""
    return (
        f'<g class="{node.kind}">{shape.replace("/>", f"{stroke}/>", 1)}{bar}'
        f'<text class="title" x="{middle}" y="{_number(box.y + 20)}" text-anchor="middle">'
        f"{escape(node.title)}</text>"
        f'<text class="small" x="{middle}" y="{_number(box.y + 36)}" text-anchor="middle">'
        f"{escape(node.subtitle)}</text></g>"
    )


def _cornered(box: Box) -> str:
    left, right, top, bottom = box.x, box.x + box.width, box.y, box.y + box.height
    points = (
        (left, top + box.height / 2),
        (left + _CUT, top),
        (right - _CUT, top),
        (right, top + box.height / 2),
        (right - _CUT, bottom),
        (left + _CUT, bottom),
    )
    return f'<polygon class="box" points="{" ".join(_point(point) for point in points)}"/>'


def _bar(box: Box, round_: float) -> str:
    """Draw the coloured edge on the left, within the box's rounded corners."""
    x, y, height = box.x, box.y, box.height
    inner = round_ - _BAR if round_ > _BAR else 0.0
    start = _BAR if round_ <= _BAR else round_
    return (
        f'<path class="bar" d="M{_point((x + start, y))}'
        f"a{_number(start)} {_number(round_)} 0 0 0 {_number(-start)} {_number(round_)}"
        f"v{_number(height - 2 * round_)}"
        f"a{_number(start)} {_number(round_)} 0 0 0 {_number(start)} {_number(round_)}"
        + (
            f"a{_number(inner)} {_number(round_)} 0 0 1 {_number(-inner)} {_number(-round_)}"
            f"v{_number(-(height - 2 * round_))}"
            f"a{_number(inner)} {_number(round_)} 0 0 1 {_number(inner)} {_number(-round_)}"
            if inner
            else ""
        )
        + 'z"/>'
    )


def _frame(group: Group, box: Box) -> str:
    kind = "group loop choice" if group.step else "group"
    x, y, width, height = (_number(value) for value in (box.x, box.y, box.width, box.height))
    return f'<rect class="{kind}" x="{x}" y="{y}" width="{width}" height="{height}" rx="8"/>'


def _group_title(group: Group, box: Box) -> str:
    x, y = _number(box.x + 12), _number(box.y + TITLE_HEIGHT - 9)
    return f'<text class="group-title" x="{x}" y="{y}">{escape(group.title)}</text>'


def _link(link: Link, points: Sequence[Point], sideways: bool) -> str:
    kind = "link dashed" if link.dashed else "link"
    said = f"{link.source} → {link.target}"
    if link.carries:
        said += f": {', '.join(link.carries)}"
    return (
        f'<path class="{kind}" data-source="{escape(link.source)}" '
        f'data-target="{escape(link.target)}" marker-end="url(#tip)" '
        f'd="{_curve(points, sideways)}"><title>{escape(said)}</title></path>'
    )


def _curve(points: Sequence[Point], sideways: bool) -> str:
    """Lead a line through points, turning smoothly into the direction of the arrows."""
    text = f"M{_point(points[0])}"
    for (x, y), (to_x, to_y) in pairwise(points):
        if sideways:
            half = (x + to_x) / 2
            bend = ((half, y), (half, to_y))
            straight = y == to_y
        else:
            half = (y + to_y) / 2
            bend = ((x, half), (to_x, half))
            straight = x == to_x
        end = _point((to_x, to_y))
        text += f"L{end}" if straight else f"C{_point(bend[0])} {_point(bend[1])} {end}"
    return text


def _label(link: Link, points: Sequence[Point], sideways: bool) -> str:
    """Write on a link where it turns last, or in its middle."""
    across = 1 if sideways else 0
    pairs = list(pairwise(points))
    turning = [pair for pair in pairs if pair[0][across] != pair[1][across]]
    (x, y), (to_x, to_y) = (turning or pairs)[-1]
    place = f'x="{_number((x + to_x) / 2)}" y="{_number((y + to_y) / 2 + 4)}"'
    return f'<text class="label" {place} text-anchor="middle">{escape(link.label)}</text>'


def _point(point: Point) -> str:
    return f"{_number(point[0])},{_number(point[1])}"


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
