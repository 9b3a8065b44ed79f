"""Places where code waits for the result of a task."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from lint_rules._engine import conf
from lint_rules._engine.facts import Function, Site, Task
from lint_rules._engine.lookup import Found, Place
from lint_rules._engine.module import Module
from lint_rules._engine.names import dotted
from lint_rules._engine.project import Project
from lint_rules._engine.targets import Target

_WAITS = frozenset({"get", "join", "wait", "join_native", "collect"})
_STARTS = frozenset({"delay", "apply_async", "send_task"})
_RESULTS = frozenset({"AsyncResult", "GroupResult", "ResultSet"})


@dataclass(frozen=True, eq=False)
class Wait:
    """A call such as ``result.get()``.

    ``target`` is what was sent for it, ``send`` the call that sent it; both are None for
    ``AsyncResult(id)``. ``function`` is the function in which it stands.
    """

    module: Module
    site: Site
    function: Function
    target: Target | None = None
    send: ast.Call | None = None

    @property
    def has_timeout(self) -> bool:
        """Whether an argument limits the time, or may."""
        call = self.site.call
        given = [k for k in call.keywords if k.arg in ("timeout", None)]
        return bool(call.args) or any(
            not isinstance(k.value, ast.Constant) or k.value.value is not None for k in given
        )

    @property
    def is_allowed(self) -> bool:
        """Whether Celery was told that a task may wait here."""
        keywords = [k.arg for k in self.site.call.keywords]
        contexts = [c.ref.origin or "" for c in self.site.contexts]
        return "disable_sync_subtasks" in keywords or any(
            origin.endswith("allow_join_result") for origin in contexts
        )


def waits(project: Project) -> Iterator[Wait]:
    """Every wait for a task that is seen to be sent, or for an ``AsyncResult``."""
    for module in project.modules:
        for name in sorted(_WAITS & module.sites_by_name.keys()):
            for site in module.sites_by_name[name]:
                func = site.call.func
                wait = (
                    _wait(project, module, site, func) if isinstance(func, ast.Attribute) else None
                )
                if wait is not None:
                    yield wait


def _wait(project: Project, module: Module, site: Site, func: ast.Attribute) -> Wait | None:
    if isinstance(func.value, ast.Name):
        if not any(isinstance(v, ast.Call) for v in _assigned(site, func.value.id)):
            return None
    elif not isinstance(func.value, ast.Call):
        return None
    ends = list(project.lookup.ends(Place(func.value, site.scope, module)))
    if len(ends) != 1 or isinstance(ends[0], Found):
        return None
    end = ends[0]
    made = end.node
    if not isinstance(made, ast.Call):
        return None
    parts = dotted(made.func)
    if parts is not None and parts[-1] in _RESULTS:
        origin = project.lookup.find(Place(made.func, end.scope, end.module)).origin
        is_result = origin is not None and origin.startswith("celery.result.")
        return Wait(module, site, site.function) if is_result else None
    if not isinstance(made.func, ast.Attribute) or made.func.attr not in _STARTS:
        return None
    if made.func.attr == "send_task":
        return Wait(module, site, site.function, None, made) if _is_app(project, end) else None
    target = project.target_at(Place(made.func.value, end.scope, end.module))
    known = target.kind in ("task", "signature", "canvas")
    return Wait(module, site, site.function, target, made) if known else None


def _assigned(site: Site, name: str) -> list[ast.expr | None]:
    scope = site.scope
    while name not in scope.bindings and scope.parent is not None:
        scope = scope.parent
    return scope.values.get(name, [])


def _is_app(project: Project, place: Place) -> bool:
    call = place.node
    assert isinstance(call, ast.Call)
    assert isinstance(call.func, ast.Attribute)
    held = Place(call.func.value, place.scope, place.module)
    origin = project.lookup.find(held).origin if dotted(held.node) else None
    return origin is not None and project.is_app(origin)


def ignores_result(project: Project, task: Task) -> bool:
    """Whether a task stores no result: by its own option, or by the only setting."""
    option = task.option("ignore_result")
    if option is not None:
        return conf.is_true(option)
    if task.has_unknown_options or task.has_unknown_base:
        return False
    given = [setting.value for _, setting in conf.settings(project, "task_ignore_result")]
    return bool(given) and all(map(conf.is_true, given))
