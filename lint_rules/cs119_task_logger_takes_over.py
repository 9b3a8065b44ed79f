"""CS119 task-logger-takes-over: get_task_logger(name) changes the logger that logging has under the name."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules._engine.facts import Finding
from lint_rules._engine.module import Module
from lint_rules._engine.project import Project, finding

CODE = "CS119"
NAME = "task-logger-takes-over"
PRESET = "strict"

_OF_TASKS = "celery.utils.log.get_task_logger"
_PLAIN = "logging.getLogger"


def check(project: Project) -> Iterator[Finding]:
    """``get_task_logger(__name__)`` beside ``logging.getLogger(__name__)`` at the top of one file."""
    for module in project.modules:
        if "get_task_logger" not in module.text or "getLogger" not in module.text:
            continue
        plain = {_argument(call) for call in _loggers(project, module, _PLAIN)}
        for call in _loggers(project, module, _OF_TASKS):
            if _argument(call) not in plain:
                continue
            text = module.code(call.args[0])
            yield finding(
                module,
                call,
                (CODE, NAME),
                f"get_task_logger({text}) and getLogger({text}) are one logger, whose parent is now "
                "celery.task: what handlers of the package's own loggers are to get goes there "
                "instead; keep one of the two, or give the task's another name",
            )


def _loggers(project: Project, module: Module, origin: str) -> Iterator[ast.Call]:
    for values in module.scope.values.values():
        for value in values:
            if not isinstance(value, ast.Call) or len(value.args) != 1 or value.keywords:
                continue
            found = module.origin_of(value.func)
            if found and project.canonical(found) == origin:
                yield value


def _argument(call: ast.Call) -> str:
    return ast.dump(call.args[0])
