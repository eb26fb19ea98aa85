"""Where everything in a picture stands: boxes, and the points that its arrows pass.

A group is laid out by itself and stands in what surrounds it as one box; an arrow that leads into
or out of it passes a port on its border.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TypeAlias

from sagepipe.compiler.drawing import layering, text
from sagepipe.compiler.drawing.picture import Group, Item, Node, Picture

Point: TypeAlias = tuple[float, float]

NODE_HEIGHT = 46.0
TITLE_HEIGHT = 26.0
_NODE_PADDING = 14.0
_GROUP_PADDING = 16.0
_MARGIN = 16.0
_ROW_GAP = 46.0
_NODE_GAP, _PASSING_GAP, _PASSING_WIDTH = 14.0, 5.0, 2.0
_PORTS_APART = 14.0
_SPREAD, _MOST_SPREAD = 2.0, 80.0
# Wider than this, a picture is drawn from left to right if that makes it narrower.
_WIDE = 1100.0


@dataclass(frozen=True)
class Box:
    """A rectangle."""

    x: float
    y: float
    width: float
    height: float

    def moved(self, x: float, y: float) -> "Box":
        """Return the same elsewhere."""
        return replace(self, x=self.x + x, y=self.y + y)

    def turned(self) -> "Box":
        """Return the same with its axes changed."""
        return Box(self.y, self.x, self.height, self.width)


@dataclass(frozen=True)
class Layout:
    """Where everything stands.

    Attributes:
        width: The picture's width.
        height: The picture's height.
        boxes: Nodes and groups by their ids.
        routes: For each link, the points that it passes; straight where it passes a row.
        sideways: Whether arrows lead from left to right, not down.
    """

    width: float
    height: float
    boxes: Mapping[str, Box]
    routes: Mapping[int, Sequence[Point]]
    sideways: bool


@dataclass(frozen=True)
class _End:
    """An end of an arrow in one list of items: at one of them, inside it, or outside the list."""

    item: str = ""
    inside: bool = False


@dataclass
class _Block:
    """Items laid out together; across the arrows is x, along them is y."""

    width: float
    height: float
    boxes: dict[str, Box] = field(default_factory=dict)
    routes: dict[int, list[Point]] = field(default_factory=dict)


@dataclass
class _Cell:
    """What stands in a row: an item, a link's port on the border, or a link that passes by."""

    width: float
    height: float
    gap: float
    item: str = ""


def layout(picture: Picture) -> Layout:
    """Place a picture's parts.

    Args:
        picture: What to draw.

    Returns:
        The layout: downward, or from left to right where that saves a lot of width.
    """
    down = _layout(picture, sideways=False)
    if down.width <= _WIDE:
        return down
    right = _layout(picture, sideways=True)
    return right if right.width < down.width else down


def _layout(picture: Picture, sideways: bool) -> Layout:
    homes = dict(_homes(picture.items, ()))
    ends = {
        index: (homes[link.source], homes[link.target]) for index, link in enumerate(picture.links)
    }
    block = _Arrangement(ends, sideways).arrange(picture.items, ())
    boxes = {name: box.moved(_MARGIN, _MARGIN) for name, box in block.boxes.items()}
    routes = {
        index: [(x + _MARGIN, y + _MARGIN) for x, y in points]
        for index, points in block.routes.items()
    }
    width, height = block.width + 2 * _MARGIN, block.height + 2 * _MARGIN
    if sideways:
        width, height = height, width
        boxes = {name: box.turned() for name, box in boxes.items()}
        routes = {index: [(y, x) for x, y in points] for index, points in routes.items()}
    return Layout(width, height, boxes, routes, sideways)


def _homes(items: Sequence[Item], around: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """For each item, the groups around it and itself."""
    for item in items:
        yield item.id, (*around, item.id)
        if isinstance(item, Group):
            yield from _homes(item.items, (*around, item.id))


class _Arrangement:
    """Lays lists of items out, the innermost first."""

    def __init__(self, ends: Mapping[int, tuple[tuple[str, ...], tuple[str, ...]]], sideways: bool):
        self._ends = ends
        self._sideways = sideways

    def arrange(self, items: Sequence[Item], around: tuple[str, ...]) -> _Block:
        """Lay out the items of one group, or those at the top."""
        blocks = {item.id: self._block(item, around) for item in items}
        links = dict(self._links(around))
        cells = [
            _Cell(blocks[item.id].width, blocks[item.id].height, _NODE_GAP, item.id)
            for item in items
        ]
        number = {cell.item: index for index, cell in enumerate(cells)}
        inner = {
            (number[source.item], number[target.item]): None
            for source, target in links.values()
            if source.item and target.item
        }
        found, back = layering.layers(len(cells), inner)
        paths = _paths(cells, links, number, found, back)
        return _Rows(cells, found, paths, blocks, links).block()

    def _block(self, item: Item, around: tuple[str, ...]) -> _Block:
        if isinstance(item, Node):
            longest = max(text.width(item.title, bold=True), text.width(item.subtitle, small=True))
            size = (longest + 2 * _NODE_PADDING, NODE_HEIGHT)
            width, height = size[::-1] if self._sideways else size
            return _Block(width, height, {item.id: Box(0, 0, width, height)})
        inner = self.arrange(item.items, (*around, item.id))
        before_x, before_y = _GROUP_PADDING, TITLE_HEIGHT + 4
        if self._sideways:
            before_x, before_y = before_y, before_x
        title = text.width(item.title, bold=True, small=True) + 2 * _GROUP_PADDING
        width = inner.width + before_x + _GROUP_PADDING
        height = inner.height + before_y + _GROUP_PADDING
        if self._sideways:
            height = max(height, title)
        elif title > width:
            before_x += (title - width) / 2
            width = title
        boxes = {name: box.moved(before_x, before_y) for name, box in inner.boxes.items()}
        routes = {}
        for index, points in inner.routes.items():
            source, target = self._seen(index, (*around, item.id))
            moved = [(x + before_x, y + before_y) for x, y in points]
            first = [] if source.item else [(moved[0][0], 0.0)]
            last = [] if target.item else [(moved[-1][0], height)]
            routes[index] = [*first, *moved, *last]
        return _Block(width, height, {item.id: Box(0, 0, width, height), **boxes}, routes)

    def _links(self, around: tuple[str, ...]) -> Iterator[tuple[int, tuple[_End, _End]]]:
        """Find the links that have to do with a list of items, other than inside one of them."""
        for index in self._ends:
            source, target = self._seen(index, around)
            if source.item != target.item:
                yield index, (source, target)

    def _seen(self, index: int, around: tuple[str, ...]) -> tuple[_End, _End]:
        source, target = (_end(home, around) for home in self._ends[index])
        return source, target


def _end(home: tuple[str, ...], around: tuple[str, ...]) -> _End:
    depth = len(around)
    if home[:depth] != around or len(home) == depth:
        return _End()
    return _End(home[depth], inside=len(home) > depth + 1)


def _paths(
    cells: list[_Cell],
    links: Mapping[int, tuple[_End, _End]],
    number: Mapping[str, int],
    found: list[int],
    back: set[tuple[int, int]],
) -> dict[int, list[int]]:
    """Give each link a cell in each row that it passes; ports have rows before and after all."""
    top, bottom = -1, max(found, default=0) + 1
    paths: dict[int, list[int]] = {}

    def passing(layer: int) -> int:
        cells.append(_Cell(_PASSING_WIDTH, 0.0, _PASSING_GAP))
        found.append(layer)
        return len(cells) - 1

    for index, (source, target) in links.items():
        first = number[source.item] if source.item else passing(top)
        last = number[target.item] if target.item else passing(bottom)
        if (first, last) in back:
            paths[index] = [first, last]
            continue
        between = [passing(layer) for layer in range(found[first] + 1, found[last])]
        paths[index] = [first, *between, last]
    return paths


class _Rows:
    """The cells of one list of items, in rows."""

    def __init__(
        self,
        cells: Sequence[_Cell],
        found: Sequence[int],
        paths: Mapping[int, list[int]],
        blocks: Mapping[str, _Block],
        links: Mapping[int, tuple[_End, _End]],
    ):
        self._cells, self._found, self._paths = cells, found, paths
        self._blocks, self._links = blocks, links
        self._above: list[list[int]] = [[] for _ in cells]
        self._below: list[list[int]] = [[] for _ in cells]
        for path in paths.values():
            for upper, lower in pairwise(path):
                if found[lower] == found[upper] + 1:
                    self._below[upper].append(lower)
                    self._above[lower].append(upper)
        levels = sorted(set(found))
        rows: dict[int, list[int]] = {level: [] for level in levels}
        for cell, level in enumerate(found):
            rows[level].append(cell)
        above, below = dict(enumerate(self._above)), dict(enumerate(self._below))
        self._rows = layering.ordered(list(rows.values()), above, below)
        self._levels = {level: place for place, level in enumerate(levels)}
        centres = layering.straightened(
            self._rows,
            [cell.width for cell in cells],
            [cell.gap for cell in cells],
            above,
            below,
        )
        left = min((x - cell.width / 2 for x, cell in zip(centres, cells, strict=True)), default=0)
        self._centres = [x - left for x in centres]
        self._tops, self._bottoms = self._heights()

    def block(self) -> _Block:
        """Put the rows together."""
        width = max(
            (x + cell.width / 2 for x, cell in zip(self._centres, self._cells, strict=True)),
            default=0.0,
        )
        block = _Block(width, self._bottoms[-1] if self._bottoms else 0.0)
        for index, cell in enumerate(self._cells):
            if cell.item:
                x, y = self._corner(index)
                inner = self._blocks[cell.item]
                block.boxes.update((name, box.moved(x, y)) for name, box in inner.boxes.items())
                for link, points in inner.routes.items():
                    if link not in self._links:
                        block.routes[link] = [(x + a, y + b) for a, b in points]
        leaving, entering = self._ports(outgoing=True), self._ports(outgoing=False)
        for link, path in self._paths.items():
            block.routes[link] = self._route(link, path, leaving, entering)
        return block

    def _heights(self) -> tuple[list[float], list[float]]:
        """Work out where rows begin and end; many arrows between two need room to spread."""
        tops: list[float] = []
        bottoms: list[float] = []
        for place, row in enumerate(self._rows):
            links = sum(len(self._above[cell]) for cell in row)
            gap = _ROW_GAP + min(_MOST_SPREAD, _SPREAD * links)
            if place and not all(self._holds_items(place - offset) for offset in (0, 1)):
                gap = _ROW_GAP / 3
            tops.append(bottoms[-1] + gap if place else 0.0)
            bottoms.append(tops[-1] + max(self._cells[cell].height for cell in row))
        return tops, bottoms

    def _holds_items(self, place: int) -> bool:
        """Say whether a row is of items, not of ports."""
        return any(self._cells[cell].item for cell in self._rows[place])

    def _corner(self, cell: int) -> Point:
        row = self._levels[self._found[cell]]
        return self._centres[cell] - self._cells[cell].width / 2, self._tops[row]

    def _ports(self, outgoing: bool) -> dict[tuple[int, int], float]:
        """Say where on its box each link begins or ends: beside each other, in order."""
        sides: dict[int, list[tuple[float, int]]] = {}
        for link, path in self._paths.items():
            source, target = self._links[link]
            own, end, next_ = (
                (path[0], source, path[1]) if outgoing else (path[-1], target, path[-2])
            )
            if not end.inside:
                sides.setdefault(own, []).append((self._centres[next_], link))
        found: dict[tuple[int, int], float] = {}
        for cell, listed in sides.items():
            room = self._cells[cell].width * 0.7
            apart = min(_PORTS_APART, room / len(listed))
            for place, (_, link) in enumerate(sorted(listed)):
                shift = (place - (len(listed) - 1) / 2) * apart
                found[cell, link] = self._clear(cell, self._centres[cell] + shift)
        return found

    def _clear(self, cell: int, wanted: float) -> float:
        """Find a place on a group's border where no link passes through."""
        inner = self._blocks[self._cells[cell].item].routes if self._cells[cell].item else {}
        left = self._corner(cell)[0]
        taken = [
            left + end[0]
            for link, points in inner.items()
            if link in self._links
            for end in (points[0], points[-1])
        ]
        tries = (wanted + sign * step * _PORTS_APART for step in range(8) for sign in (1, -1))
        return next((x for x in tries if all(abs(x - y) >= _PORTS_APART for y in taken)), wanted)

    def _route(
        self,
        link: int,
        path: Sequence[int],
        leaving: Mapping[tuple[int, int], float],
        entering: Mapping[tuple[int, int], float],
    ) -> list[Point]:
        source, target = self._links[link]
        first, last = path[0], path[-1]
        points: list[Point] = []
        corner_x, corner_y = self._corner(first)
        if source.inside:
            inner = self._blocks[source.item].routes[link]
            points += [(corner_x + x, corner_y + y) for x, y in inner]
        else:
            points.append((leaving[first, link], corner_y + self._cells[first].height))
        row = self._levels[self._found[first]]
        if self._found[last] > self._found[first]:
            points.append((points[-1][0], self._bottoms[row]))
        for cell in path[1:-1]:
            row = self._levels[self._found[cell]]
            points += [
                (self._centres[cell], self._tops[row]),
                (self._centres[cell], self._bottoms[row]),
            ]
        corner_x, corner_y = self._corner(last)
        if target.inside:
            inner = self._blocks[target.item].routes[link]
            points += [(corner_x + x, corner_y + y) for x, y in inner]
        else:
            points.append((entering[last, link], corner_y))
        return [
            point for place, point in enumerate(points) if place == 0 or point != points[place - 1]
        ]
