"""Sessions that FastAPI hands to a function and commits when the function is done."""

from __future__ import annotations

import ast

from lint_rules._engine.facts import Function
from lint_rules._engine.kept import kept
from lint_rules._engine.lookup import Place
from lint_rules._engine.module import Module
from lint_rules._engine.names import last_name
from lint_rules._engine.project import Project


def committed_afterwards(project: Project, module: Module, function: Function) -> dict[str, str]:
    """The parameters that hold such a session, each with the dependency that commits it."""
    args = function.args
    every = [*args.posonlyargs, *args.args]
    defaults: dict[str, ast.expr | None] = {
        a.arg: d for a, d in zip(reversed(every), reversed(args.defaults), strict=False)
    }
    defaults |= {a.arg: d for a, d in zip(args.kwonlyargs, args.kw_defaults, strict=True)}
    found = {}
    for one in (*every, *args.kwonlyargs):
        default = defaults.get(one.arg)
        given = [Place(default, module.scope, module)] if default is not None else []
        for place in (*given, *_annotated(project, module, one.annotation)):
            name = _dependency(project, place)
            if name is not None:
                found[one.arg] = name
    return found


def _annotated(project: Project, module: Module, node: ast.expr | None) -> list[Place]:
    """What ``Annotated[Session, Depends(get_session)]`` says, also by a name of the project."""
    if node is None:
        return []
    place = Place(node, module.scope, module)
    if isinstance(node, ast.Name | ast.Attribute):
        values = project.lookup.find(place).values
        if len(values) != 1:
            return []
        place = values[0]
    made = place.node
    if not isinstance(made, ast.Subscript) or last_name(made.value) != "Annotated":
        return []
    parts = made.slice.elts[1:] if isinstance(made.slice, ast.Tuple) else []
    return [Place(part, place.scope, place.module) for part in parts]


def _dependency(project: Project, place: Place) -> str | None:
    """The name of the function in ``Depends(get_session)``, if it commits after its ``yield``."""
    node = place.node
    if not isinstance(node, ast.Call) or last_name(node.func) != "Depends" or not node.args:
        return None
    given = Place(node.args[0], place.scope, place.module)
    made = project.lookup.find(given).function
    return made.name if made is not None and commits_after_yield(made) else None


@kept
def commits_after_yield(function: Function) -> bool:
    """Whether it commits when what it gave is no longer used: by ``commit()``, or by a ``begin()`` around."""
    nodes = [n for statement in function.body for n in ast.walk(statement)]
    yields = [n.lineno for n in nodes if isinstance(n, ast.Yield)]
    if len(yields) != 1:
        return False
    for node in nodes:
        if isinstance(node, ast.Call) and last_name(node.func) == "commit":
            if node.lineno > yields[0]:
                return True
        elif isinstance(node, ast.With | ast.AsyncWith):
            opened = [i.context_expr for i in node.items]
            inside = node.lineno <= yields[0] <= (node.end_lineno or 0)
            if inside and any(
                isinstance(c, ast.Call) and last_name(c.func) == "begin" for c in opened
            ):
                return True
    return False
