"""Sends and signatures that name their task by a text."""

from __future__ import annotations

import ast

from lint_rules._engine.facts import Send
from lint_rules._engine.project import Project

#: How the name of a task may be written.
_TEXTS = (ast.Constant, ast.JoinedStr, ast.Name, ast.Attribute, ast.BinOp)


def names_its_task(project: Project, send: Send) -> bool:
    """Whether it is ``send_task``, ``app.signature("shop.charge")`` or Celery's own ``signature``."""
    if send.method == "send_task":
        return True
    first = send.arguments[0].value if send.arguments else None
    if send.method not in ("signature", "subtask") or not isinstance(first, _TEXTS):
        return False
    if isinstance(send.call.func, ast.Name):
        return True
    origin = project.canonical(send.receiver.origin) if send.receiver.origin else None
    return origin is not None and (origin == "celery" or project.is_app(origin))
