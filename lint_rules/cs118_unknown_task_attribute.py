"""CS118 unknown-task-attribute: ``self.requests`` of a bound task is an AttributeError when it runs."""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Iterator

from lint_rules._engine.celery_facts.options import TASK_OPTIONS
from lint_rules._engine.facts import Finding, Function, Task
from lint_rules._engine.module import Module
from lint_rules._engine.project import Project, finding

CODE = "CS118"
NAME = "unknown-task-attribute"
PRESET = "default"

#: What a task has besides its options, in any release from 5.3 on; a test compares it with Celery.
TASK_ATTRIBUTES = TASK_OPTIONS.keys() | {
    "acks_on_failure", "acks_on_failure_or_timeout", "acks_on_timeout", "adelay", "app",
    "apply_async_on_commit", "backend", "delay_on_commit", "pop_request", "push_request", "replace",
    "request", "request_stack", "retry", "run", "s", "send_event", "si", "signature",
    "signature_from_request", "start_strategy", "subtask", "subtask_from_request", "update_state",
}  # fmt: skip
#: What stands in ``self.request``, and is looked for one step too early.
REQUEST_ATTRIBUTES = frozenset(
    {
        "args", "called_directly", "callbacks", "chain", "chord", "correlation_id", "delivery_info",
        "errbacks", "eta", "group", "headers", "hostname", "id", "is_eager", "kwargs", "loglevel",
        "parent_id", "reply_to", "retries", "root_id", "timelimit", "utc",
    }
)  # fmt: skip

_WRITTEN = r"\s*(?::[^=\n]+)?=(?!=)"


def check(project: Project) -> Iterator[Finding]:
    """Attributes that a bound task of Celery's own class is asked for and does not have."""
    if project.unseen or any("task_cls" in module.text for module in project.modules):
        return
    has_app = any(True for _ in project.app_calls())
    for module, task in project.tasks():
        if not _is_celerys(project, task, has_app=has_app):
            continue
        for node in _attributes(task.function, task.self_name or ""):
            if _is_given(project, module, task, node.attr):
                continue
            text = module.code(node)
            yield finding(
                module,
                node,
                (CODE, NAME),
                f"a task has no attribute {node.attr}: {text} raises AttributeError when task "
                f"{task.name} comes to this line{_hint(text, node.attr)}",
            )


def _is_celerys(project: Project, task: Task, *, has_app: bool) -> bool:
    """Whether the class of a bound task is Celery's, as far as everything shows."""
    if not task.is_bound or task.definition or task.maker or task.others or task.is_safe:
        return False
    if task.has_unknown_options or "base" in task.options or not task.self_name:
        return False
    # The project's own tasks are of the class that its app says.
    return not project.apps.has_foreign_class(task.app) if task.app else has_app


def _attributes(function: Function, name: str) -> Iterator[ast.Attribute]:
    """What is read from the first parameter, unless something else may be called so."""
    inner = [n for n in ast.walk(function) if n is not function]
    bound = [p.arg for n in inner if isinstance(n, ast.arguments) for p in _parameters(n)]
    written = {n.id for n in inner if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)}
    if bound.count(name) > 1 or name in written:
        return
    for node in inner:
        if not isinstance(node, ast.Attribute) or not isinstance(node.ctx, ast.Load):
            continue
        if isinstance(node.value, ast.Name) and node.value.id == name:
            yield node


def _parameters(arguments: ast.arguments) -> Iterator[ast.arg]:
    yield from (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    yield from filter(None, (arguments.vararg, arguments.kwarg))


def _is_given(project: Project, module: Module, task: Task, name: str) -> bool:
    """Whether Celery, an option or a line of the project gives this task the attribute."""
    if name in TASK_ATTRIBUTES or name.startswith("_") or name in task.options:
        return True
    # In the task itself; or for every task, as handlers of signals do it, or for this one, anywhere.
    here = rf"""\b{task.self_name}\.{name}{_WRITTEN}|["']{name}["']"""
    anywhere = (
        rf"""\b(?:task|sender|{task.name})\.{name}{_WRITTEN}|setattr\([^,\n]+,\s*["']{name}["']"""
    )
    return bool(re.search(here, module.text)) or any(
        re.search(anywhere, one.text) for one in project.modules if name in one.text
    )


def _hint(text: str, name: str) -> str:
    owner = text.rpartition(".")[0]
    if name in REQUEST_ATTRIBUTES:
        return f"; write {owner}.request.{name}"
    close = difflib.get_close_matches(name, TASK_ATTRIBUTES, n=1, cutoff=0.8)
    return f"; did you mean {owner}.{close[0]}?" if close else ""
