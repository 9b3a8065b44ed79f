"""CS301 retry-options-nothing-retries: retry options of a task that never retries."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from lint_rules._engine.facts import Finding
from lint_rules._engine.literals import number
from lint_rules._engine.lookup import Place
from lint_rules._engine.module import Module
from lint_rules._engine.project import Project, finding
from lint_rules._engine.retries import Retries

CODE = "CS301"
NAME = "retry-options-nothing-retries"
PRESET = "default"

_OPTIONS = (
    "max_retries",
    "retry_backoff",
    "retry_backoff_max",
    "retry_jitter",
    "retry_kwargs",
    "default_retry_delay",
)


_RETRIES = re.compile(r"\bretry\(|\bautoretry_for\b")
_DEEPEST = 9
#: Decorators of others that are known not to.
_NEVER_RETRY = frozenset({"django.db.transaction.atomic", "functools.lru_cache", "functools.cache"})


def check(project: Project) -> Iterator[Finding]:
    """Tasks with retry options, without ``autoretry_for`` and without a way to ``.retry()``.

    A SafeCelery app retries transient errors by itself, so its tasks are left alone.
    """
    if _apps_class_retries(project):
        return
    for module, task in project.tasks():
        options = task.options
        if (
            task.is_safe
            or task.definition is not None  # its other methods may retry
            or task.has_unknown_options
            or task.option("autoretry_for") is not None
            or task.has_unknown_base
            or _base_retries(project, module, task.option("base"))
        ):
            continue
        given = [name for name in _OPTIONS if name in options]
        if given == ["max_retries"] and number(options["max_retries"].value) == 0:
            continue
        if not given or any(_may_retry(project, origin) for origin in task.others):
            continue
        retries = Retries(task)
        if not retries.calls and not retries.escapes:
            yield finding(
                module,
                options[given[0]].node,
                (CODE, NAME),
                f"task {task.name} has {', '.join(given)}, but nothing retries it; "
                "name the errors in autoretry_for, or call self.retry()",
            )


def _apps_class_retries(project: Project) -> bool:
    """Whether the tasks of an app have a class of its choice that may retry."""
    given = [(m, a) for m, call in project.app_calls() for a in call.arguments]
    for module, arg in given:
        if arg.keyword != "task_cls":
            continue
        if isinstance(arg.value, ast.Constant):
            held: str | None = str(arg.value.value).replace(":", ".")
        else:
            held = project.lookup.find(Place(arg.value, module.scope, module)).origin
        if held is None or project.definition(held) is None or _class_retries(project, held):
            return True
    return False


def _base_retries(project: Project, module: Module, base: ast.expr | None) -> bool:
    """Whether the class above the task says anything of retries."""
    held = project.lookup.find(Place(base, module.scope, module)).origin if base else None
    return held is not None and _class_retries(project, held)


def _class_retries(project: Project, origin: str, depth: int = 0) -> bool:
    """Whether a class of the project, or one above it, has a word of retries in it."""
    found = project.definition(origin)
    node = found[0].definitions.get(found[1]) if found else None
    if found is None or node is None or depth > _DEEPEST:
        return False
    text = "\n".join(found[0].lines[node.lineno - 1 : node.end_lineno])
    bases = found[0].classes.get(found[1], ())
    return bool(_RETRIES.search(text)) or any(
        _class_retries(project, base.origin, depth + 1) for base in bases if base.origin
    )


def _may_retry(project: Project, origin: str | None) -> bool:
    """Whether another decorator of the task may call retry for it: one of the project's that never says so may not."""
    found = project.definition(origin) if origin else None
    if found is None:
        return origin not in _NEVER_RETRY
    module, name, _ = found
    function = module.scope.functions.get(name)
    if function is None or function.end_lineno is None:
        return "retry" in module.text  # a class, or made by a call
    named = {n.id for n in ast.walk(function) if isinstance(n, ast.Name)} - {name}
    used = [function, *(f for n, f in module.scope.functions.items() if n in named)]
    return any("retry" in "\n".join(module.lines[f.lineno - 1 : f.end_lineno]) for f in used)
