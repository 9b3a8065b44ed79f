"""The map in the language of Graphviz, a cluster for each queue."""

from __future__ import annotations

from lint_rules._engine.diagram.graph import CODE, OUTSIDE, Graph


def as_dot(graph: Graph, title: str) -> str:
    """The digraph as text."""
    lines = [
        "digraph tasks {",
        f"  label={_quoted(title)} labelloc=t rankdir=LR ranksep=1.5",
        '  node [shape=box style=rounded fontname="Helvetica" fontsize=11]',
        '  edge [color="#5a6675" arrowsize=0.7]',
    ]
    for key, node in graph.nodes.items():
        if node.kind == CODE:
            lines.append(
                f'  {_quoted(key)} [label={_quoted(node.label)} style="rounded,filled" fillcolor="#e9edf3"]'
            )
    for number, queue in enumerate(dict.fromkeys(n.queue for n in graph.tasks)):
        lines += [f"  subgraph cluster_{number} {{", f"    label={_quoted(queue)}"]
        for key, node in graph.nodes.items():
            if node.kind != CODE and node.queue == queue:
                text = "\n".join([graph.name(node), *(b.text for b in node.badges)])
                style = ' style="rounded,dashed"' if node.kind == OUTSIDE else ""
                lines.append(f"    {_quoted(key)} [label={_quoted(text)}{style}]")
        lines.append("  }")
    for edge in graph.edges:
        style = " [style=dashed]" if edge.in_transaction else ""
        lines.append(f"  {_quoted(edge.source)} -> {_quoted(edge.target)}{style}")
    return "\n".join([*lines, "}", ""])


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
