"""A layered drawing of a graph (Sugiyama's method): layers, the order in them, where each stands.

Written here, as no library fits: those for Python draw no groups within groups, and the one with
the method and without numpy is under the GPL (grandalf 0.8, of 2023).
"""

from bisect import bisect_right, insort
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

_SWEEPS = 12

Arrows = Mapping[int, Sequence[int]]


def layers(count: int, arrows: Iterable[tuple[int, int]]) -> tuple[list[int], set[tuple[int, int]]]:
    """Give each node a layer, so that arrows lead down.

    Args:
        count: How many nodes there are; they are called 0, 1, 2 …
        arrows: From which to which.

    Returns:
        The nodes' layers, and the arrows that close a circle and can't lead down.
    """
    after: dict[int, list[int]] = {node: [] for node in range(count)}
    before: dict[int, list[int]] = {node: [] for node in range(count)}
    listed = list(dict.fromkeys(arrows))
    for source, target in listed:
        after[source].append(target)
    order, back = _order(after)
    for source, target in listed:
        if (source, target) not in back:
            before[target].append(source)
    found = [0] * count
    for node in order:
        found[node] = max((found[other] + 1 for other in before[node]), default=0)
    for node in reversed(order):  # what waits for nothing stands by what waits for it
        below = [found[other] for other in after[node] if (node, other) not in back]
        if not before[node] and below:
            found[node] = min(below) - 1
    return found, back


def _order(after: Arrows) -> tuple[list[int], set[tuple[int, int]]]:
    """Sort nodes so that arrows lead forward, but for those that close a circle."""
    order: list[int] = []
    back: set[tuple[int, int]] = set()
    state: dict[int, int] = {}  # 1: being walked, 2: done
    for root in after:
        waiting = [(root, iter(after[root]))] if root not in state else []
        state.setdefault(root, 1)
        while waiting:
            node, following = waiting[-1]
            for other in following:
                if other not in state:
                    state[other] = 1
                    waiting.append((other, iter(after[other])))
                    break
                if state[other] == 1:
                    back.add((node, other))
            else:
                state[node] = 2
                order.append(node)
                waiting.pop()
    return order[::-1], back


def ordered(rows: list[list[int]], above: Arrows, below: Arrows) -> list[list[int]]:
    """Order the nodes in their layers, so that few arrows cross.

    Args:
        rows: The layers, from the top; arrows lead from each to the next only.
        above: For each node, those that it is led to from.
        below: For each node, those that it leads to.

    Returns:
        The layers in the best order that was met.
    """
    best, fewest = [list(row) for row in rows], crossings(rows, below)
    current = [list(row) for row in rows]
    for sweep in range(_SWEEPS):
        if not fewest:
            break
        down = sweep % 2 == 0
        neighbours = above if down else below
        for index in range(1, len(current)) if down else range(len(current) - 2, -1, -1):
            beside = current[index - 1 if down else index + 1]
            place = {node: position for position, node in enumerate(beside)}
            here = {node: position for position, node in enumerate(current[index])}
            centre = {
                node: _mean([place[other] for other in neighbours[node]], here[node])
                for node in current[index]
            }
            current[index].sort(key=lambda node, centre=centre: centre[node])  # type: ignore[misc]
        found = crossings(current, below)
        if found < fewest:
            best, fewest = [list(row) for row in current], found
    return best


def crossings(rows: Sequence[Sequence[int]], below: Arrows) -> int:
    """Count how often arrows cross."""
    total = 0
    for upper, lower in pairwise(rows):
        place = {node: position for position, node in enumerate(lower)}
        seen: list[int] = []
        for node in upper:
            ends = sorted(place[other] for other in below[node])
            total += sum(len(seen) - bisect_right(seen, end) for end in ends)
            for end in ends:
                insort(seen, end)
    return total


def straightened(
    rows: Sequence[Sequence[int]],
    widths: Sequence[float],
    gaps: Sequence[float],
    above: Arrows,
    below: Arrows,
) -> list[float]:
    """Place nodes within their layers, near to what they are linked with.

    Args:
        rows: The layers in order.
        widths: The nodes' widths.
        gaps: What each node keeps free on either side.
        above: For each node, those that it is led to from.
        below: For each node, those that it leads to.

    Returns:
        The nodes' centres.
    """
    centres = [0.0] * len(widths)
    for row in rows:
        _settle(row, {node: 0.0 for node in row}, widths, gaps, centres)
    for sweep in range(_SWEEPS):
        last = sweep >= _SWEEPS - 2
        down = sweep % 2 == 0
        for row in rows if down else reversed(rows):
            wanted = {}
            for node in row:
                beside = [*above[node], *below[node]] if last else (above if down else below)[node]
                wanted[node] = _mean([centres[other] for other in beside], centres[node])
            _settle(row, wanted, widths, gaps, centres)
    return centres


def _settle(
    row: Sequence[int],
    wanted: Mapping[int, float],
    widths: Sequence[float],
    gaps: Sequence[float],
    centres: list[float],
) -> None:
    """Place a layer's nodes as near to where they want to be as their order and widths allow.

    That is a regression on a rising sequence: neighbours that want to pass each other are pooled.
    """
    offsets: list[float] = []
    for index, node in enumerate(row):
        if not index:
            offsets.append(0.0)
            continue
        other = row[index - 1]
        apart = (widths[other] + widths[node]) / 2 + max(gaps[other], gaps[node])
        offsets.append(offsets[-1] + apart)
    pools: list[tuple[float, int]] = []  # the sum of what is wanted, and by how many
    for node, offset in zip(row, offsets, strict=True):
        pools.append((wanted[node] - offset, 1))
        while len(pools) > 1 and pools[-2][0] / pools[-2][1] > pools[-1][0] / pools[-1][1]:
            total, count = pools.pop()
            pools[-1] = (pools[-1][0] + total, pools[-1][1] + count)
    placed = iter(zip(row, offsets, strict=True))
    for total, count in pools:
        for _ in range(count):
            node, offset = next(placed)
            centres[node] = total / count + offset


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise
