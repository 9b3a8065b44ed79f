"""CS117 text-as-number: the environment gives texts, and Celery compares these options with numbers."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules._engine.facts import Finding
from lint_rules._engine.lookup import Found, Place
from lint_rules._engine.module import Module
from lint_rules._engine.names import Scope
from lint_rules._engine.project import Project, finding

CODE = "CS117"
NAME = "text-as-number"
PRESET = "default"

#: What Celery compares with a number, or adds to one, as it is.
_OPTIONS = frozenset({"max_retries", "default_retry_delay"})
_READERS = frozenset({"os.getenv", "os.environ.get", "os.environ"})


def check(project: Project) -> Iterator[Finding]:
    """Numbers of tasks, of classes of tasks and of sends that come from ``os.environ``."""
    for module, what, value, scope in _numbers(project):
        if _is_text(project, Place(value, scope or module.scope, module)):
            yield finding(
                module,
                value,
                (CODE, NAME),
                f"{what} is a text where the environment sets it, and Celery raises TypeError when it "
                "compares that with a number; write int(...) around it",
            )


def _numbers(project: Project) -> Iterator[tuple[Module, str, ast.expr, Scope | None]]:
    for module, task in project.tasks():
        for name, arg in task.options.items():
            yield from ((module, *one, None) for one in _of_option(name, arg.value))
    for module in project.modules:
        for name, scope in module.class_scopes.items():
            bases = [project.canonical(b.origin) for b in module.classes.get(name, []) if b.origin]
            if any(base in ("celery.Task", "celery.app.task.Task") for base in bases):
                for option in (*_OPTIONS, "retry_kwargs"):
                    for value in scope.values.get(option, []):
                        if value is not None:
                            yield from ((module, *one, None) for one in _of_option(option, value))
    for module, send in project.sends():
        for arg in send.arguments:
            if arg.keyword == "countdown" and send.method == "apply_async":
                yield module, "countdown", arg.value, send.scope


def _of_option(name: str, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    if name in _OPTIONS:
        yield name, value
    elif name == "retry_kwargs" and isinstance(value, ast.Dict):
        for key, inner in zip(value.keys, value.values, strict=True):
            if isinstance(key, ast.Constant) and key.value in ("max_retries", "countdown"):
                yield str(key.value), inner


def _is_text(project: Project, place: Place) -> bool:
    """Whether a value is, or may be, what the environment gives."""
    for end in project.lookup.ends(place):
        if isinstance(end, Found):
            continue
        node = end.node.func if isinstance(end.node, ast.Call) else None
        if isinstance(end.node, ast.Subscript):
            node = end.node.value
        if isinstance(node, ast.Name | ast.Attribute):
            origin = project.lookup.find(Place(node, end.scope, end.module)).origin
            if origin in _READERS:
                return True
    return False
