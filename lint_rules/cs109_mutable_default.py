"""CS109 mutable-default: what one run puts into it, the next run of the same process finds."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules._engine.facts import Edit, Finding, Fix, Function, Task
from lint_rules._engine.module import Module
from lint_rules._engine.names import last_name
from lint_rules._engine.project import Project, finding

CODE = "CS109"
NAME = "mutable-default"
PRESET = "default"

_MAKERS = frozenset(
    {"list", "dict", "set", "defaultdict", "OrderedDict", "Counter", "deque", "bytearray"}
)
_CHANGES = frozenset(
    {
        "append", "extend", "insert", "add", "update", "setdefault", "pop", "popitem", "remove",
        "discard", "clear", "sort", "reverse",
    }
)  # fmt: skip


def check(project: Project) -> Iterator[Finding]:
    """Parameters of a task with a list, dictionary or set as default that its body changes."""
    for module, task in project.tasks():
        for param, default in _defaults(task.function):
            if _is_mutable(module, default) and _is_changed(task.function, param.arg):
                text = module.code(default)
                yield finding(
                    module,
                    default,
                    (CODE, NAME),
                    f"{param.arg}={text} is one value for all runs in a worker process, and task "
                    f"{task.name} changes it; write {param.arg}=None and make a new one inside",
                    _fix(module, task, param, default),
                )


def _defaults(function: Function) -> list[tuple[ast.arg, ast.expr]]:
    args = function.args
    positional = [*args.posonlyargs, *args.args]
    given = positional[len(positional) - len(args.defaults) :]
    pairs = list(zip(given, args.defaults, strict=True))
    return pairs + [
        (a, d) for a, d in zip(args.kwonlyargs, args.kw_defaults, strict=True) if d is not None
    ]


def _is_mutable(module: Module, node: ast.expr) -> bool:
    """Whether it is a list, dictionary or set, or the name of one of the same file."""
    if isinstance(node, ast.Name):
        values = module.values_of(node.id)
        return len(values) == 1 and values[0] is not node and _is_mutable(module, values[0])
    if isinstance(node, ast.Call):
        return last_name(node.func) in _MAKERS
    return isinstance(node, ast.List | ast.Dict | ast.Set)


def _is_changed(function: Function, name: str) -> bool:
    """Whether the body changes the value in place, and binds the name to nothing else."""
    nodes = [n for statement in function.body for n in ast.walk(statement)]
    added = [n for n in nodes if isinstance(n, ast.AugAssign) and _names(n.target, name)]
    bound = [n for n in nodes if _names(n, name) and not isinstance(n.ctx, ast.Load)]  # type: ignore[attr-defined]
    if len(bound) > len(added):
        return False
    return bool(added) or any(_changes(n, name) for n in nodes)


def _changes(node: ast.AST, name: str) -> bool:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        held = node.func.value
        while isinstance(held, ast.Subscript):
            held = held.value
        return node.func.attr in _CHANGES and _names(held, name)
    if isinstance(node, ast.Subscript):
        return isinstance(node.ctx, ast.Store | ast.Del) and _names(node.value, name)
    return False


def _names(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _fix(module: Module, task: Task, param: ast.arg, default: ast.expr) -> Fix | None:
    """``None`` as the default, and a new value in the first line of the body."""
    body = task.function.body
    first = body[0]
    is_text = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    if is_text and len(body) > 1:
        first = body[1]
    if (
        isinstance(default, ast.Name)
        or param.annotation is not None
        or (is_text and len(body) == 1)
    ):
        return None
    above = [d.lineno for d in getattr(first, "decorator_list", ())]
    number = min([first.lineno, *above])
    line = module.lines[number - 1]
    indent = line[: len(line) - len(line.lstrip())]
    if not above and len(indent) != first.col_offset:
        return None  # the body begins on the line of the def
    span = module.span(default)
    if span.line != span.end_line:
        return None  # its lines and comments would have to be moved
    name = param.arg
    more = "\t" if indent.endswith("\t") else "    "
    new = f"{indent}if {name} is None:\n{indent}{more}{name} = {module.code(default)}\n"
    return Fix(
        "unsafe",
        f"write {name}=None",
        (
            Edit(span.line, span.column, span.end_line, span.end_column, "None"),
            Edit(number, 1, number, 1, new),
        ),
    )
