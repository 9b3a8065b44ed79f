"""The map as SVG: one file without references, readable on light and on dark."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from lint_rules._engine.diagram.graph import OUTSIDE, Edge, Graph
from lint_rules._engine.diagram.layout import (
    GUTTER,
    HEADER,
    LANE_GAP,
    LANE_TITLE,
    LONGEST,
    MARGIN,
    PAD,
    ROW,
    TITLE,
    Box,
    Lane,
    Layout,
    Row,
    lay_out,
    width_of,
)
from lint_rules._engine.diagram.when import short

#: Colours of edges by the box they lead to; each has contrast enough on white and on near black.
_COLOURS = ("#3b7dd8", "#c2590c", "#2e8b57", "#a84fc4", "#c23b5a", "#12899a", "#8a7410", "#6b6be0")
_STYLE = """
text{font:12px ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace;fill:#1c2430}
.title{font-size:18px;font-weight:bold}.small,.head,.lane-title{fill:#5a6675}
.head{font-weight:bold}.lane-title{font-size:13px;font-weight:bold}
.page{fill:#ffffff}.lane{fill:#f3f5f8;stroke:#d5dbe3}.box{fill:#ffffff;stroke:#b4bfcc}
.outside{stroke-dasharray:4 3}.caller{fill:#e9edf3;stroke:#c6cfda}
.badge{fill:#fdf0d0;stroke:#e0c070}.badge-text{fill:#6b4e00}.also{fill:#e2ecfb;stroke:#9dbbe6}
.also-text{fill:#1d4a86}.rule{stroke:#d5dbe3}
.edge{fill:none;stroke-width:1.5;opacity:.75}.atomic{stroke-dasharray:6 3}
.edge:hover{opacity:1;stroke-width:3}
@media (prefers-color-scheme:dark){text{fill:#e4e9f0}.small,.head,.lane-title{fill:#9aa7b6}
.page{fill:#12161c}.lane{fill:#1a2029;stroke:#323c49}.box{fill:#212935;stroke:#48566a}
.caller{fill:#2a3340;stroke:#435064}.badge{fill:#4a3a10;stroke:#7d6420}.badge-text{fill:#f6dc98}
.also{fill:#1e3556;stroke:#3c639b}.also-text{fill:#b8d3fa}.rule{stroke:#323c49}}
""".strip().replace("\n", "")


def as_svg(graph: Graph, title: str) -> str:
    """The picture as text."""
    layout = lay_out(graph, title)
    boxes = [b for lane in layout.lanes for b in lane.boxes]
    colour = {id(b): _COLOURS[n % len(_COLOURS)] for n, b in enumerate(boxes)}
    legend = _legend(graph)
    width = round(max(layout.width, width_of(legend) + 2 * MARGIN))
    height = round(layout.height)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img">',
        f"<title>{escape(title)}</title>",
        f"<style>{_STYLE}</style>",
        f'<rect class="page" width="{width}" height="{height}"/>',
        _text(MARGIN, 32, title, "title"),
        _text(MARGIN, 54, legend, "small"),
    ]
    if layout.callers:
        parts.append(_text(MARGIN, TITLE + MARGIN + 19, "code that sends", "lane-title"))
    for lane in layout.lanes:
        parts += _lane(lane, layout)
    paths = _Paths(layout)
    for edge in layout.edges:
        if edge.source != edge.target:
            parts.append(paths.edge(edge, colour[id(layout.box_of[edge.target])]))
    for box in boxes:
        parts += _box(box, colour[id(box)])
    for box in layout.callers:
        parts += _caller(box)
    return "\n".join([*parts, "</svg>", ""])


def _legend(graph: Graph) -> str:
    tasks = len(graph.tasks)
    words = [f"{tasks} task{'' if tasks == 1 else 's'}", f"{len(graph.edges)} links"]
    if graph.prefix:
        words.append(f"names without {graph.prefix}")
    if any(e.in_transaction for e in graph.edges):
        words.append("dashed: sent inside a transaction")
    return " · ".join([*words, *graph.notes])


def _lane(lane: Lane, layout: Layout) -> Iterator[str]:
    x, width = layout.lanes_x - PAD, layout.width - MARGIN - layout.lanes_x + PAD
    yield (
        f'<rect class="lane" x="{x:.0f}" y="{lane.y:.0f}" width="{width:.0f}" '
        f'height="{lane.height:.0f}" rx="8"/>'
    )
    name = lane.queue if lane.queue.startswith(("not ", "default ")) else f"queue {lane.queue}"
    yield _text(x + PAD, lane.y + LANE_TITLE - 11, short(name, 70), "lane-title")
    if lane.split is not None:
        yield _text(x + PAD * 2, lane.split + 4, "sent by nothing in these files", "small")


def _box(box: Box, colour: str) -> Iterator[str]:
    kind = "box outside" if any(r.node.kind == OUTSIDE for r in box.rows) else "box"
    yield (
        f'<rect class="{kind}" x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" '
        f'height="{box.height:.1f}" rx="5"/>'
    )
    yield (
        f'<rect x="{box.x:.1f}" y="{box.y + 4:.1f}" width="3" height="{box.height - 8:.1f}" '
        f'fill="{colour}"/>'
    )
    yield _text(box.x + PAD, box.y + HEADER - 8, short(box.title, LONGEST), "head", box.title)
    for row in box.rows:
        yield from _row(row, box)


def _row(row: Row, box: Box) -> Iterator[str]:
    node = row.node
    label = short(node.label, LONGEST)
    yield _text(box.x + PAD, row.y + 4, label, "", f"{node.key}\n{node.place}")
    x = box.x + box.width - PAD
    for badge in reversed(node.badges):
        width = width_of(badge.text) + 12
        x -= width
        name = "badge" if badge.is_schedule else "also"
        yield (
            f'<rect class="{name}" x="{x:.1f}" y="{row.y - ROW / 2 + 3:.1f}" '
            f'width="{width:.1f}" height="{ROW - 6}" rx="8"/>'
        )
        yield _text(x + 6, row.y + 4, badge.text, f"{name}-text")
        x -= 10


def _caller(box: Box) -> Iterator[str]:
    node = box.rows[0].node
    yield (
        f'<rect class="caller" x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" '
        f'height="{box.height:.1f}" rx="5"/>'
    )
    yield _text(
        box.x + PAD, box.rows[0].y + 4, short(node.label, LONGEST), "", node.key.partition(" ")[2]
    )


class _Paths:
    """The ways of the edges: none leads through a box."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._lane_of = {id(b): lane for lane in layout.lanes for b in lane.boxes}
        self._used: dict[int, int] = {}

    def edge(self, edge: Edge, colour: str) -> str:
        """One edge with its arrow, and the places of the sends as its tip."""
        path, (x, y, side) = self._way(edge)
        kind = "edge atomic" if edge.in_transaction else "edge"
        places = "\n".join(edge.places[:9])
        about = escape(f"{edge.source.removeprefix('code ')} → {edge.target}\n{places}")
        return (
            f'<g><title>{about}</title><path class="{kind}" stroke="{colour}" d="{path}"/>'
            f'<path fill="{colour}" d="M{x:.1f} {y:.1f}l{side * 7} -4v8z"/></g>'
        )

    def _way(self, edge: Edge) -> tuple[str, tuple[float, float, int]]:
        source, target = self._layout.box_of[edge.source], self._layout.box_of[edge.target]
        y1, y2 = self._layout.row_of[edge.source].y, self._layout.row_of[edge.target].y
        start = source.x + source.width
        if target.x <= start:
            # The way back, or within a column: an arc at the right.
            end = target.x + target.width
            out = max(start, end) + min(GUTTER / 2 - 8, 14 + abs(y2 - y1) / 8)
            way = f"M{start:.1f} {y1:.1f}C{out:.1f} {y1:.1f} {out:.1f} {y2:.1f} {end:.1f} {y2:.1f}"
            return way, (end, y2, 1)
        if target.column == source.column + 1:
            return f"M{start:.1f} {y1:.1f}{_bend(start, y1, target.x, y2)}", (target.x, y2, -1)
        # Past other columns: between the lanes.
        lane = self._lane_of[id(target)]
        n = self._used[id(lane)] = self._used.get(id(lane), 0) + 1
        y = lane.y - 4 - (n * 3) % (LANE_GAP - 6)
        turn, down = start + GUTTER * 0.8, target.x - GUTTER * 0.9
        way = f"M{start:.1f} {y1:.1f}{_bend(start, y1, turn, y)}H{down:.1f}"
        return way + _bend(down, y, target.x, y2), (target.x, y2, -1)


def _bend(x1: float, y1: float, x2: float, y2: float) -> str:
    middle = (x1 + x2) / 2
    return f"C{middle:.1f} {y1:.1f} {middle:.1f} {y2:.1f} {x2:.1f} {y2:.1f}"


def _text(x: float, y: float, text: str, kind: str, about: str = "") -> str:
    named = f' class="{kind}"' if kind else ""
    tip = f"<title>{escape(about)}</title>" if about else ""
    return f'<text x="{x:.1f}" y="{y:.1f}"{named}>{escape(text)}{tip}</text>'
