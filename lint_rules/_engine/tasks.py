"""Which functions are tasks."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence

from lint_rules._engine.apps import Apps
from lint_rules._engine.class_tasks import ClassTasks
from lint_rules._engine.collect_tasks import METHODS
from lint_rules._engine.facts import Arg, Kind, Maker, Task, TaskCandidate
from lint_rules._engine.folding import moved, spread
from lint_rules._engine.lookup import Lookup, Place
from lint_rules._engine.makers import Makers
from lint_rules._engine.module import Module
from lint_rules._engine.names import dotted
from lint_rules._engine.resolve import Resolver

_SHARED = frozenset(
    {
        "celery.shared_task", "celery.app.shared_task",
        # Before Celery 5.
        "celery.task", "celery.task.task", "celery.task.base.task", "celery.decorators.task",
        "celery.task.periodic_task", "celery.task.base.periodic_task",
        "celery.decorators.periodic_task",
    }
)  # fmt: skip


class Tasks:
    """Finds the tasks of one run.

    Args:
        lookup: tells what constants stand for.
        decorators: the dotted names of decorators that make tasks, besides those that are found.
    """

    def __init__(
        self, resolver: Resolver, apps: Apps, lookup: Lookup, decorators: Sequence[str] = ()
    ) -> None:
        self._resolver = resolver
        self._apps = apps
        self._lookup = lookup
        self._classes = ClassTasks(resolver, apps, lookup)
        self._makers = Makers(resolver, lookup, self._kind, decorators)

    def of(self, modules: Iterable[Module]) -> Iterator[tuple[Module, Task]]:
        """Every task with the module it is in."""
        modules = list(modules)
        own = {id(module) for module in modules}
        for module in modules:
            last = None
            for candidate in module.candidates:
                task = self._task(module, candidate)
                if task is not None and task.function is not last:
                    last = task.function
                    yield module, task
            yield from ((m, t) for m, t in self._classes.of(module) if id(m) in own)

    def _task(self, module: Module, candidate: TaskCandidate) -> Task | None:
        ref = candidate.decorator_ref
        kind: Kind | None = None
        maker: Maker | None = None
        if candidate.is_method_of_app:
            is_safe = self._apps.kind(ref)
            if is_safe is not None:
                app = self._resolver.canonical(ref.origin) if ref.origin else None
                kind = Kind(is_safe, app)
                maker = _periodic(candidate, kind)
        elif ref.origin:
            kind = self._kind(ref.origin)
        if kind is None and ref.origin:
            maker = self._makers.of(
                f"{ref.origin}.task" if candidate.is_method_of_app else ref.origin
            )
            kind = maker.kind if maker else None
        if kind is None:
            return None
        forwards = maker is None or maker.forwards
        given = self._spread(module, candidate) if forwards else ()
        inherited, is_whole = self._inherited(module, given, maker)
        return Task(
            function=candidate.function,
            decorator=candidate.decorator,
            arguments=given,
            is_safe=kind.is_safe,
            is_top_level=candidate.is_top_level,
            others=tuple(ref.origin for ref in candidate.others),
            app=kind.app,
            within=candidate.within,
            is_shared=kind.app is None and not candidate.is_method_of_app,
            maker=maker,
            inherited=inherited,
            has_unknown_base=not is_whole,
        )

    def _spread(self, module: Module, candidate: TaskCandidate) -> tuple[Arg, ...]:
        around = candidate.within[-1] if candidate.within else None
        scope = module.scopes.get(around, module.scope) if around else module.scope
        place = Place(candidate.decorator, scope, module)
        return spread(self._lookup, place, candidate.arguments)

    def _inherited(
        self, module: Module, given: tuple[Arg, ...], maker: Maker | None
    ) -> tuple[tuple[Arg, ...], bool]:
        """What the class of ``base=`` has, and whether all of it is to be seen."""
        base = next((a for a in given if a.keyword == "base"), None)
        if base is None:
            made = maker.options if maker is not None else ()
            return (), not any(a.keyword == "base" for a in made)
        name = dotted(base.value)
        if name is None:
            return (), False
        found, is_whole = self._classes.above(self._resolver.in_module(module, name))
        return tuple(Arg(moved(a.value, base.value), base.node, a.keyword) for a in found), is_whole

    def _kind(self, origin: str) -> Kind | None:
        """A decorator of Celery: ``shared_task``, or the ``task`` of an app."""
        origin = self._resolver.canonical(origin)
        if origin in _SHARED:
            return Kind(self._apps.has_safe_app)
        app, _, name = origin.rpartition(".")
        if name not in METHODS or not app:
            return None
        is_safe = self._apps.kind_of(app)
        return None if is_safe is None else Kind(is_safe, self._resolver.canonical(app))


def _periodic(candidate: TaskCandidate, kind: Kind) -> Maker | None:
    """What ``app.periodic_task`` is: the options of its schedule stand among those of the task."""
    node = candidate.decorator
    func = node.func if isinstance(node, ast.Call) else node
    is_periodic = isinstance(func, ast.Attribute) and func.attr == "periodic_task"
    return Maker(kind, forwards=True, is_opaque=True) if is_periodic else None
