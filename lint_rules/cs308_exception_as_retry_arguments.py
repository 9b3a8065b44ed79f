"""CS308 exception-as-retry-arguments: the first parameter of retry is the task's arguments."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules._engine.facts import Finding, Fix, Function
from lint_rules._engine.kept import kept
from lint_rules._engine.names import last_name
from lint_rules._engine.project import Project, finding, insert
from lint_rules._engine.retries import Retries

CODE = "CS308"
NAME = "exception-as-retry-arguments"
PRESET = "default"


def check(project: Project) -> Iterator[Finding]:
    """``self.retry(error)`` with what an ``except ... as error`` caught."""
    for module, task in project.tasks():
        caught = _caught_names(task.function)
        for call, _ in Retries(task).calls:
            first = call.args[0] if call.args else None
            if first is not None and _is_exception(first, caught):
                text = module.code(first)
                edit = insert(module, first, "exc=", at_end=False)
                yield finding(
                    module,
                    first,
                    (CODE, NAME),
                    f"retry({text}) of task {task.name} sends the exception as the task's arguments; "
                    f"write retry(exc={text})",
                    Fix("safe", f"write exc={text}", (edit,)) if len(call.args) == 1 else None,
                )


def _is_exception(node: ast.expr, caught: set[str]) -> bool:
    if isinstance(node, ast.Call):
        return last_name(node.func).endswith(("Error", "Exception"))
    return isinstance(node, ast.Name) and node.id in caught


@kept
def _caught_names(function: Function) -> set[str]:
    nodes = [n for statement in function.body for n in ast.walk(statement)]
    caught = {n.name for n in nodes if isinstance(n, ast.ExceptHandler) and n.name}
    return caught | {
        target.id
        for n in nodes
        if isinstance(n, ast.Assign) and isinstance(n.value, ast.Name) and n.value.id in caught
        for target in n.targets
        if isinstance(target, ast.Name) and _is_bound_once(nodes, target.id)
    }


def _is_bound_once(nodes: list[ast.AST], name: str) -> bool:
    bound = [n for n in nodes if isinstance(n, ast.Name) and n.id == name]
    return sum(not isinstance(n.ctx, ast.Load) for n in bound) == 1
