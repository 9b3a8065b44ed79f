"""CS306 retry-everything: autoretry_for=(Exception,) repeats bugs and time-outs too."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules._engine.facts import Finding
from lint_rules._engine.names import dotted
from lint_rules._engine.policy import once
from lint_rules._engine.project import Project, finding

CODE = "CS306"
NAME = "retry-everything"
PRESET = "strict"

_ALL = frozenset({"Exception", "BaseException"})


def check(project: Project) -> Iterator[Finding]:
    """``autoretry_for`` that names ``Exception``."""
    retried = sum("autoretry_for" in task.options for _, task in project.tasks())
    yield from once(_found(project), retried, "tasks with autoretry_for")


def _found(project: Project) -> Iterator[Finding]:
    for module, task in project.tasks():
        option = task.options.get("autoretry_for")
        if option is None or task.has_unknown_options:
            continue
        named = option.value.elts if isinstance(option.value, ast.Tuple | ast.List) else ()
        wide = next((n for n in named if (dotted(n) or ("",))[-1] in _ALL), None)
        if wide is None or task.option("dont_autoretry_for") is not None:
            continue
        yield finding(
            module,
            wide,
            (CODE, NAME),
            f"autoretry_for of task {task.name} names {ast.unparse(wide)}: bugs and "
            "SoftTimeLimitExceeded are retried too; name the errors that pass, such as OSError",
        )
