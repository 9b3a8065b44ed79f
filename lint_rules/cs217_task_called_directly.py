"""CS217 task-called-directly: task(...) runs here and now, and nothing is sent."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

from lint_rules._engine.facts import Finding, Fix, Function, Task
from lint_rules._engine.lookup import Place
from lint_rules._engine.module import Module
from lint_rules._engine.names import dotted
from lint_rules._engine.project import Project, finding, insert

CODE = "CS217"
NAME = "task-called-directly"
PRESET = "strict"

_SENDS = frozenset(
    {"delay", "apply_async", "delay_on_commit", "apply_async_on_commit", "s", "si", "signature"}
)
#: Where code calls tasks to test them, or runs for as long as it likes.
_ELSEWHERE = re.compile(r"(^|[._])(tests?|conftest|commands|scripts?|migrations)($|[._])")

#: Imports, ``name="charge"`` of a decorator, ``"shop.tasks.charge": {...}`` of a route, and a queue.
_NO_MENTION = re.compile(
    r"""^[ \t]*(?:from[ \t]+\S+[ \t]+)?import[ \t]+(?:\([^)]*\)|[^\n]*)"""
    r"""|\bname\s*=\s*["'][^"'\n]*["']|["'][\w.]+\.\w+["']\s*:\s*\{"""
    r"""|["']?\bqueue["']?\s*[:=]\s*["'][^"'\n]*["']""",
    re.MULTILINE,
)


def check(project: Project) -> Iterator[Finding]:
    """Calls of a task as a statement, if that task is sent in other places, or called and never sent."""
    sent = _sent(project)
    names = {task.name for _, task in project.tasks()}
    modules = [m for m in _mentioning(project, names) if not _is_elsewhere(m)] if names else []
    never_sent: dict[str, bool] = {}
    for module, call, function, task in _calls(project, modules, names):
        places = sent.get(id(task), set())
        # `if ...: task.delay() else: task()` is meant.
        if id(function) in places or function is task.function:
            continue
        if not places and task.name not in never_sent:
            never_sent[task.name] = _is_only_called(modules, task.name)
        if places or never_sent[task.name]:
            text = module.code(call.func)
            why = "though elsewhere it is sent" if places else "and nothing in the project sends it"
            yield finding(
                module,
                call,
                (CODE, NAME),
                f"{text}() runs the task here and waits for it, {why}; write {text}.delay()",
                Fix("unsafe", "send it with .delay", (insert(module, call.func, ".delay"),)),
            )


def _mentioning(project: Project, names: set[str]) -> list[Module]:
    """The files that may call one of the tasks, also by the name under which another file has it."""
    found = [*project.modules, *project.others_with(_called(names))]
    names = set(names)
    for module in found:  # it grows
        for name, binding in module.bindings.items():
            if binding.kind != "import" or not binding.origin or name in names:
                continue
            if binding.origin[-1] in names:
                names.add(name)
                more = project.others_with(_called({name}), module.name[-1].encode())
                found += [m for m in more if m not in found]
    return found


def _called(names: set[str]) -> re.Pattern[bytes]:
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(names)))})\b".encode())


def _sent(project: Project) -> dict[int, set[int]]:
    """Each task that is sent, with the functions that send it."""
    sent: dict[int, set[int]] = {}
    for module, send in project.sends():
        if send.method in _SENDS and not _is_elsewhere(module):
            for task in project.target(send).tasks:
                sent.setdefault(id(task), set()).add(id(send.inside))
    for module, passed, target in project.passed():
        for task in target.tasks if not _is_elsewhere(module) else ():
            sent.setdefault(id(task), set()).add(id(passed.scope.function))
    return sent


def _is_only_called(modules: Iterable[Module], name: str) -> bool:
    """Whether each mention of a task is its definition, an import or a call."""
    other = re.compile(rf"(?<!def )\b{re.escape(name)}\b(?!\s*\()")
    return not any(other.search(_NO_MENTION.sub("", m.text)) for m in modules)


def _calls(
    project: Project, modules: Iterable[Module], names: set[str]
) -> Iterator[tuple[Module, ast.Call, Function | None, Task]]:
    for module in modules:
        for statement in module.statements:
            parts = dotted(statement.call.func)
            if not parts or not (parts[-1] in names or len(parts) == 1):
                continue
            target = project.target_at(Place(statement.call.func, statement.scope, module))
            if target.kind == "task" and len(target.tasks) == 1:
                yield module, statement.call, statement.inside, target.tasks[0]


def _is_elsewhere(module: Module) -> bool:
    return _ELSEWHERE.search(".".join(module.name)) is not None or module.is_script
