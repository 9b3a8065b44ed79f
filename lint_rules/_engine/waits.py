"""Places where code waits for the result of a task."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from lint_rules._engine import conf
from lint_rules._engine.facts import Function, Site, Task
from lint_rules._engine.lookup import Found, Place
from lint_rules._engine.module import Module
from lint_rules._engine.names import Scope, dotted
from lint_rules._engine.project import Project
from lint_rules._engine.started import may_be_canvas
from lint_rules._engine.target import Target

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
    value = func.value
    if isinstance(value, ast.Name):
        looped = _looped(site, value.id)
        if looped:
            return _first_of(project, module, site, looped)
        if not any(isinstance(v, ast.Call) for v in _assigned(site, value.id)):
            return None
    elif not isinstance(value, ast.Call | ast.NamedExpr):
        return None
    return _started(project, module, site, Place(value, site.scope, module))


def _first_of(project: Project, module: Module, site: Site, looped: list[ast.expr]) -> Wait | None:
    """``r.get() for r in [add.delay(n) for n in range(3)]``, or of a name for such a list."""
    for node in looped:
        for end in project.lookup.ends(Place(node, site.scope, module)):
            if isinstance(end, Place) and isinstance(end.node, ast.ListComp | ast.GeneratorExp):
                found = _started(project, module, site, Place(end.node.elt, end.scope, end.module))
                if found is not None:
                    return found
    return None


def _started(project: Project, module: Module, site: Site, place: Place) -> Wait | None:
    """The wait for what an expression has sent."""
    ends = list(project.lookup.ends(place))
    if len(ends) != 1 or isinstance(ends[0], Found):
        return None
    end = ends[0]
    made = end.node
    if not isinstance(made, ast.Call):
        return None
    if isinstance(made.func, ast.Call):  # group(...)(), chord(...)(body)
        sent = project.target_at(Place(made.func, end.scope, end.module))
        return Wait(module, site, site.function, sent, made) if sent.kind == "canvas" else None
    parts = dotted(made.func)
    if parts is not None and parts[-1] in _RESULTS:
        origin = project.lookup.find(Place(made.func, end.scope, end.module)).origin
        is_result = origin is not None and (
            origin.startswith("celery.result.") or _has_results(project, origin.rpartition(".")[0])
        )
        return Wait(module, site, site.function) if is_result else None
    if not isinstance(made.func, ast.Attribute) or made.func.attr not in _STARTS:
        is_called = may_be_canvas(made.func, end.scope)
        target = project.target_at(Place(made.func, end.scope, end.module)) if is_called else None
        is_canvas = target is not None and target.kind == "canvas"
        return Wait(module, site, site.function, target, made) if is_canvas else None
    if made.func.attr == "send_task":
        is_sent = _is_app(project, end) or _is_own_app(project, site, made.func.value)
        return Wait(module, site, site.function, None, made) if is_sent else None
    target = project.target_at(Place(made.func.value, end.scope, end.module))
    known = target.kind in ("task", "signature", "canvas")
    return Wait(module, site, site.function, target, made) if known else None


def _looped(site: Site, name: str) -> list[ast.expr]:
    """What a loop or comprehension takes the values of a name from."""
    scope: Scope | None = site.scope
    while scope is not None and name not in scope.bindings:
        scope = scope.parent
    found = [taken for taken, _ in scope.loops.get(name, [])] if scope is not None else []
    # Of two loops with one name nobody tells which it is.
    return found if len(found) == 1 else []


def _assigned(site: Site, name: str) -> list[ast.expr | None]:
    scope = site.scope
    while name not in scope.bindings and scope.parent is not None:
        scope = scope.parent
    return scope.values.get(name, [])


def _has_results(project: Project, owner: str) -> bool:
    """Whether it is an app, or a task: both have ``AsyncResult``."""
    return project.is_app(owner) or project.task_at(owner) is not None


def _is_own_app(project: Project, site: Site, node: ast.expr) -> bool:
    """Whether it is ``self.app`` of a bound task."""
    task = project.task_with(site.function)
    own = (task.self_name, "app") if task is not None else None
    return own is not None and dotted(node) == own


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
