"""CS303 soft-limit-swallowed: a broad except catches the time-out, and the task goes on."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules._engine import conf
from lint_rules._engine.facts import Finding, Function
from lint_rules._engine.lookup import Place
from lint_rules._engine.module import Module, Span
from lint_rules._engine.names import dotted, last_name
from lint_rules._engine.project import Project, finding
from lint_rules._engine.retries import caught

CODE = "CS303"
NAME = "soft-limit-swallowed"
PRESET = "strict"

_BROAD = frozenset({"Exception", "BaseException"})
#: What takes no time, so the limit does not strike there.
_QUICK = frozenset(
    {
        "int", "float", "str", "bool", "len", "dict", "list", "tuple", "getattr", "isinstance",
        # Of a metric.
        "labels", "inc", "dec", "observe",
    }
)  # fmt: skip
#: How many base classes are followed.
_DEEPEST = 9
#: How many files away from the task a call is followed: what is further is seldom slow.
_FARTHEST = 1


def check(project: Project) -> Iterator[Finding]:
    """Handlers of ``Exception`` that do not raise, in tasks with a soft time limit and what they call."""
    everywhere = any(
        not _is_none(setting.value) for _, setting in conf.settings(project, "task_soft_time_limit")
    )
    limited = [
        (module, f"task {task.name}", task.function)
        for module, task in project.tasks()
        if (
            not _is_none(option)
            if (option := task.option("soft_time_limit"))
            else everywhere or task.is_safe
        )
    ]
    if everywhere:
        limited += _methods(project)
    seen: set[int] = set()
    for module, name, entry in limited:
        for home, function in _run_by(project, module, entry):
            for node in _swallowing(project, home, function):
                if id(node) in seen:
                    continue
                seen.add(id(node))
                what = "except" if isinstance(node, ast.ExceptHandler) else "suppress"
                yield finding(
                    home,
                    node if isinstance(node, ast.expr) else node.type or _keyword(home, node),
                    (CODE, NAME),
                    f"this {what} catches SoftTimeLimitExceeded too, so {name} goes on, or ends as "
                    "succeeded, when its time is up; write `except SoftTimeLimitExceeded: raise` before it",
                )


def _methods(project: Project) -> Iterator[tuple[Module, str, Function]]:
    """The methods of classes that are tasks."""
    for module in project.modules:
        for name, function in module.functions.items():
            owner = name.partition(".")[0]
            if owner != name and any(
                b.origin and _is_task_class(project, b.origin) for b in module.classes[owner]
            ):
                yield module, owner, function


def _is_task_class(project: Project, origin: str, depth: int = 0) -> bool:
    """Whether a class is ``celery.Task``, ``app.Task``, or made of it step by step."""
    origin = project.canonical(origin)
    found = project.definition(origin)
    if found is None:
        owner, _, last = origin.rpartition(".")
        return last == "Task" and (owner.startswith("celery") or project.is_app(owner))
    module, name, _ = found
    return depth < _DEEPEST and any(
        base.origin is not None and _is_task_class(project, base.origin, depth + 1)
        for base in module.classes.get(name, ())
    )


def _run_by(project: Project, module: Module, entry: Function) -> Iterator[tuple[Module, Function]]:
    """A function and those that it calls by their names, with the files that they are in."""
    waiting, known = [(module, entry, 0)], {id(entry)}
    while waiting:
        home, function, depth = waiting.pop()
        yield home, function
        scope = home.scopes.get(function, home.scope)
        for node in ast.walk(function):
            if not isinstance(node, ast.Call) or dotted(node.func) is None:
                continue
            there, called = _called(project, Place(node.func, scope, home))
            # How far it is followed from file to file; in one file there is no end.
            depth_there = depth + (there is not home)
            if called is not None and id(called) not in known and depth_there <= _FARTHEST:
                known.add(id(called))
                waiting.append((there, called, depth_there))


def _called(project: Project, place: Place) -> tuple[Module, Function | None]:
    """The function of the project that a name stands for, and its file."""
    parts = dotted(place.node) or ()
    own = place.module.functions.get(parts[0]) if len(parts) == 1 else None
    if own is not None:
        return place.module, own
    origin = project.lookup.find(place).origin
    found = project.definition(origin) if origin else None
    if found is None or project.task_at(origin or "") is not None:
        return place.module, None  # a task that is called is another run's, or has its own limit
    return found[0], found[0].scope.functions.get(found[1])


def _swallowing(
    project: Project, module: Module, function: Function
) -> Iterator[ast.ExceptHandler | ast.expr]:
    """What keeps a soft limit from the task: broad handlers, and ``with suppress(Exception)``."""
    yield from filter(_swallows, _handlers(project, module, function))
    for node in ast.walk(function):
        for item in node.items if isinstance(node, ast.With | ast.AsyncWith) else ():
            call = item.context_expr
            if isinstance(call, ast.Call) and (dotted(call.func) or ("",))[-1] == "suppress":
                yield from (a for a in call.args if (dotted(a) or ("",))[-1] in _BROAD)


def _handlers(project: Project, module: Module, function: Function) -> Iterator[ast.ExceptHandler]:
    """Broad handlers that a soft limit may reach: no handler before them names it."""
    for node in ast.walk(function):
        if not isinstance(node, ast.Try) or not any(map(_takes_time, node.body)):
            continue
        for handler in node.handlers:
            names = [_name(project, module, c) if c else "Exception" for c in caught(handler)]
            if "SoftTimeLimitExceeded" in names:
                break
            if _BROAD.intersection(names):
                yield handler
                break


def _name(project: Project, module: Module, node: ast.expr) -> str:
    """The last name of an exception, at its home."""
    origin = module.origin_of(node)
    return (project.canonical(origin).split(".") if origin else dotted(node) or ("",))[-1]


def _takes_time(statement: ast.stmt) -> bool:
    return any(
        isinstance(node, ast.Yield)  # of a context manager: what stands inside of the with
        or (isinstance(node, ast.Call) and last_name(node.func) not in _QUICK)
        for node in ast.walk(statement)
    )


def _swallows(handler: ast.ExceptHandler) -> bool:
    """Whether it neither raises, nor retries, nor hands the error on."""
    return not any(map(_lets_it_through, ast.walk(handler)))


def _lets_it_through(node: ast.AST) -> bool:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr in ("retry", "exit", "abort")
    # isinstance(error, SoftTimeLimitExceeded) sees to it as well.
    is_named = isinstance(node, ast.Name) and "SoftTimeLimit" in node.id
    return is_named or isinstance(node, ast.Raise)


def _keyword(module: Module, handler: ast.ExceptHandler) -> Span:
    """Where ``except`` stands, which has no node of its own."""
    column = module.lines[handler.lineno - 1].index("except") + 1
    return Span(handler.lineno, column, handler.lineno, column + len("except"))


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
