"""Tests that say nothing of Celery: most lines of a large project that are parsed at all are theirs."""

from __future__ import annotations

import ast

from lint_rules._engine.facts import Function
from lint_rules._engine.module import Module
from lint_rules._engine.names import last_name

#: A test without any of these has no task, send, signature or setting in it.
_NEEDLES = (
    "elery", "ELERY", "_task", ".task", "Task", ".delay", ".apply_async", ".s(", ".si(", "ignature",
    "subtask", ".retry(", ".conf", "on_commit", "crontab", "chain(", "group(", "chord(", "chunks",
    "starmap", ".map(", "AsyncResult", "DjangoStore", "automatic(", "backend", "broker",
)  # fmt: skip
#: Decorators of tests; any other may make a task.
_OF_TESTS = frozenset(
    {
        "fixture", "parametrize", "patch", "object", "dict", "override_settings", "freeze_time",
        "skip", "skipif", "skipIf", "skipUnless", "xfail", "django_db", "usefixtures", "count_queries",
        "vcr", "staticmethod", "classmethod", "property", "abstractmethod", "modify_settings", "tag",
    }
)  # fmt: skip


def says_nothing(module: Module, function: Function) -> bool:
    """Whether a function of a file of tests has no word of Celery: then only its name matters."""
    if any(_name(d) not in _OF_TESTS for d in function.decorator_list):
        return False
    start = min([function.lineno, *(d.lineno for d in function.decorator_list)])
    return not speaks("\n".join(module.lines[start - 1 : function.end_lineno]))


def speaks(text: str) -> bool:
    """Whether the text of a test may say something about Celery."""
    return any(needle in text for needle in _NEEDLES)


def _name(decorator: ast.expr) -> str:
    return last_name(decorator.func if isinstance(decorator, ast.Call) else decorator)
