"""CS403 result-needed-but-ignored: nothing stores the result that is waited for."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules._engine import conf
from lint_rules._engine.canvas import canvases
from lint_rules._engine.facts import Finding, Task
from lint_rules._engine.lookup import Place
from lint_rules._engine.module import Module
from lint_rules._engine.project import Project, finding
from lint_rules._engine.waits import Wait, ignores_result, waits

CODE = "CS403"
NAME = "result-needed-but-ignored"
PRESET = "default"


def check(project: Project) -> Iterator[Finding]:
    """``.get()`` of a task with ``ignore_result=True``, and such a task in the header of a chord."""
    for wait in waits(project):
        task = _ignored(project, wait)
        if task is None or _is_of_tests(wait.module):
            continue  # an eager task of a test gives its result, stored or not
        yield finding(
            wait.module,
            wait.site.call,
            (CODE, NAME),
            f"task {task.name} ignores its result, so this {_fate(wait)}; remove ignore_result",
        )
    if _counts_by_itself(project):
        return
    for canvas in canvases(project):
        for place in canvas.members if canvas.kind == "chord" else ():
            for task in _members(project, place):
                yield finding(
                    place.module,
                    place.node,
                    (CODE, NAME),
                    f"task {task.name} ignores its result, so the body of the chord never gets the "
                    "list it waits for; remove ignore_result",
                )


def _is_of_tests(module: Module) -> bool:
    return module.is_test_file or not {"test", "tests"}.isdisjoint(module.name)


def _counts_by_itself(project: Project) -> bool:
    """Whether the result backend is Redis, which hands on what a header returns without storing it."""
    backends = conf.settings(project, "result_backend")
    return any("redis" in ast.unparse(setting.value).lower() for _, setting in backends)


def _fate(wait: Wait) -> str:
    single = wait.target is not None and wait.target.kind in ("task", "signature")
    return "returns None at once" if single else "waits for what is never stored"


def _ignored(project: Project, wait: Wait) -> Task | None:
    target, send = wait.target, wait.send
    if (
        target is None
        or send is None
        or any(k.arg in ("ignore_result", None) for k in send.keywords)
    ):
        return None
    if target.kind == "canvas":
        return next((task for task in target.ends if ignores_result(project, task)), None)
    return target.tasks[0] if all(ignores_result(project, t) for t in target.tasks) else None


def _members(project: Project, place: Place) -> list[Task]:
    target = project.target_at(place)
    if "ignore_result" in ast.unparse(place.node):
        return []
    needed = target.ends if target.kind == "canvas" else target.tasks
    return [task for task in needed if ignores_result(project, task)]
