"""Several files together: what a name imported from another file really is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from functools import cached_property

from lint_rules._engine.facts import (
    Call,
    ConfigLoad,
    Context,
    Edit,
    Finding,
    Fix,
    Ref,
    Send,
    Task,
    TaskCandidate,
)
from lint_rules._engine.index import Index
from lint_rules._engine.module import Module, Span
from lint_rules._engine.names import Binding
from lint_rules._engine.resolve import Resolver
from lint_rules._engine.suppress import Ignores

_SAFE = frozenset({"celery_safe.SafeCelery", "celery_safe.app.SafeCelery"})
_PLAIN = frozenset({"celery.Celery", "celery.app.Celery", "celery.app.base.Celery"})
_ATOMIC = frozenset({"django.db.transaction.atomic", "django.db.transaction.Atomic"})
_SHARED = frozenset(
    {
        "celery.shared_task", "celery.app.shared_task",
        # Before Celery 5.
        "celery.task", "celery.task.task", "celery.task.base.task", "celery.decorators.task",
    }
)  # fmt: skip
ON_COMMIT = re.compile(r"\.on_(\w+_)?commit$")
_CURRENT = frozenset({"celery.current_app", "celery._state.current_app"})


class Project:
    """The modules of one run, and the questions that rules ask about them."""

    def __init__(self, modules: Sequence[Module], index: Index) -> None:
        self.modules = modules
        self.ignores = Ignores(modules, (), ())
        self._index = index
        self._resolver = Resolver(index)
        self._has_safe_app = any(
            call.callee.origin is not None and self.canonical(call.callee.origin) in _SAFE
            for m in modules
            for call in m.calls
        )
        self._tasks = [(m, t) for m in modules for c in m.candidates if (t := self._task(c))]
        self._task_at: dict[str, list[tuple[Module, Task]]] = {}
        for module, task in self._tasks:
            if task.is_top_level:
                self._task_at.setdefault(".".join((*module.name, task.name)), []).append(
                    (module, task)
                )

    def tasks(self) -> Iterator[tuple[Module, Task]]:
        """Every task with the module it is in."""
        return iter(self._tasks)

    def sends(self) -> Iterator[tuple[Module, Send]]:
        """Every send, and every ``.s`` and ``.si`` of anything, with the module it is in."""
        return ((m, send) for m in self.modules for send in m.sends)

    def task_of(self, send: Send) -> Task | None:
        """The one task that is sent, if it is the project's and cannot be another."""
        if not send.receiver.origin:
            return None
        found = self._task_at.get(self.canonical(send.receiver.origin), [])
        return found[0][1] if len(found) == 1 else None

    def sends_json(self, send: Send) -> bool:
        """Whether the arguments go as JSON: nothing in the project, the task or the call says else."""
        task = self.task_of(send)
        written = [s.value for m in self.modules for s in m.settings if s.name == "task_serializer"]
        written += [a.value for a in send.arguments if a.keyword == "serializer"]
        if task is not None and "serializer" in task.options:
            written.append(task.options["serializer"].value)
        return all(isinstance(v, ast.Constant) and v.value == "json" for v in written)

    def in_transaction(self, send: Send) -> bool:
        """Whether a send stands inside ``transaction.atomic``, or a context manager around it."""
        return any(self._is_atomic(context) for context in send.contexts)

    def _is_atomic(self, context: Context, depth: int = 0) -> bool:
        if context.is_elsewhere or not context.ref.origin:
            return False
        origin = self.canonical(context.ref.origin)
        if origin in _ATOMIC:
            return True
        found = self.definition(origin)
        opened = found[0].context_managers.get(found[1], []) if found else []
        return depth < 3 and any(self._is_atomic(inner, depth + 1) for inner in opened)

    def config_loads(self) -> list[ConfigLoad]:
        """Every ``config_from_object`` call."""
        return [load for m in self.modules for load in m.config_loads]

    def names_tasks_itself(self) -> bool:
        """Whether the project overrides ``gen_task_name``, so that names do not follow modules."""
        return any(m.defines_gen_task_name for m in self.modules)

    def imports_longer(self, name: str) -> bool:
        """Whether some file imports a module by a longer name that ends in ``name``."""
        end = "." + name
        inside = end + "."
        # `from src.shop import tasks` imports src.shop.tasks by the name of its package.
        parent = end.rpartition(".")[0]
        return any(
            i.endswith(end) or inside in i or (parent and i.endswith(parent))
            for i in self._index.imported()
        )

    def imports_shorter(self, name: str) -> bool:
        """Whether some file imports a module of the same folders without the first of them.

        So it is where a package is itself on the path: ``shop.orders.tasks`` is then ``orders.tasks``.
        """
        parts = tuple(name.split("."))
        return any(
            self._index.module((*parts[:cut], *imported)) is not None
            for cut in range(1, len(parts))
            for imported in self._imported_below.get(parts[cut], ())
        )

    @cached_property
    def _imported_below(self) -> dict[str, list[tuple[str, ...]]]:
        """What is imported by a dotted name, under the first part of it."""
        found: dict[str, list[tuple[str, ...]]] = {}
        for name in self._index.imported():
            parts = tuple(name.split("."))
            if len(parts) > 1:
                found.setdefault(parts[0], []).append(parts)
        return found

    def calls_of(self, *origins: str) -> Iterator[tuple[Module, Call]]:
        """Every call whose callee is one of ``origins``, through any re-export."""
        for module in self.modules:
            for call in module.calls:
                if call.callee.origin and self.canonical(call.callee.origin) in origins:
                    yield module, call

    def calls_on_commit(self) -> Iterator[tuple[Module, Call]]:
        """Every ``on_commit(...)`` of Django, and of a function of the project called like it."""
        for module in self.modules:
            for call in module.calls:
                if call.callee.origin and ON_COMMIT.search(self.canonical(call.callee.origin)):
                    yield module, call

    def app_calls(self) -> Iterator[tuple[Module, Call]]:
        """Every ``Celery(...)`` and ``SafeCelery(...)``."""
        return self.calls_of(*_SAFE, *_PLAIN)

    def reads_attribute(self, name: str) -> bool:
        """Whether any file that speaks of Celery reads ``.name`` or has the string ``"name"``."""
        return any(m.reads(name) for m in self.modules)

    def canonical(self, origin: str) -> str:
        """Follow imports between the project's files to where a name is really defined."""
        return self._resolver.canonical(origin)

    def definition(self, origin: str) -> tuple[Module, str, Binding] | None:
        """The module, name and binding behind a canonical origin, if it is the project's."""
        return self._resolver.definition(origin)

    def is_app_class(self, origin: str, depth: int = 0) -> bool | None:
        """True for SafeCelery and its children, False for a plain Celery, None for neither."""
        origin = self.canonical(origin)
        if origin in _SAFE:
            return True
        if origin in _PLAIN:
            return False
        found = self.definition(origin)
        if found and depth < 9:
            module, name, _ = found
            for base in module.classes.get(name, []):
                kind = self.is_app_class(base.origin, depth + 1) if base.origin else None
                if kind is not None:
                    return kind
        return None

    def app_kind(self, ref: Ref) -> bool | None:
        """True for a SafeCelery app, False for a Celery app, None if it is no app."""
        if ref.instance_of:
            return self._made_by(ref.instance_of)
        if not ref.origin:
            return None
        origin = self.canonical(ref.origin)
        if origin in _CURRENT:
            return self._has_safe_app
        found = self.definition(origin)
        if found is None:
            # Imported from a file outside this run: believe a name that says "celery".
            outside = not self._resolver.is_own(origin) and "celery" in origin.lower()
            return self._has_safe_app if outside else None
        module, _, binding = found
        if binding.kind == "call" and binding.origin:
            return self._made_by(self._resolver.in_module(module, binding.origin))
        return None

    def _made_by(self, maker: str) -> bool | None:
        kind = self.is_app_class(maker)
        if kind is None and "celery" in self.canonical(maker).lower():
            return self._has_safe_app  # a factory such as make_celery()
        return kind

    def _task(self, candidate: TaskCandidate) -> Task | None:
        ref = candidate.decorator_ref
        if candidate.is_method_of_app:
            safe = self.app_kind(ref)
        elif ref.origin and self.canonical(ref.origin) in _SHARED:
            safe = self._has_safe_app
        else:
            return None
        if safe is None:
            return None
        return Task(
            candidate.function, candidate.decorator, candidate.arguments, safe,
            candidate.is_top_level, tuple(ref.origin for ref in candidate.others),
        )  # fmt: skip


Node = ast.expr | ast.stmt | ast.keyword | ast.arg


def insert(module: Module, node: Node, content: str, *, at_end: bool = True) -> Edit:
    """An edit that inserts ``content`` right after ``node``, or before it."""
    span = module.span(node)
    line, column = (span.end_line, span.end_column) if at_end else (span.line, span.column)
    return Edit(line, column, line, column, content)


def finding(
    module: Module,
    node: Node | Span,
    rule: tuple[str, str],
    message: str,
    fix: Fix | None = None,
) -> Finding:
    """A finding of ``rule`` (code, name) at ``node``."""
    span = node if isinstance(node, Span) else module.span(node)
    return Finding(
        str(module.path),
        span.line,
        span.column,
        span.end_line,
        span.end_column,
        *rule,
        message,
        fix,
    )
