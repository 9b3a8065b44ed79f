"""CS211 countdown-over-visibility-timeout: the broker hands out again what waits for its time."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules._engine.broker import visibility
from lint_rules._engine.facts import Arg, Finding, Task
from lint_rules._engine.module import Module
from lint_rules._engine.names import dotted
from lint_rules._engine.project import Project, finding
from lint_rules._engine.retries import Retries
from lint_rules._engine.seconds import seconds
from lint_rules._engine.set_options import set_options

CODE = "CS211"
NAME = "countdown-over-visibility-timeout"
PRESET = "default"

_SENDS = ("apply_async", "apply_async_on_commit", "send_task")
#: What ``eta=... + timedelta(...)`` may count from.
_NOW = frozenset({"now", "utcnow", "today", "localtime"})


def check(project: Project) -> Iterator[Finding]:
    """Countdowns and retry delays that are longer than the visibility timeout."""
    timeout = visibility(project)
    if timeout is None:
        return
    for module, node in _delays(project):
        delay = seconds(module, node, lookup=project.lookup)
        if delay is not None and delay > timeout.seconds:
            yield finding(
                module,
                node,
                (CODE, NAME),
                f"this waits {delay:g} s in a worker, longer than {timeout}: the broker hands the message out "
                "again and the task runs more than once; raise visibility_timeout above it, "
                "or let a periodic task look for what is due",
            )


def _delays(project: Project) -> Iterator[tuple[Module, ast.expr]]:
    for module, send in project.sends():
        if send.method in _SENDS:
            yield from ((module, n) for a in send.arguments if (n := _delay(a)))
    yield from ((m, n) for m, _, arg in set_options(project) if (n := _delay(arg)))
    for module, task in project.tasks():
        for call, _ in Retries(task).calls:
            for keyword in call.keywords:
                node = _delay(Arg(keyword.value, keyword, keyword.arg))
                if node is not None:
                    yield module, node
        option = task.options.get("default_retry_delay")
        if option is not None and _is_spent(task):
            yield module, option.value


def _is_spent(task: Task) -> bool:
    """Whether anything may retry by the default delay: not if each retry has its own, or there is none."""
    retries = Retries(task)
    is_seen = task.definition is None and not task.has_unknown_options and not any(task.others)
    if not is_seen or retries.escapes or not {"autoretry_for", "base"}.isdisjoint(task.options):
        return True
    given = [{k.arg for k in call.keywords} for call, _ in retries.calls]
    return any({"countdown", "eta", None}.isdisjoint(names) for names in given)


def _delay(arg: Arg) -> ast.expr | None:
    """The time from now of ``countdown=...`` and of ``eta=now() + ...``."""
    if arg.keyword == "countdown":
        return arg.value
    if arg.keyword == "eta" and isinstance(arg.value, ast.BinOp):
        return (
            arg.value.right
            if isinstance(arg.value.op, ast.Add) and _is_now(arg.value.left)
            else None
        )
    return None


def _is_now(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and (dotted(node.func) or ("",))[-1] in _NOW
