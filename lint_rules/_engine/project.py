"""Several files together: what a name imported from another file really is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import libcst as cst

from lint_rules._engine.facts import (
    ConfigLoad,
    Edit,
    Finding,
    Fix,
    Ref,
    Send,
    Task,
    TaskCandidate,
)
from lint_rules._engine.module import Module, Names
from lint_rules._engine.names import Binding

_SAFE = frozenset({"celery_safe.SafeCelery", "celery_safe.app.SafeCelery"})
_PLAIN = frozenset({"celery.Celery", "celery.app.Celery", "celery.app.base.Celery"})
_SHARED = frozenset({"celery.shared_task", "celery.app.shared_task"})
_CURRENT = frozenset({"celery.current_app", "celery._state.current_app"})


class Project:
    """The modules of one run, and the questions that rules ask about them."""

    def __init__(self, modules: Sequence[Module], others: Sequence[Names] = ()) -> None:
        self.modules = modules
        self._by_name: dict[tuple[str, ...], Names] = {}
        self._by_end: dict[tuple[str, ...], list[Names]] = {}
        for names in (*others, *modules):
            self._by_name[names.name] = names
            path = names.path.absolute().with_suffix("").parts
            path = path[:-1] if path[-1] == "__init__" else path
            for length in range(2, min(len(path), 8) + 1):
                self._by_end.setdefault(path[-length:], []).append(names)
        self._canonical: dict[str, str] = {}
        self._has_safe_app = any(
            self.canonical(call.callee) in _SAFE for m in modules for call in m.calls
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

    def in_transaction(self, send: Send) -> bool:
        """Whether a send stands inside ``transaction.atomic``, or a context manager around it."""
        return send.atomic or any(self._wraps_atomic(origin) for origin in send.contexts)

    def _wraps_atomic(self, origin: str) -> bool:
        found = self.definition(origin)
        return found is not None and found[1] in found[0].atomic_wrappers

    def config_loads(self) -> list[ConfigLoad]:
        """Every ``config_from_object`` call."""
        return [load for m in self.modules for load in m.config_loads]

    def names_tasks_itself(self) -> bool:
        """Whether the project overrides ``gen_task_name``, so that names do not follow modules."""
        return any(m.defines_gen_task_name for m in self.modules)

    def imports_longer(self, name: str) -> bool:
        """Whether some file imports a module by a longer name that ends in ``name``."""
        end = "." + name
        return any(
            dotted.endswith(end) or f"{end}." in dotted
            for m in (*self.modules, *self._by_name.values())
            for b in m.bindings.values()
            if b.kind == "import" and b.origin and (dotted := ".".join(b.origin))
        )

    def calls_of(self, *origins: str) -> Iterator[tuple[Module, cst.Call]]:
        """Every call whose callee is one of ``origins``, through any re-export."""
        for module in self.modules:
            for call in module.calls:
                if self.canonical(call.callee) in origins:
                    yield module, call.call

    def app_calls(self) -> Iterator[tuple[Module, cst.Call]]:
        """Every ``Celery(...)`` and ``SafeCelery(...)``."""
        return self.calls_of(*_SAFE, *_PLAIN)

    def reads_attribute(self, name: str) -> bool:
        """Whether any file that speaks of Celery reads ``.name`` or has the string ``"name"``."""
        return any(name in m.attributes_read for m in self.modules)

    def canonical(self, origin: str) -> str:
        """Follow imports between the project's files to where a name is really defined."""
        if origin not in self._canonical:
            self._canonical[origin] = self._follow(origin)
        return self._canonical[origin]

    def _follow(self, origin: str) -> str:
        for _ in range(20):
            found = self._definition(origin)
            if found is None:
                return origin
            module, name, binding, rest = found
            if binding.kind == "import" and binding.origin:
                following = ".".join((*binding.origin, *rest))
            elif binding.kind == "alias" and binding.origin:
                following = self._in_module(module, (*binding.origin, *rest))
            else:
                return ".".join((*module.name, name, *rest))
            if following == origin:
                return origin
            origin = following
        return origin

    def definition(self, origin: str) -> tuple[Names, str, Binding] | None:
        """The module, name and binding behind a canonical origin, if it is the project's."""
        found = self._definition(self.canonical(origin))
        return found[:3] if found and not found[3] else None

    def _definition(self, origin: str) -> tuple[Names, str, Binding, tuple[str, ...]] | None:
        parts = tuple(origin.split("."))
        for cut in range(len(parts) - 1, 0, -1):
            module = self._module(parts[:cut])
            if module and (binding := module.bindings.get(parts[cut])):
                return module, parts[cut], binding, parts[cut + 1 :]
        return None

    def _module(self, name: tuple[str, ...]) -> Names | None:
        if name in self._by_name:
            return self._by_name[name]
        # Folders without __init__.py: the end of the path tells, if only one file has it.
        fits = self._by_end.get(name, [])
        return fits[0] if len(fits) == 1 else None

    def _in_module(self, module: Names, parts: tuple[str, ...]) -> str:
        binding = module.bindings.get(parts[0])
        if binding is None:
            return ".".join(parts)
        return ".".join((module.origin(binding, parts[0]), *parts[1:]))

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
            outside = self._definition(origin) is None and "celery" in origin.lower()
            return self._has_safe_app if outside else None
        module, _, binding = found
        if binding.kind == "call" and binding.origin:
            return self._made_by(self._in_module(module, binding.origin))
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
            candidate.is_top_level, candidate.others,
        )  # fmt: skip


def insert(module: Module, node: cst.CSTNode, content: str, *, at_end: bool = True) -> Edit:
    """An edit that inserts ``content`` right after ``node``, or before it."""
    where = module.position(node)
    place = where.end if at_end else where.start
    return Edit(place.line, place.column + 1, place.line, place.column + 1, content)


def finding(
    module: Module,
    node: cst.CSTNode,
    rule: tuple[str, str],
    message: str,
    fix: Fix | None = None,
) -> Finding:
    """A finding of ``rule`` (code, name) at ``node``."""
    where = module.position(node)
    return Finding(
        str(module.path),
        where.start.line,
        where.start.column + 1,
        where.end.line,
        where.end.column + 1,
        rule[0],
        rule[1],
        message,
        fix,
    )
