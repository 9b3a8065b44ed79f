"""CS115 soft-limit-not-below-hard: the hard limit kills the task before the soft one can tell it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from lint_rules._engine import conf
from lint_rules._engine.facts import Finding
from lint_rules._engine.literals import number
from lint_rules._engine.module import Module
from lint_rules._engine.project import Project, finding

CODE = "CS115"
NAME = "soft-limit-not-below-hard"
PRESET = "default"


def check(project: Project) -> Iterator[Finding]:
    """Pairs of limits of a task, a call or the settings of one file, both written out."""
    for module, task in project.tasks():
        limits = {n: task.option(n) for n in ("soft_time_limit", "time_limit")}
        if _wrong(limits, "") is not None:
            written = (task.options.get(n) for n in ("soft_time_limit", "time_limit", "base"))
            arg = next(filter(None, written), None)
            if arg is not None:  # else all of it is in the project's own decorator
                yield finding(module, arg.value, (CODE, NAME), _message(f"task {task.name}"))
    for module, send in project.sends():
        if send.method in ("apply_async", "apply_async_on_commit", "send_task"):
            given = project.arguments_of(module, send)
            node = _wrong({a.keyword: a.value for a in given if a.keyword}, "")
            if node is not None:
                yield finding(module, node, (CODE, NAME), _message("this call"))
    by_file: dict[Module, dict[str, ast.expr]] = {}
    for module, setting in conf.settings(project, "task_soft_time_limit", "task_time_limit"):
        by_file.setdefault(module, {})[setting.name] = setting.value
    for module, values in by_file.items():
        node = _wrong(values, "task_")
        if node is not None:
            yield finding(module, node, (CODE, NAME), _message("the configuration"))


def _wrong(values: Mapping[str, ast.expr | None], prefix: str) -> ast.expr | None:
    """The soft limit, if both are numbers and it is not the smaller."""
    node = values.get(f"{prefix}soft_time_limit")
    soft, hard = number(node), number(values.get(f"{prefix}time_limit"))
    return node if soft and hard and soft >= hard else None


def _message(where: str) -> str:
    return (
        f"the soft time limit of {where} is not below the hard one, so it never fires "
        "and nothing is cleaned up; make it the smaller"
    )
