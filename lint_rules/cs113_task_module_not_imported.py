"""CS113 task-module-not-imported: no worker knows the tasks of a module that it never imports."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from lint_rules._engine import conf
from lint_rules._engine.facts import Finding, Task
from lint_rules._engine.module import Module
from lint_rules._engine.project import Project, finding
from lint_rules._engine.reach import Name, is_imported_by_name, reached

CODE = "CS113"
NAME = "task-module-not-imported"
PRESET = "strict"

_DISCOVERS = re.compile(r"\bautodiscover_tasks\(([^)]*)")
_RELATED = re.compile(r"""related_name\s*=\s*(?:["'](\w+)["'])?""")
_DYNAMIC = re.compile(r"\b(import_module|import_string|walk_packages|iter_modules|__import__)\b")


def check(project: Project) -> Iterator[Finding]:
    """Modules with tasks that neither a list of imports, nor autodiscovery, nor a file imports."""
    first = _first_tasks(project)
    listed = _listed(project)
    discovered = _discovered(project)
    if listed is None or discovered is None:
        return
    if discovered:
        missing = [
            m
            for m in first
            if not discovered & {*m.name}
            and not is_imported_by_name(project.paths(), m.name, m.path.absolute())
        ]
        how = f"autodiscover_tasks() imports {' and '.join(sorted(discovered))} only"
    elif listed:
        known = reached(project.files(), {*listed, *_app_modules(project)})
        missing = [m for m in first if m.name not in known and _is_beside(m.name, listed)]
        how = "the list of imports does not have it"
    else:
        return
    for module in missing:
        if ".".join(module.name) in {".".join(name) for name in listed}:
            continue
        task = first[module]
        yield finding(
            module,
            module.decorator_span(task.decorator),
            (CODE, NAME),
            f"workers do not import {'.'.join(module.name)}: {how}, and so they discard the messages "
            f"of task {task.name}; add it to imports, or import it where the app is made",
        )


def _first_tasks(project: Project) -> dict[Module, Task]:
    """The first task of each module that has some and makes no app itself."""
    apps = _app_modules(project)
    first: dict[Module, Task] = {}
    for module, task in project.tasks():
        if task.is_top_level and module.name not in apps and not _is_test(module):
            first.setdefault(module, task)
    return first


def _is_test(module: Module) -> bool:
    return module.is_script or not {"test", "tests", "conftest"}.isdisjoint(
        (*module.name, module.path.parent.name)
    )


def _app_modules(project: Project) -> set[Name]:
    return {m.name for m, _ in project.app_calls()}


def _listed(project: Project) -> list[Name] | None:
    """The modules that settings and apps list; None if a list is not written out."""
    given = [setting.value for _, setting in conf.settings(project, "imports", "include")]
    given += [
        a.value
        for _, call in project.app_calls()
        for a in call.arguments
        if a.keyword == "config_source"
    ]
    names: list[Name] = []
    for value in given:
        if not isinstance(value, ast.List | ast.Tuple):
            return None
        for element in value.elts:
            if not isinstance(element, ast.Constant) or not isinstance(element.value, str):
                return None
            names.append(tuple(element.value.split(".")))
    return names


def _discovered(project: Project) -> set[str] | None:
    """The names of modules that autodiscovery imports; None if it imports in another way too."""
    found: set[str] = set()
    for module in project.modules:
        calls = _DISCOVERS.findall(module.text)
        makes_app = bool(calls) or module.name in _app_modules(project)
        if makes_app and _DYNAMIC.search(module.text):
            return None
        for arguments in calls:
            related = _RELATED.search(arguments)
            if related is not None and related[1] is None:
                return None
            found.add(related[1] if related else "tasks")
    return found


def _is_beside(name: Name, listed: list[Name]) -> bool:
    """Whether the list has modules of the same package, so that it is meant to be whole."""
    return any(one[0] == name[0] or len(one) == len(name) == 1 for one in listed)
