"""Class-based tasks: ``class Charge(Task)`` with ``run``, registered by ``app.register_task(Charge())``."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import replace

from lint_rules._engine.apps import Apps
from lint_rules._engine.celery_facts.options import TASK_OPTIONS
from lint_rules._engine.facts import Arg, Function, Kind, Maker, Registration, Task
from lint_rules._engine.folding import folded, moved
from lint_rules._engine.lookup import Lookup
from lint_rules._engine.lookup import Place as At
from lint_rules._engine.module import Module
from lint_rules._engine.names import dotted
from lint_rules._engine.resolve import Resolver

_TASK = frozenset({"celery.Task", "celery.app.Task", "celery.app.task.Task", "celery.task.Task"})
_DEEPEST = 9
#: What makes a class run another thing than its ``run``, or get its options elsewhere.
_OWN_WAY = frozenset({"__call__", "__init_subclass__", "__new__"})
#: What may set options when a task is made.
_SETS = frozenset(
    {
        "__init__", "__init_subclass__", "__new__", "__getattr__", "__getattribute__", "bind",
        "on_bound", "annotate", "from_config",
        # As properties.
        "acks_late", "autoretry_for", "default_retry_delay", "expires", "ignore_result",
        "max_retries", "queue", "rate_limit", "reject_on_worker_lost", "retry_backoff",
        "retry_backoff_max", "retry_kwargs", "serializer", "soft_time_limit", "time_limit",
    }
)  # fmt: skip

Place = tuple[Module, ast.ClassDef]


class ClassTasks:
    """Finds the class-based tasks of one run."""

    def __init__(self, resolver: Resolver, apps: Apps, lookup: Lookup) -> None:
        self._resolver = resolver
        self._apps = apps
        self._lookup = lookup
        self._seen: set[int] = set()

    def of(self, module: Module) -> Iterator[tuple[Module, Task]]:
        """Those that a file registers, each with the file that its class is in."""
        for registration in module.registrations:
            place = self._class(registration.task.origin or registration.task.instance_of)
            if place is None or id(place[1]) in self._seen:
                continue
            is_safe = self._apps.kind(registration.app)
            if is_safe is None and self._ends_in_task(place):
                is_safe = self._apps.has_safe_app  # what takes a task is an app, whoever gave it
            if is_safe is None:
                continue
            self._seen.add(id(place[1]))
            task = self._task(place, registration, is_safe)
            if task is not None:
                yield place[0], task

    def above(self, origin: str) -> tuple[tuple[Arg, ...], bool]:
        """The attributes of a class and those above it, the nearest first; whether those are all."""
        if self._is_task(origin):
            return (), True
        place = self._class(origin)
        return self._attributes_of(place) if place else ((), False)

    def _attributes_of(self, place: Place) -> tuple[tuple[Arg, ...], bool]:
        chain, is_whole = self._chain(place)
        found = [
            Arg(
                folded(self._lookup, At(a.value, module.class_scopes[n.name], module)), a.node, name
            )
            for module, n in chain
            for name, a in _attributes(n, all_of_them=True).items()
            if n.name in module.class_scopes
        ]
        return tuple(found), is_whole and not any(_method(c, m) for _, c in chain for m in _SETS)

    def _class(self, origin: str | None) -> Place | None:
        found = self._resolver.definition(origin) if origin else None
        node = found[0].definitions.get(found[1]) if found else None
        return (found[0], node) if found and isinstance(node, ast.ClassDef) else None

    def _task(self, place: Place, registration: Registration, is_safe: bool) -> Task | None:
        _, node = place
        chain, is_whole = self._chain(place)
        run = next((f for _, c in chain if (f := _method(c, "run")) is not None), None)
        if run is None or not node.bases:
            return None
        app = self._resolver.canonical(registration.app.origin) if registration.app.origin else None
        kind = Kind(is_safe, app)
        is_own_way = any(_method(c, name) for _, c in chain for name in _OWN_WAY)
        is_named_above = any("name" in _attributes(c) for _, c in chain[1:])
        is_plain = is_whole and not is_own_way and not node.decorator_list
        own = _attributes(node)
        attributes, is_seen = self._attributes_of(place)
        values = {a.node: a.value for a in attributes}
        return Task(
            function=run if _method(node, "run") else _moved(run, node),
            decorator=node.bases[0],
            arguments=tuple(replace(a, value=values.get(a.node, a.value)) for a in own.values()),
            inherited=tuple(
                replace(a, value=moved(a.value, node.bases[0]))
                for a in attributes
                if a.node not in {b.node for b in own.values()}
            ),
            has_unknown_base=not is_seen,
            is_safe=is_safe,
            is_top_level=True,
            others=tuple(None for _ in run.decorator_list),
            app=app,
            maker=None
            if is_plain and not is_named_above
            else Maker(kind, is_opaque=not is_plain, keeps_name=False),
            definition=node,
        )

    def _chain(self, place: Place) -> tuple[list[Place], bool]:
        """The class and those above it, and whether it surely ends in Celery's Task alone."""
        chain, waiting, is_whole = [place], [place], True
        while waiting:
            module, node = waiting.pop(0)
            is_whole = is_whole and not node.keywords
            for base in node.bases:
                name = dotted(base)
                origin = self._resolver.in_module(module, name) if name else ""
                if self._is_task(origin):
                    continue
                above = self._class(origin) if origin else None
                if above is None or above in chain or len(chain) > _DEEPEST:
                    is_whole = False
                else:
                    chain.append(above)
                    waiting.append(above)
        return chain, is_whole

    def _ends_in_task(self, place: Place) -> bool:
        """Whether the class, or one above it, has Celery's own as a base."""
        names = [(module, dotted(base)) for module, c in self._chain(place)[0] for base in c.bases]
        return any(
            self._is_task(self._resolver.in_module(module, name)) for module, name in names if name
        )

    def _is_task(self, origin: str) -> bool:
        """Whether it is Celery's own class: ``celery.Task``, or the ``Task`` of an app."""
        origin = self._resolver.canonical(origin)
        app, _, last = origin.rpartition(".")
        return origin in _TASK or (last == "Task" and self._apps.kind_of(app) is not None)


def _attributes(node: ast.ClassDef, *, all_of_them: bool = False) -> dict[str, Arg]:
    """The task options that a class gives in its body, or as keywords above it."""
    found = {k.arg: Arg(k.value, k, k.arg) for k in node.keywords if k.arg in TASK_OPTIONS}
    for statement in node.body:
        if isinstance(statement, ast.Assign):
            target, value = statement.targets[0], statement.value
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            target, value = statement.target, statement.value
        else:
            continue
        if isinstance(target, ast.Name) and (all_of_them or target.id in TASK_OPTIONS):
            found[target.id] = Arg(value, value, target.id)
    return {name: arg for name, arg in found.items() if name is not None}


def _method(node: ast.ClassDef, name: str) -> Function | None:
    return next((n for n in node.body if isinstance(n, Function) and n.name == name), None)


def _moved(run: Function, node: ast.ClassDef) -> Function:
    """An inherited ``run``, standing where the class that has it stands."""
    moved = copy.deepcopy(run)
    for inner in ast.walk(moved):
        if hasattr(inner, "lineno"):
            ast.copy_location(inner, node.bases[0])
    return moved
