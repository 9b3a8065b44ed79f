"""The map as Mermaid: a flowchart with a subgraph for each queue."""

from __future__ import annotations

from collections.abc import Iterator

from lint_rules._engine.diagram.graph import CODE, OUTSIDE, Graph

#: What Mermaid refuses above, unless its own configuration says else.
MAX_EDGES = 500
MAX_TEXT = 50_000


def as_mermaid(graph: Graph, title: str) -> str:
    """The flowchart as text."""
    ids = {key: f"n{n}" for n, key in enumerate(graph.nodes)}
    lines = ["---", f"title: {_quoted(title)}", "---", "flowchart LR"]
    for key, node in graph.nodes.items():
        if node.kind == CODE:
            lines.append(f"  {ids[key]}({_label(node.label)}):::code")
    for number, queue in enumerate(dict.fromkeys(n.queue for n in graph.tasks)):
        lines.append(f"  subgraph q{number}[{_label(queue)}]")
        lines += [f"    {line}" for line in _tasks(graph, queue, ids)]
        lines.append("  end")
    for edge in graph.edges:
        arrow = "-.->" if edge.in_transaction else "-->"
        lines.append(f"  {ids[edge.source]} {arrow} {ids[edge.target]}")
    lines.append("  classDef code fill:#e9edf3,stroke:#8a97a8,color:#1c2430")
    if any(n.kind == OUTSIDE for n in graph.nodes.values()):
        lines.append("  classDef outside stroke-dasharray:4 3")
    return "\n".join([*lines, ""])


def _tasks(graph: Graph, queue: str, ids: dict[str, str]) -> Iterator[str]:
    for key, node in graph.nodes.items():
        if node.kind != CODE and node.queue == queue:
            kind = ":::outside" if node.kind == OUTSIDE else ""
            yield f"{ids[key]}[{_label(graph.name(node), *(b.text for b in node.badges))}]{kind}"


def _label(*lines: str) -> str:
    """A label in quotes; what means something to Mermaid is written as its entity codes."""
    return '"' + "<br/>".join(map(_escaped, lines)) + '"'


def _escaped(text: str) -> str:
    return "".join(c if c.isalnum() or c in " ._-+/:,=()'" else f"#{ord(c)};" for c in text)


def _quoted(text: str) -> str:
    """As a YAML scalar."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
