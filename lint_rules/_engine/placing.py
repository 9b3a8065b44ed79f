"""Findings and edits at a node of a file."""

from __future__ import annotations

import ast
import re

from lint_rules._engine.findings import Edit, Finding, Fix
from lint_rules._engine.module import Module, Span

Node = ast.expr | ast.stmt | ast.keyword | ast.arg | ast.alias


def insert(module: Module, node: Node, content: str, *, at_end: bool = True) -> Edit:
    """An edit that inserts ``content`` right after ``node``, or before it."""
    span = module.span(node)
    line, column = (span.end_line, span.end_column) if at_end else (span.line, span.column)
    return Edit(line, column, line, column, content)


def tuple_of_one(module: Module, node: ast.expr) -> tuple[Edit, ...]:
    """The edits that make ``(node,)`` of ``node``, and of ``(node)`` with parentheses of its own."""
    span = module.span(node)
    before = module.lines[span.line - 1][: span.column - 1]
    after = module.lines[span.end_line - 1][span.end_column - 1 :]
    # Behind a name or a bracket, a parenthesis is that of a call.
    if re.search(r"[(\[{,=:]\s*\($", before) and after.startswith(")"):
        return (insert(module, node, ","),)
    return insert(module, node, "(", at_end=False), insert(module, node, ",)")


def finding(
    module: Module,
    node: Node | Span,
    rule: tuple[str, str],
    message: str,
    fix: Fix | None = None,
) -> Finding:
    """A finding of ``rule`` (code, name) at ``node``."""
    span = node if isinstance(node, Span) else module.span(node)
    return Finding(
        str(module.path),
        span.line,
        span.column,
        span.end_line,
        span.end_column,
        *rule,
        message,
        fix,
    )
