"""CS212 undeclared-queue: task_queues does not have the queue, so a worker without -Q never reads it."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterator

from lint_rules._engine.constants import text
from lint_rules._engine.facts import Finding
from lint_rules._engine.lookup import Place
from lint_rules._engine.module import Module
from lint_rules._engine.names import Scope
from lint_rules._engine.project import Project, finding
from lint_rules._engine.queues import declared, routes
from lint_rules._engine.set_options import set_options

CODE = "CS212"
NAME = "undeclared-queue"
PRESET = "strict"


def check(project: Project) -> Iterator[Finding]:
    """Queues of calls, tasks and routes that are not in ``task_queues``, where that is written out."""
    known = declared(project)
    if not known:
        return
    for module, scope, node in _queues(project):
        name = text(project.lookup, Place(node, scope, module))
        if name is None or name in known:
            continue
        close = difflib.get_close_matches(name, known, 1)
        hint = f"did you mean {close[0]!r}?" if close else "declare it there"
        yield finding(
            module,
            node,
            (CODE, NAME),
            f"task_queues has no queue {name!r}, so a worker reads it only if its -Q names it, and tasks wait "
            f"for ever if none does; {hint}",
        )


def _queues(project: Project) -> Iterator[tuple[Module, Scope, ast.expr]]:
    for module, send in project.sends():
        if send.method in ("apply_async", "apply_async_on_commit", "send_task"):
            for arg in send.arguments:
                if arg.keyword == "queue":
                    yield module, send.scope or module.scope, arg.value
    for module, site, arg in set_options(project):
        if arg.keyword == "queue":
            yield module, site.scope, arg.value
    for module, task in project.tasks():
        if "queue" in task.options:
            yield module, module.scope, task.options["queue"].value
    for route in routes(project):
        if route.queue is not None:
            yield route.module, route.module.scope, route.queue
