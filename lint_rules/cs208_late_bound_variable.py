"""CS208 late-bound-variable: every callback of the loop sends the last value."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules._engine.facts import Finding
from lint_rules._engine.project import Project, finding

CODE = "CS208"
NAME = "late-bound-variable"
PRESET = "default"


def check(project: Project) -> Iterator[Finding]:
    """``on_commit(lambda: task.delay(x.pk))`` where a loop around it binds ``x`` anew."""
    for module, call in project.calls_on_commit():
        first = call.arguments[0].value if call.arguments else None
        if not isinstance(first, ast.Lambda) or not call.rebound:
            continue
        late = sorted(_free_names(first) & call.rebound)
        if late:
            yield finding(
                module,
                first,
                (CODE, NAME),
                f"this lambda reads {', '.join(late)} when the transaction commits, after the loop: each "
                "callback gets the last value; pass functools.partial(task.delay, ...)",
            )


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
