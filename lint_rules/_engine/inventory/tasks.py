"""Apps and tasks of the index."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules._engine.facts import Task
from lint_rules._engine.inventory.deep import Deep, at
from lint_rules._engine.inventory.naming import source as source_of
from lint_rules._engine.inventory.records import App, Parameter, TaskEntry
from lint_rules._engine.inventory.text import literal, source
from lint_rules._engine.module import Module
from lint_rules._engine.names import dotted
from lint_rules._engine.project import Project

#: How many classes are followed to their base.
_DEEPEST = 9


def apps(project: Project, deep: dict[int, Deep]) -> Iterator[App]:
    """Every app: made by a class here, or by a factory for a name of a file."""
    exports = _exports(project)
    for module, call in project.app_calls():
        name = deep[id(module)].bound_to.get(at(call.call))
        around, functions = deep[id(module)].around.get(at(call.call), ("", ()))
        main = next((a for n, a in enumerate(call.arguments) if a.keyword == "main" or not n), None)
        is_main = main is not None and main.keyword in (None, "main") and not main.star
        known, value = literal(main.value) if main is not None and is_main else (False, None)
        cls = project.canonical(call.callee.origin or "")
        home = ".".join((*module.name, name or ""))
        yield App(
            str(module.path), call.call.lineno, name, str(value) if known else None, cls,
            bool(project.apps.is_class(cls)), around if functions else None,
            () if functions else exports.get(home, ()),
        )  # fmt: skip
    for module in project.modules:
        for name, binding in module.bindings.items():
            if binding.kind != "call" or not binding.origin:
                continue
            maker = project.canonical(project.origin_in(module, binding.origin))
            home = ".".join((*module.name, name))
            if project.apps.is_class(maker) is not None or maker.startswith("celery."):
                continue
            is_safe = project.apps.kind_of(home)
            if is_safe is not None:
                yield App(
                    str(module.path), _line_of(module, name), name, None, maker,
                    is_safe, maker, exports.get(home, ()),
                )  # fmt: skip


def _line_of(module: Module, name: str) -> int:
    for number, line in enumerate(module.lines, 1):
        if line.startswith(name) and line[len(name) :].lstrip().startswith(("=", ":")):
            return number
    return 1


def _exports(project: Project) -> dict[str, tuple[str, ...]]:
    """For each name at its home, the packages that bring it under another."""
    found: dict[str, list[str]] = {}
    for module in project.modules:
        if module.path.name != "__init__.py":
            continue
        for name, binding in module.bindings.items():
            if binding.kind == "import" and binding.origin:
                own = ".".join((*module.name, name))
                home = project.canonical(own)
                if home != own:
                    found.setdefault(home, []).append(own)
    return {home: tuple(sorted(names)) for home, names in found.items()}


def entry(project: Project, module: Module, task: Task, queue: str | None) -> TaskEntry:
    """One task."""
    function = task.function
    options = _options(task)
    # The bases of a class-based task are its own.
    base = task.option("base") if task.definition is None else task.decorator
    base_parts = dotted(base) if base is not None else None
    arguments = source(function.args)
    returns = f" -> {source(function.returns)}" if function.returns else ""
    defined = function if task.definition is None else task.definition
    decorators = tuple(source(d) for d in defined.decorator_list)
    return TaskEntry(
        path=str(module.path),
        line=place(task),
        name=project.name_of(task),
        name_from=source_of(project, task),
        module=".".join(module.name),
        function=task.name,
        kind="function" if task.definition is None else "class",
        signature=f"({arguments}){returns}",
        parameters=tuple(parameters(task)),
        options=options,
        has_unknown_options=task.has_unknown_options,
        base=source(base) if base is not None else None,
        bases=tuple(_bases(project, project.origin_in(module, base_parts))) if base_parts else (),
        is_bound=task.is_bound,
        is_async=isinstance(function, ast.AsyncFunctionDef),
        decorator=source(task.decorator),
        decorators=decorators,
        queue=queue,
    )


def _options(task: Task) -> dict[str, str]:
    """What is written above the function, and before it what the project's own decorator gives."""
    given = task.maker.options if task.maker is not None else ()
    every = {a.keyword: a.value for a in given if a.keyword}
    every.update({k: a.value for k, a in task.options.items()})
    return {k: source(value) for k, value in every.items() if k != "name"}


def place(task: Task) -> int:
    """The line of its function or class."""
    return (task.definition or task.function).lineno


def parameters(task: Task) -> Iterator[Parameter]:
    """What a message can fill; a bound task's own parameter is not among it."""
    args = task.function.args
    positional = [*args.posonlyargs, *args.args]
    without = len(positional) - len(args.defaults)
    for n, one in enumerate(positional):
        if n == 0 and task.is_bound:
            continue
        kind = "positional-only" if n < len(args.posonlyargs) else "positional-or-keyword"
        yield _parameter(one, kind, args.defaults[n - without] if n >= without else None)
    if args.vararg:
        yield _parameter(args.vararg, "var-positional", None)
    for one, default in zip(args.kwonlyargs, args.kw_defaults, strict=True):
        yield _parameter(one, "keyword-only", default)
    if args.kwarg:
        yield _parameter(args.kwarg, "var-keyword", None)


def _parameter(node: ast.arg, kind: str, default: ast.expr | None) -> Parameter:
    return Parameter(
        node.arg, kind, source(node.annotation) if node.annotation else None,
        source(default) if default is not None else None,
        default is None and not kind.startswith("var-"),
    )  # fmt: skip


def _bases(project: Project, origin: str, depth: int = 0) -> Iterator[str]:
    origin = project.canonical(origin)
    yield origin
    found = project.definition(origin)
    if found and depth < _DEEPEST:
        module, name, _ = found
        for base in module.classes.get(name, []):
            if base.origin:
                yield from _bases(project, base.origin, depth + 1)
