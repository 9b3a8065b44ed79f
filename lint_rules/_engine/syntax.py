"""Parses files, those too that are written for a newer Python than the one that runs.

Facts are read from the standard library's tree: its parser is ten times as fast as libcst's, and
positions come with it. It only knows the syntax of the running Python, so libcst, which knows
all, rewrites what is newer into old syntax of the same width; positions stay right.
"""

from __future__ import annotations

import ast
import warnings

import libcst as cst
from libcst.metadata import CodeRange, MetadataWrapper, PositionProvider

#: Deeper brackets overflow the native stack of libcst's parser, which would end the process.
MAX_BRACKETS = 200


class CannotCheck(Exception):
    """The file cannot be checked; the message is the reason."""


def parse(text: str) -> ast.Module:
    """The tree of a file.

    Raises:
        CannotCheck: it is no Python, or nested too deeply.
    """
    try:
        return _ast(text)
    except (RecursionError, MemoryError) as error:
        raise CannotCheck("is nested too deeply to be parsed") from error
    except (SyntaxError, ValueError) as error:
        return _parse_newer(text, error)


def _ast(text: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # invalid escapes are not ours to tell
        return ast.parse(text)


def _parse_newer(text: str, first: Exception) -> ast.Module:
    if _brackets(text) > MAX_BRACKETS:
        raise CannotCheck("is nested too deeply to be parsed") from first
    try:
        wrapper = MetadataWrapper(cst.parse_module(text), unsafe_skip_copy=True)
    except cst.ParserSyntaxError as error:
        raise CannotCheck(
            f"syntax error at line {error.editor_line}, column {error.editor_column}"
        ) from error
    except RecursionError as error:
        raise CannotCheck("is nested too deeply to be parsed") from error
    newer = _Newer(dict(wrapper.resolve(PositionProvider)))
    wrapper.module.visit(newer)
    try:
        return _ast(newer.rewritten(text))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None) or 1
        raise CannotCheck(
            f"has syntax at line {line} that needs a newer Python to be read"
        ) from error


def _brackets(text: str) -> int:
    """An upper bound of the bracket depth; strings and comments count too."""
    depth = deepest = 0
    for char in text:
        if char in "([{":
            depth += 1
            deepest = max(deepest, depth)
        elif char in ")]}":
            depth = max(0, depth - 1)
    return deepest


class _Newer(cst.CSTVisitor):
    """Finds syntax newer than Python 3.10 and what takes its place, of the same width."""

    def __init__(self, positions: dict[cst.CSTNode, CodeRange]) -> None:
        super().__init__()
        self.positions = positions
        self.edits: list[tuple[CodeRange, str]] = []

    def rewritten(self, text: str) -> str:
        """``text`` with every edit: what is blank becomes spaces, and line ends stay."""
        lines = text.splitlines(keepends=True)
        for where, kind in self.edits:
            for number in range(where.start.line, where.end.line + 1):
                line = lines[number - 1]
                body = line.rstrip("\r\n")
                start = where.start.column if number == where.start.line else 0
                end = where.end.column if number == where.end.line else len(body)
                piece = _replacement(kind, body[start:end])
                if kind == "string":
                    piece = _string(len(piece), number, where)
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

    def visit_IndexStar(self, node: cst.CSTNode) -> None:
        self._edit(node, "star")


def _replacement(kind: str, piece: str) -> str:
    if kind == "star":
        return piece.replace("*", " ")
    if kind == "alias":
        return piece.replace("type", "", 1).strip().ljust(len(piece))
    return " " * len(piece)


def _string(width: int, number: int, where: CodeRange) -> str:
    """A line of a plain string in place of a formatted one; what is in its braces is not read."""
    if where.start.line == where.end.line:
        return '"' + "_" * (width - 2) + '"'
    if number == where.start.line:
        return '"""' + "_" * (width - 3)
    return "_" * (width - 3) + '"""' if number == where.end.line else "_" * width
