"""Which box of the map stands in which column, and in which order."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

T = TypeVar("T", bound=Hashable)


def columns(boxes: Sequence[T], links: Iterable[tuple[T, T]]) -> dict[T, int]:
    """The longest way to each box, counted from 0; links that close a circle do not count."""
    after: dict[T, list[T]] = {box: [] for box in boxes}
    for source, target in links:
        if source != target and target not in after[source]:
            after[source].append(target)
    order = _finished(after)
    column = dict.fromkeys(boxes, 0)
    place = {box: n for n, box in enumerate(reversed(order))}
    for box in reversed(order):
        for target in after[box]:
            if place[target] > place[box]:
                column[target] = max(column[target], column[box] + 1)
    return column


def _finished(after: Mapping[T, Sequence[T]]) -> list[T]:
    """The boxes in the order in which a walk in depth leaves them; those without a way in first."""
    entered = {target for targets in after.values() for target in targets}
    seen: set[T] = set()
    order: list[T] = []
    for start in sorted(after, key=lambda box: box in entered):
        if start in seen:
            continue
        seen.add(start)
        stack = [(start, iter(after[start]))]
        while stack:
            box, left = stack[-1]
            following = next((t for t in left if t not in seen), None)
            if following is None:
                order.append(box)
                stack.pop()
            else:
                seen.add(following)
                stack.append((following, iter(after[following])))
    return order


def near(
    key: T, neighbours: Mapping[T, Sequence[T]], height: Mapping[T, float], otherwise: float
) -> float:
    """The mean height of what something is linked with."""
    heights = [height[n] for n in neighbours.get(key, ()) if n in height]
    return sum(heights) / len(heights) if heights else otherwise


def without_overlap(wanted: Sequence[tuple[float, float]], gap: float) -> list[float]:
    """Tops of boxes that should stand around given middles, one below the other in this order.

    Args:
        wanted: the middle and the height of each.
        gap: what is left free between two.
    """
    # Boxes that meet are joined into blocks, which stand where they bend the least.
    blocks: list[tuple[float, int, float, list[float]]] = []  # top, count, height, heights
    for middle, height in wanted:
        top, count, total, heights = middle - height / 2, 1, height, [height]
        while blocks and blocks[-1][0] + blocks[-1][2] + gap > top:
            before = blocks.pop()
            joined = before[2] + gap
            top = (before[0] * before[1] + (top - joined) * count) / (before[1] + count)
            count, total = count + before[1], joined + total
            heights = before[3] + heights
        blocks.append((top, count, total, heights))
    tops: list[float] = []
    for top, _, _, heights in blocks:
        for height in heights:
            tops.append(top)
            top += height + gap
    return tops
