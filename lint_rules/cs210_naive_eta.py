"""CS210 naive-eta: Celery takes a time without a zone as UTC, and datetime.now() is local."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules._engine.facts import Finding, Fix, Function
from lint_rules._engine.literals import assigned
from lint_rules._engine.module import Module
from lint_rules._engine.project import Project, finding, insert
from lint_rules._engine.retries import Retries
from lint_rules._engine.set_options import set_options

CODE = "CS210"
NAME = "naive-eta"
PRESET = "default"

_SENDS = ("apply_async", "apply_async_on_commit", "send_task")
_LOCAL = frozenset({"datetime.datetime.now", "datetime.datetime.today"})


def check(project: Project) -> Iterator[Finding]:
    """``eta`` and ``expires`` made of ``datetime.now()`` without a zone."""
    if _runs_in_utc(project):
        return
    seen: set[int] = set()
    for module, name, value, function in _times(project):
        now = _local_now(module, value, function)
        if now is None or id(now) in seen:
            continue
        seen.add(id(now))
        yield finding(
            module,
            now,
            (CODE, NAME),
            f"{name} is taken as UTC, and {module.code(now)} is local time without a zone: it is wrong by "
            "the machine's offset; write datetime.now(timezone.utc)",
            Fix("unsafe", "add the local zone", (insert(module, now, ".astimezone()"),)),
        )


def _times(project: Project) -> Iterator[tuple[Module, str, ast.expr, Function | None]]:
    for module, send in project.sends():
        for arg in send.arguments if send.method in _SENDS else ():
            if arg.keyword in ("eta", "expires"):
                yield module, arg.keyword, arg.value, send.inside
    for module, site, arg in set_options(project):
        if arg.keyword in ("eta", "expires"):
            yield module, arg.keyword, arg.value, site.function
    for module, task in project.tasks():
        for call, _ in Retries(task).calls:
            for keyword in call.keywords:
                if keyword.arg in ("eta", "expires"):
                    yield module, keyword.arg, keyword.value, task.function


def _local_now(module: Module, node: ast.expr, function: Function | None) -> ast.Call | None:
    """The ``datetime.now()`` that the time is, or that something is added to."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
        left = _local_now(module, node.left, function)
        return left or _local_now(module, node.right, None)
    if isinstance(node, ast.Name):
        given = assigned(function, node.id)
        return _local_now(module, given[0], None) if len(given) == 1 else None
    if isinstance(node, ast.Call) and not node.args and not node.keywords:
        return node if module.origin_of(node.func) in _LOCAL else None
    return None


def _runs_in_utc(project: Project) -> bool:
    """Whether Django sets the local time to UTC."""
    zones = [v for m in project.modules for v in m.values_of("TIME_ZONE")]
    return bool(zones) and all(isinstance(z, ast.Constant) and z.value == "UTC" for z in zones)
