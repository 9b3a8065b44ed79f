"""CS301 retry-options-nothing-retries: retry options of a task that never retries."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules._engine.facts import Finding
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


#: Decorators of others that are known not to.
_NEVER_RETRY = frozenset({"django.db.transaction.atomic", "functools.lru_cache", "functools.cache"})


def check(project: Project) -> Iterator[Finding]:
    """Tasks with retry options, without ``autoretry_for`` and without a way to ``.retry()``.

    A SafeCelery app retries transient errors by itself, so its tasks are left alone.
    """
    for module, task in project.tasks():
        options = task.options
        if (
            task.is_safe
            or task.definition is not None  # its other methods may retry
            or task.has_unknown_options
            or "autoretry_for" in options
            or "base" in options
        ):
            continue
        given = [name for name in _OPTIONS if name in options]
        if given == ["max_retries"] and module.code(options["max_retries"].value) == "0":
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
