"""Rewrites syntax newer than Python 3.10 into old syntax of the same width, with libcst."""

from __future__ import annotations

import libcst as cst
from libcst.metadata import CodeRange, MetadataWrapper, PositionProvider

from lint_rules._engine.syntax import lines_of


class NotPython(Exception):
    """libcst cannot parse it either; the message says where."""


def as_old(text: str) -> str:
    """``text`` in syntax that Python 3.10 reads, every name at its place.

    Raises:
        NotPython: it has a syntax error.
    """
    try:
        wrapper = MetadataWrapper(cst.parse_module(text), unsafe_skip_copy=True)
    except cst.ParserSyntaxError as error:
        raise NotPython(
            f"syntax error at line {error.editor_line}, column {error.editor_column}"
        ) from error
    newer = _Newer(dict(wrapper.resolve(PositionProvider)))
    wrapper.module.visit(newer)
    return newer.rewritten(text)


class _Newer(cst.CSTVisitor):
    """Finds syntax newer than Python 3.10 and what takes its place, of the same width."""

    def __init__(self, positions: dict[cst.CSTNode, CodeRange]) -> None:
        super().__init__()
        self.positions = positions
        self.edits: list[tuple[CodeRange, str]] = []

    def rewritten(self, text: str) -> str:
        """``text`` with every edit: what is blank becomes spaces, and line ends stay."""
        lines = lines_of(text)
        for where, kind in self.edits:
            for number in range(where.start.line, where.end.line + 1):
                line = lines[number - 1]
                body = line.rstrip("\r\n")
                start = where.start.column if number == where.start.line else 0
                end = where.end.column if number == where.end.line else len(body)
                if kind == "string":
                    piece = _string(body[start:end], number, where)
                else:
                    piece = _replacement(kind, body[start:end])
                    if number != where.end.line:
                        piece = piece[:-1] + "\\"
                lines[number - 1] = body[:start] + piece + body[end:] + line[len(body) :]
        return "".join(lines)

    def _edit(self, node: cst.CSTNode, kind: str) -> None:
        self.edits.append((self.positions[node], kind))

    def visit_TypeParameters(self, node: cst.TypeParameters) -> bool:
        self._edit(node, "blank")
        return False

    def visit_TypeAlias(self, node: cst.TypeAlias) -> None:
        where, name = self.positions[node], self.positions[node.name]
        self.edits.append((CodeRange(where.start, name.end), "alias"))

    def visit_FormattedString(self, node: cst.FormattedString) -> bool:
        self._edit(node, "string")
        return False

    def visit_TemplatedString(self, node: cst.CSTNode) -> bool:
        self._edit(node, "string")
        return False

    def visit_ExceptHandler(self, node: cst.ExceptHandler) -> None:
        kind = node.type
        if isinstance(kind, cst.Tuple) and not kind.lpar and len(kind.elements) > 1:
            where = self.positions[kind]
            first = self.positions[kind.elements[0].value]
            self.edits.append((CodeRange(first.end, where.end), "blank"))

    def visit_ExceptStarHandler(self, node: cst.ExceptStarHandler) -> None:
        where, kind = self.positions[node], self.positions[node.type]
        self.edits.append((CodeRange(where.start, kind.start), "star"))

    def visit_Index(self, node: cst.Index) -> None:
        if node.star:
            where, value = self.positions[node], self.positions[node.value]
            self.edits.append((CodeRange(where.start, value.start), "star"))


def _replacement(kind: str, piece: str) -> str:
    if kind == "star":
        return piece.replace("*", " ")
    if kind == "alias":
        return piece.replace("type", "", 1).strip().ljust(len(piece))
    return " " * len(piece)


def _string(piece: str, number: int, where: CodeRange) -> str:
    """A line of a plain string in place of a formatted one; what is in its braces is not read."""
    width = len(piece)
    if where.start.line == where.end.line:
        return '"' + "_" * (width - 2) + '"'
    if where.end.column < 3:  # no room for three quotes
        if number == where.start.line:
            return '"' + "_" * (width - 2) + "\\"
        return "_" * (width - 1) + ('"' if number == where.end.line else "\\")
    if number == where.start.line:
        return '"""' + "_" * (width - 3)
    return "_" * (width - 3) + '"""' if number == where.end.line else "_" * width
