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
        first = call.arguments[0].value if call.arguments else None
        if not isinstance(first, ast.Lambda):
            continue
        if id(module) not in deletes:
            deletes[id(module)] = {
                function: signal
                for function, signal in unsaved.receivers(module).items()
                if signal.endswith("_delete")
            }
        signal = deletes[id(module)].get(id(call.scope.function)) if call.scope else None
        key = _key_of_deleted(first) if signal else None
        if key is not None:
            yield finding(
                module,
                key,
                (CODE, NAME),
                f"Django sets {module.code(key)} to None once the row is deleted, and in a transaction around "
                "the delete this lambda reads it later: the task gets None; read it before the lambda",
            )
        late = sorted(_free_names(first) & call.rebound)
        if late:
            yield finding(
                module,
                first,
                (CODE, NAME),
                f"this lambda reads {', '.join(late)} when the transaction commits, after the loop: each "
                "callback gets the last value; pass functools.partial(task.delay, ...)",
            )


def _key_of_deleted(function: ast.Lambda) -> ast.Attribute | None:
    """``instance.pk`` in the body, where ``instance`` is not the lambda's own."""
    free = _free_names(function)
    for node in ast.walk(function.body):
        if isinstance(node, ast.Attribute) and node.attr in ("pk", "id"):
            held = node.value
            if isinstance(held, ast.Name) and held.id == "instance" and held.id in free:
                return node
    return None


def _free_names(function: ast.Lambda) -> set[str]:
    args = function.args
    own = {a.arg for a in (*args.posonlyargs, *args.args, *args.kwonlyargs)}
    read = {n.id for n in ast.walk(function.body) if isinstance(n, ast.Name)}
    bound_inside = {
        n.id
        for n in ast.walk(function.body)
        if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    }
    return read - own - bound_inside
