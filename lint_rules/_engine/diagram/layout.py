"""Where everything of the map stands: queues as lanes, callers at the left, tasks in columns."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from lint_rules._engine.diagram.graph import CODE, Edge, Graph, Node
from lint_rules._engine.diagram.layers import columns, near, without_overlap
from lint_rules._engine.diagram.when import short

CHAR = 7.25  # width of a character of 12 px in the widest of the usual monospaced fonts
ROW = 22
HEADER = 24
PAD = 10
GAP = 14
GUTTER = 110
LANE_TITLE = 30
LANE_GAP = 22
MARGIN = 24
TITLE = 62
SWEEPS = 6
LONGEST = 46


def width_of(text: str) -> float:
    """The width of a text in pixels; wide characters of East Asia count twice."""
    cells = sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
    return cells * CHAR


@dataclass
class Row:
    """One line of a box: a task with its badges, or a module that sends."""

    node: Node
    y: float = 0.0

    @property
    def width(self) -> float:
        """Of the text, the badges and what is between them."""
        badges = sum(width_of(b.text) + 22 for b in self.node.badges)
        return width_of(short(self.node.label, LONGEST)) + badges + 2 * PAD


@dataclass
class Box:
    """The tasks of one module in one queue, or one module that sends."""

    title: str
    queue: str
    rows: list[Row]
    column: int = 0
    is_linked: bool = True
    x: float = 0.0
    y: float = 0.0
    width: float = 0.0

    def __post_init__(self) -> None:
        widest = max(row.width for row in self.rows)
        self.width = max(
            widest, width_of(short(self.title, LONGEST)) + 2 * PAD if self.title else 0
        )

    @property
    def height(self) -> float:
        """With its title, if it has one."""
        return len(self.rows) * ROW + (HEADER if self.title else 0) + (6 if self.title else 0)

    def put(self, x: float, y: float) -> None:
        """Stand here, the rows too."""
        self.x, self.y = x, y
        first = y + (HEADER if self.title else 0) + ROW / 2
        for n, row in enumerate(self.rows):
            row.y = first + n * ROW


@dataclass
class Lane:
    """A queue; ``split`` is the height at which the boxes without a link begin, if there are."""

    queue: str
    boxes: list[Box]
    y: float = 0.0
    height: float = 0.0
    split: float | None = None


@dataclass
class Layout:
    """The whole picture."""

    lanes: list[Lane]
    callers: list[Box]
    edges: list[Edge]
    title: str
    width: float = 0.0
    height: float = 0.0
    lanes_x: float = 0.0
    box_of: dict[str, Box] = field(default_factory=dict)
    row_of: dict[str, Row] = field(default_factory=dict)


def lay_out(graph: Graph, title: str) -> Layout:
    """A place for every node of the graph."""
    linked = {key for e in graph.edges for key in (e.source, e.target)}
    boxes = _boxes(graph, linked)
    callers = [Box("", "", [Row(n)], column=-1) for n in graph.nodes.values() if n.kind == CODE]
    lanes = [Lane(queue, [b for b in boxes if b.queue == queue]) for queue in _queues(graph, boxes)]
    layout = Layout(lanes, callers, list(graph.edges), title)
    for box in (*boxes, *callers):
        for row in box.rows:
            layout.box_of[row.node.key], layout.row_of[row.node.key] = box, row
    _columns(layout, boxes)
    _order(layout)
    return layout


def _boxes(graph: Graph, linked: set[str]) -> list[Box]:
    """A box for each queue and module; tasks that nothing links stand apart."""
    held: dict[tuple[str, str, bool], list[Row]] = {}
    for node in graph.nodes.values():
        if node.kind != CODE:
            key = (node.queue, node.group, node.key in linked)
            held.setdefault(key, []).append(Row(node))
    return [
        Box(group or "by name", queue, rows, is_linked=is_linked)
        for (queue, group, is_linked), rows in held.items()
    ]


def _queues(graph: Graph, boxes: Iterable[Box]) -> list[str]:
    """The queues, those with the most links first, and what is in no file last."""
    weight: dict[str, int] = {}
    for box in boxes:
        weight[box.queue] = weight.get(box.queue, 0) + len(box.rows)
    for edge in graph.edges:
        weight[graph.nodes[edge.target].queue] += 1
    return sorted(weight, key=lambda q: (q == "not in these files", -weight[q], q))


def _columns(layout: Layout, boxes: Sequence[Box]) -> None:
    shown = [id(b) for b in boxes if b.is_linked]
    links = [
        (id(layout.box_of[e.source]), id(layout.box_of[e.target]))
        for e in layout.edges
        if layout.box_of[e.source] not in layout.callers
    ]
    column = columns(shown, links)
    for box in boxes:
        box.column = column.get(id(box), 0)


def _order(layout: Layout) -> None:
    """Put what is linked side by side, by sweeps to and fro."""
    senders: dict[str, list[str]] = {}
    targets: dict[str, list[str]] = {}
    for edge in layout.edges:
        senders.setdefault(edge.target, []).append(edge.source)
        targets.setdefault(edge.source, []).append(edge.target)
    both = {key: [*senders.get(key, ()), *targets.get(key, ())] for key in layout.row_of}
    _place(layout)
    for sweep in range(SWEEPS):
        height = {key: row.y for key, row in layout.row_of.items()}
        links = senders if sweep % 2 else both
        for lane in layout.lanes:
            for box in lane.boxes:
                box.rows.sort(key=_wanted(links, height))
            lane.boxes.sort(key=lambda box: _mean(box, both, height))
        _place(layout)
        height = {key: row.y for key, row in layout.row_of.items()}
        layout.callers.sort(key=lambda box: _mean(box, targets, height))
        _place(layout)


def _wanted(
    links: dict[str, list[str]], height: dict[str, float]
) -> Callable[[Row], tuple[float, str]]:
    return lambda row: (near(row.node.key, links, height, row.y), row.node.key)


def _mean(box: Box, links: dict[str, list[str]], height: dict[str, float]) -> float:
    wanted = [near(r.node.key, links, height, r.y) for r in box.rows]
    return sum(wanted) / len(wanted)


def _place(layout: Layout) -> None:
    """Give coordinates to everything, in the order in which it stands."""
    callers_width = max((b.width for b in layout.callers), default=0)
    for box in layout.callers:
        box.width = callers_width
    layout.lanes_x = MARGIN + (callers_width + GUTTER if layout.callers else 0)
    lefts, right = _lefts(layout)
    y = float(TITLE + MARGIN)
    starts = [*lefts.values()] or [layout.lanes_x + PAD]
    spans = [(x, after - GUTTER) for x, after in pairwise(starts)]
    spans.append((starts[-1], right))
    for lane in layout.lanes:
        y = _place_lane(lane, lefts, spans, y) + LANE_GAP
    layout.width = right + PAD + MARGIN
    layout.height = max(y, _place_callers(layout) + LANE_GAP) + MARGIN


def _lefts(layout: Layout) -> tuple[dict[int, float], float]:
    """The left end of each column, and the right end of the last one."""
    widths: dict[int, float] = {}
    for lane in layout.lanes:
        for box in lane.boxes:
            if box.is_linked:
                widths[box.column] = max(widths.get(box.column, 0), box.width)
    x = layout.lanes_x + PAD
    lefts = {}
    for column in sorted(widths):
        lefts[column] = x
        x += widths[column] + GUTTER
    for lane in layout.lanes:
        for box in lane.boxes:
            if box.is_linked:
                box.width = widths[box.column]
    apart = [b.width for lane in layout.lanes for b in lane.boxes if not b.is_linked]
    least = max([*apart, 520.0]) if apart else 300.0
    # The arcs of the last column need room as well.
    return lefts, max(x - GUTTER / 2, layout.lanes_x + PAD + least)


def _place_lane(
    lane: Lane, lefts: dict[int, float], spans: Sequence[tuple[float, float]], top: float
) -> float:
    lane.y = top
    start = top + LANE_TITLE
    bottom = start
    for column, left in lefts.items():
        y = start
        for box in lane.boxes:
            if box.is_linked and box.column == column:
                box.put(left, y)
                y += box.height + GAP
        bottom = max(bottom, y)
    apart = [b for b in lane.boxes if not b.is_linked]
    lane.split = None
    if apart:
        if bottom > start:
            lane.split = bottom + LANE_TITLE / 2
            bottom += LANE_TITLE + 4
        bottom = _pack(apart, spans, bottom)
    lane.height = bottom - top
    return bottom


def _pack(boxes: Sequence[Box], spans: Sequence[tuple[float, float]], top: float) -> float:
    """Boxes without links in as many columns as there is room for; edges keep what is between."""
    widest = max(b.width for b in boxes)
    lefts = [
        left + n * (widest + GAP)
        for left, right in spans
        for n in range(int((right - left + GAP) // (widest + GAP)))
    ]
    lefts = lefts or [spans[0][0]]
    ends = [top] * len(lefts)
    for box in sorted(boxes, key=lambda b: (-b.height, b.title)):
        n = ends.index(min(ends))
        box.put(lefts[n], ends[n])
        ends[n] += box.height + GAP
    return max(ends)


def _place_callers(layout: Layout) -> float:
    height = {key: row.y for key, row in layout.row_of.items()}
    targets: dict[str, list[str]] = {}
    for edge in layout.edges:
        targets.setdefault(edge.source, []).append(edge.target)
    wanted = [(near(b.rows[0].node.key, targets, height, b.y), b.height) for b in layout.callers]
    tops = without_overlap(wanted, 4)
    up = min(0.0, min(tops, default=0.0) - TITLE - MARGIN - LANE_TITLE)
    for box, top in zip(layout.callers, tops, strict=True):
        box.put(MARGIN, top - up)
    return max((b.y + b.height for b in layout.callers), default=0)
