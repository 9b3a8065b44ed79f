"""CS208 late-bound-variable: every callback of the loop sends the last value."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules._engine import unsaved
from lint_rules._engine.facts import Finding
from lint_rules._engine.project import Project, finding

CODE = "CS208"
NAME = "late-bound-variable"
PRESET = "default"


def check(project: Project) -> Iterator[Finding]:
    """``on_commit(lambda: task.delay(x.pk))`` where ``x`` is bound anew, or loses its key, before."""
    deletes: dict[int, dict[int, str]] = {}
    for module, call in project.calls_on_commit():
        first: ast.AST | None = call.arguments[0].value if call.arguments else None
        if isinstance(first, ast.Name) and call.scope is not None:
            first = call.scope.functions.get(first.id)
        if not isinstance(first, ast.Lambda | ast.FunctionDef):
            continue
        if id(module) not in deletes:
            deletes[id(module)] = {
                function: signal
                for function, signal in unsaved.receivers(module).items()
                if signal.endswith("_delete")
            }
        signal = deletes[id(module)].get(id(call.scope.function)) if call.scope else None
        is_lambda = isinstance(first, ast.Lambda)
        what = "lambda" if is_lambda else "function"
        key = _key_of_deleted(first) if signal else None
        if key is not None:
            yield finding(
                module,
                key,
                (CODE, NAME),
                f"Django sets {module.code(key)} to None once the row is deleted, and in a transaction around "
                f"the delete this {what} reads it later: the task gets None; read it before the {what}",
            )
        late = sorted(_free_names(first) & call.rebound)
        if late:
            yield finding(
                module,
                first if is_lambda else call.call,
                (CODE, NAME),
                f"this {what} reads {', '.join(late)} when the transaction commits, after the loop: each "
                "callback gets the last value; pass functools.partial(task.delay, ...)",
            )


def _key_of_deleted(function: ast.Lambda | ast.FunctionDef) -> ast.Attribute | None:
    """``instance.pk`` in the body, where ``instance`` is not the lambda's own."""
    free = _free_names(function)
    for node in _nodes(function):
        if isinstance(node, ast.Attribute) and node.attr in ("pk", "id"):
            held = node.value
            if isinstance(held, ast.Name) and held.id == "instance" and held.id in free:
                return node
    return None


def _nodes(function: ast.Lambda | ast.FunctionDef) -> list[ast.AST]:
    body = [function.body] if isinstance(function, ast.Lambda) else function.body
    return [node for part in body for node in ast.walk(part)]


def _free_names(function: ast.Lambda | ast.FunctionDef) -> set[str]:
    args = function.args
    own = {a.arg for a in (*args.posonlyargs, *args.args, *args.kwonlyargs)}
    names = [n for n in _nodes(function) if isinstance(n, ast.Name)]
    return {n.id for n in names} - own - {n.id for n in names if isinstance(n.ctx, ast.Store)}
