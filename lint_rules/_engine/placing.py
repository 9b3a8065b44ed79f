"""Findings and edits at a node of a file."""

from __future__ import annotations

import ast

from lint_rules._engine.findings import Edit, Finding, Fix
from lint_rules._engine.module import Module, Span

Node = ast.expr | ast.stmt | ast.keyword | ast.arg | ast.alias


def insert(module: Module, node: Node, content: str, *, at_end: bool = True) -> Edit:
    """An edit that inserts ``content`` right after ``node``, or before it."""
    span = module.span(node)
    line, column = (span.end_line, span.end_column) if at_end else (span.line, span.column)
    return Edit(line, column, line, column, content)


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
