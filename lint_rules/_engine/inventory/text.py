"""Source text for people and programs, without the secrets that stand in it."""

from __future__ import annotations

import ast
import re

_PASSWORD = re.compile(r"(?<=://)([^\s:/@'\"]*):([^\s/@'\"]+)@")
_LONGEST = 2000


def source(node: ast.AST) -> str:
    """The text of an expression on one line; passwords in URLs are starred out."""
    try:
        return hidden(ast.unparse(node))[:_LONGEST]
    except RecursionError:
        return "…"  # too deep to be written; the place says where it stands


def hidden(text: str) -> str:
    """``text`` without the passwords of URLs."""
    return _PASSWORD.sub(r"\1:***@", text)


def literal(node: ast.expr) -> tuple[bool, object]:
    """Whether JSON can hold the value of an expression, and the value."""
    try:
        value = _plain(ast.literal_eval(node))
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return False, None
    return True, value


def _plain(value: object) -> object:
    if isinstance(value, str):
        return hidden(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, dict) and all(isinstance(k, str) for k in value):
        return {k: _plain(v) for k, v in value.items()}
    raise ValueError("JSON has no such value")
