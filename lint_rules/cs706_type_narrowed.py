"""CS706 type-narrowed: messages in flight have values that the new code does not expect."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules._engine.facts import Finding
from lint_rules._engine.names import dotted
from lint_rules._engine.project import Project, finding

CODE = "CS706"
NAME = "type-narrowed"
PRESET = "strict"

#: What a JSON message can carry; of others it cannot be told whether one is part of the other.
_PLAIN = frozenset({"str", "int", "float", "bool", "None", "list", "dict"})
_PART_OF = {"bool": {"int", "float"}, "int": {"float"}}
_OTHER_NAMES = {"List": "list", "Dict": "dict", "Mapping": "dict", "Sequence": "list"}


def check(project: Project) -> Iterator[Finding]:
    """Parameters whose annotation admits less than it did."""
    if project.compared is None:
        return
    for pair in project.compared.pairs:
        for name, parameter in pair.new.parameters.items():
            before = pair.old.parameters.get(name)
            if before is None or before.annotation is None or parameter.annotation is None:
                continue
            lost = _lost(_members(before.annotation), _members(parameter.annotation))
            if lost:
                yield finding(
                    pair.new.module,
                    parameter,
                    (CODE, NAME),
                    f"parameter {name} of task {pair.new.name or pair.new.task.name} does not take "
                    f"{' or '.join(lost)} any more, as it did at {project.compared.label}: an old "
                    "message that a new worker gets may have it, and Celery raises nothing, so the "
                    "task fails later or does something else; deploy in two steps: first send the new "
                    "type and take both, then take only the new one when no old message is left",
                )


def _lost(old: set[str], new: set[str]) -> list[str]:
    """What ``new`` does not admit of ``old``; nothing if that cannot be told."""
    lost = {m for m in old - new if not _PART_OF.get(m, set()) & new}
    is_part = new <= old
    is_plain = old | new <= _PLAIN
    return sorted(lost) if is_part or is_plain else []


def _members(node: ast.expr) -> set[str]:
    """The types of a union, each as it is written."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        try:
            return _members(ast.parse(node.value, mode="eval").body)
        except SyntaxError:
            return {node.value}
    if isinstance(node, ast.Constant) and node.value is None:
        return {"None"}
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _members(node.left) | _members(node.right)
    if isinstance(node, ast.Subscript):
        made = dotted(node.value) or ("",)
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if made[-1] == "Optional":
            return _members(node.slice) | {"None"}
        if made[-1] == "Union":
            return {m for part in parts for m in _members(part)}
        if made[-1] == "Literal":
            return {ast.unparse(part) for part in parts}
        if made[-1] == "Annotated":
            return _members(parts[0])
    text = ast.unparse(node)
    return {_OTHER_NAMES.get(text.rpartition(".")[2], text)}
