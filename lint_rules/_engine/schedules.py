"""What is in the beat schedules of a project."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from lint_rules._engine.beat import BeatEntry
from lint_rules._engine.collect_schedules import TYPED, names_schedule
from lint_rules._engine.constants import text
from lint_rules._engine.lookup import Lookup, Place
from lint_rules._engine.module import Module
from lint_rules._engine.names import last_name
from lint_rules._engine.resolve import Resolver

_SIGNATURES = frozenset({"signature", "subtask", "Signature"})
_SCHEDULE = frozenset(
    {
        "celery_safe.schedule",
        "celery_safe.schedules.schedule",
        "celery_safe.schedules._entries.schedule",
    }
)


class Schedules:
    """The beat entries of some modules, and what their parts stand for."""

    def __init__(self, modules: Sequence[Module], resolver: Resolver, lookup: Lookup) -> None:
        self._modules = modules
        self._resolver = resolver
        self._lookup = lookup
        self._tables: set[str] | None = None

    def __iter__(self) -> Iterator[tuple[Module, BeatEntry]]:
        for module in self._with_tables():
            for entry in module.beat_entries:
                if entry.table != TYPED or self._is_typed(entry):
                    yield module, entry

    def _is_typed(self, entry: BeatEntry) -> bool:
        origin = entry.table_ref.origin
        return origin is not None and self._resolver.canonical(origin) in _SCHEDULE

    def _with_tables(self) -> Iterator[Module]:
        """The modules, and those of which a schedule is only imported."""
        seen = set(map(id, self._modules))
        yield from self._modules
        for origin in self._given():
            found = self._resolver.definition(origin)
            if found and id(found[0]) not in seen:
                seen.add(id(found[0]))
                yield found[0]

    def _given(self) -> set[str]:
        if self._tables is None:
            self._tables = {
                self._resolver.canonical(ref.origin)
                for m in self._modules
                for ref, _, _ in m.beat_tables
                if ref.origin
            }
        return self._tables

    def is_certain(self, module: Module, entry: BeatEntry) -> bool:
        """Whether it stands in a beat schedule for sure, not just looks like an entry."""
        if entry.table == TYPED:
            return True
        if entry.table == "add_periodic_task":
            return "elery" in module.text or ".on_after_" in module.text
        if names_schedule(entry.table):
            return True
        origins = {entry.table_ref.origin}
        if entry.inside is not None:
            origins.add(".".join((*module.name, entry.inside.name)))
            if any((n, f) == (entry.table, entry.inside) for _, n, f in module.beat_tables):
                return True
        return any(o and self._resolver.canonical(o) in self._given() for o in origins)

    def task_name(self, module: Module, entry: BeatEntry) -> str | None:
        """The name of its task, if that is a text or a constant."""
        task = entry.task
        if isinstance(task, ast.Call) and last_name(task.func) in _SIGNATURES and task.args:
            task = task.args[0]  # add_periodic_task(60, app.signature("shop.close"))
        return text(self._lookup, Place(task, entry.scope, module)) if task is not None else None
