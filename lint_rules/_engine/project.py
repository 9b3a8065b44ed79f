"""Several files together: what a name imported from another file really is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from lint_rules._engine import celery_version, pass_through
from lint_rules._engine.apps import PLAIN, SAFE, Apps
from lint_rules._engine.beat import BeatEntry
from lint_rules._engine.called import Called
from lint_rules._engine.celery_version import CeleryVersion
from lint_rules._engine.facts import (
    Arg,
    Call,
    ConfigLoad,
    Context,
    Function,
    Passed,
    Send,
    Setting,
    Site,
    Task,
    Unchecked,
)
from lint_rules._engine.files import speaks
from lint_rules._engine.folding import spread
from lint_rules._engine.house import House
from lint_rules._engine.index import Index
from lint_rules._engine.lookup import Lookup, Place
from lint_rules._engine.module import Module
from lint_rules._engine.names import Binding
from lint_rules._engine.placing import finding as finding
from lint_rules._engine.placing import insert as insert
from lint_rules._engine.placing import tuple_of_one as tuple_of_one
from lint_rules._engine.resolve import Resolver
from lint_rules._engine.schedules import Schedules
from lint_rules._engine.settings import loads, settings
from lint_rules._engine.started import CALLED
from lint_rules._engine.suppress import Ignores
from lint_rules._engine.target import Target
from lint_rules._engine.targets import Targets
from lint_rules._engine.task_names import TaskNames
from lint_rules._engine.tasks import Tasks
from lint_rules._engine.transactions import Chain, Transactions

if TYPE_CHECKING:
    from lint_rules._engine.compare import Comparison


class Project:
    """The modules of one run, and the questions that rules ask about them.

    Args:
        decorators: the dotted names of decorators that make tasks, besides those that are found.
        house: the rules of the house, none by default.
    """

    def __init__(
        self,
        modules: Sequence[Module],
        index: Index,
        decorators: Sequence[str] = (),
        house: House | None = None,
    ) -> None:
        self.modules = modules
        self.ignores = Ignores(modules, (), ())
        self.house = house or House()
        self.unchecked: Sequence[Unchecked] = ()
        self.unseen: Sequence[Unchecked] = ()
        self.celery_version = ""
        self.compared: Comparison | None = None
        self._index = index
        self._resolver = Resolver(index)
        self._called = Called(modules, self._resolver.canonical)
        self.uses_safe_celery = next(self.calls_of(*SAFE), None) is not None
        self.apps = Apps(self._resolver, has_safe_app=self.uses_safe_celery)
        self.lookup = Lookup(self._resolver)
        self._tasks = list(Tasks(self._resolver, self.apps, self.lookup, decorators).of(modules))
        self._task_at: dict[str, list[tuple[Module, Task]]] = {}
        for module, task in self._tasks:
            if task.is_top_level:
                name = ".".join((*module.name, task.name))
                self._task_at.setdefault(name, []).append((module, task))
        self.schedules = Schedules(modules, self._resolver, self.lookup)
        overrides = [function for m in modules for function in m.gen_task_names]
        self._names = TaskNames(self._tasks, self.lookup, overrides, self.definition)
        self._targets = Targets(
            self.lookup, self._resolver, self._task_at, self._tasks, self.names, self._every_send()
        )
        self._transactions = Transactions(
            modules, self.lookup, self._resolver, lambda send: self.target(send).kind != "unknown"
        )

    @cached_property
    def settings(self) -> list[tuple[Module, Setting]]:
        """Every setting, those among the arguments of an app too, with the file it is in."""
        return settings(self.modules, self.app_calls(), self._resolver, self.lookup)

    @cached_property
    def celery(self) -> CeleryVersion:
        """The version of Celery: as configured, or else from the project's requirements."""
        given = celery_version.parse(self.celery_version, "celery-version")
        return given or celery_version.find(m.path for m in self.modules)

    def names(self) -> dict[str, Task] | None:
        """Tasks by their names, as far as those are known.

        None if ``gen_task_name`` is overridden in a way that cannot be followed.
        """
        return self._names.by_name

    def name_of(self, task: Task) -> str | None:
        """The name of a task as Celery computes it; None if it is not to be seen."""
        return self._names.of(task)

    def hidden_name_of(self, task: Task) -> str | None:
        """The name that a decorator without ``wraps`` gives a task in place of its function's."""
        return self._names.hidden(task)

    def is_app(self, origin: str) -> bool:
        """Whether a Celery app stands at a dotted name."""
        return self.apps.kind_of(origin) is not None

    def others_with(self, pattern: re.Pattern[bytes], word: bytes = b"") -> Iterator[Module]:
        """The files that say nothing of Celery, but have both; they are not in ``modules``."""
        return self._index.others_with(pattern, word)

    def files_with(self, pattern: re.Pattern[bytes]) -> Iterator[tuple[str, ...]]:
        """The names of all files of the run that have the pattern, whatever they are about."""
        yield from (m.name for m in self.modules if pattern.search(m.text.encode()))
        yield from self._index.silent_with(pattern)

    def tasks(self) -> Iterator[tuple[Module, Task]]:
        """Every task with the module it is in."""
        return iter(self._tasks)

    def sends(self) -> Iterator[tuple[Module, Send]]:
        """Every send, and every ``.s`` and ``.si`` of anything, with the module it is in."""
        return (
            (m, send)
            for m, send in self._every_send()
            if send.method != CALLED or self.target(send).kind != "unknown"
        )

    def _every_send(self) -> Iterator[tuple[Module, Send]]:
        return ((m, send) for m in self.modules for send in m.sends)

    def arguments_of(self, module: Module, send: Send | Call) -> tuple[Arg, ...]:
        """What a send, or another call, is given; ``**OPTIONS`` as what is in it, and constants for their names."""
        place = Place(send.call, send.scope or module.scope, module)
        return spread(self.lookup, place, send.arguments)

    def task_of(self, send: Send) -> Task | None:
        """The one task that is sent, if it is the project's and cannot be another."""
        found = self.target(send)
        return found.tasks[0] if found.kind == "task" and len(found.tasks) == 1 else None

    def target(self, send: Send) -> Target:
        """What is sent: a task, a signature or a canvas with its tasks, or why that is not known."""
        return self._targets.of(send)

    def target_at(self, place: Place) -> Target:
        """What an expression that may be a task, a signature or a canvas stands for."""
        return self._targets.at(place)

    def passed(self) -> Iterator[tuple[Module, Passed, Target]]:
        """Every send that is handed over, such as ``partial(task.delay, 1)``, and what it is for."""
        for module, passed in ((m, p) for m in self.modules for p in m.passed):
            yield module, passed, self._targets.at(Place(passed.node.value, passed.scope, module))

    def transaction(self, send: Send | Chain) -> Context | None:
        """The transaction in which a send stands: ``atomic``, a context manager around it, a session."""
        return self._transactions.around(send.contexts)

    def opens_transaction(self, context: Context) -> bool:
        """Whether a context manager or decorator opens a transaction."""
        return self._transactions.around((context,)) is not None

    def chains(self) -> Iterator[Chain]:
        """Every call inside a transaction that ends in the send of a known task."""
        return self._transactions.chains()

    def chain(self, module: Module, site: Site) -> Chain | None:
        """The chain from a call to the send of a known task that it ends in; None inside a transaction."""
        if self._transactions.around(site.contexts) is not None:
            return None
        return self._transactions.chain(site, module)

    def config_loads(self) -> list[ConfigLoad]:
        """Every ``config_from_object`` call."""
        return loads(self.modules, self.lookup)

    def names_tasks_itself(self) -> bool:
        """Whether the project overrides ``gen_task_name``, so that names do not follow modules."""
        return any(m.gen_task_names for m in self.modules)

    def files(self) -> Mapping[tuple[str, ...], Path]:
        """The files of the run by the names of their modules, one for each name."""
        return self._index.files()

    def paths(self) -> list[Path]:
        """Every file of the run, those without a word of Celery too."""
        return self._index.paths()

    def task_at(self, origin: str) -> Task | None:
        """The one task of a top-level function, by the dotted name of that, through any re-export."""
        found = self._task_at.get(self.canonical(origin), [])
        return found[0][1] if len(found) == 1 else None

    def modules_at(self, name: tuple[str, ...]) -> list[Module | None]:
        """The modules that may have this name, None for one that cannot be parsed."""
        return self._index.modules(name)

    def has_package(self, name: str) -> bool:
        """Whether the files of this run are, among others, of a package of this name."""
        return self._index.has_package(name)

    def sees_all(self) -> bool:
        """Whether nothing is known to be missing: all was parsed, and all imports are here."""
        return not self.unseen and not self._is_part

    @cached_property
    def _is_part(self) -> bool:
        return self._index.is_part()

    def imports_longer(self, name: str) -> bool:
        """Whether some file imports a module by a longer name that ends in ``name``."""
        parent = name.rpartition(".")[0]
        ends = [f".{name}\n", f".{name}.", *([f".{parent}\n"] if parent else [])]
        return any(end in self._imported_names for end in ends)

    @cached_property
    def _imported_names(self) -> str:
        """All in one text, since that is the fastest to look through."""
        return "".join(f"{name}\n" for name in self._index.imported())

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
        return self._called.of(*origins)

    def calls_on_commit(self) -> Iterator[tuple[Module, Call]]:
        """Every ``on_commit(...)`` of Django, and of a function of the project called like it."""
        return self._called.on_commit()

    def beat_entries(self) -> Iterator[tuple[Module, BeatEntry]]:
        """Every beat entry with the module it is in."""
        return iter(self.schedules)

    def task_of_entry(self, module: Module, entry: BeatEntry) -> Task | None:
        """The task of a beat entry, by what it refers to or by its name."""
        origin = entry.task_ref.origin
        task = self.task_at(origin.removesuffix(".name")) if origin else None
        name = None if task else self.schedules.task_name(module, entry)
        return (self.names() or {}).get(name) if name else task

    def app_calls(self) -> Iterator[tuple[Module, Call]]:
        """Every ``Celery(...)`` and ``SafeCelery(...)``."""
        return self.calls_of(*SAFE, *PLAIN)

    def reads_attribute(self, name: str) -> bool:
        """Whether any file reads ``.name`` or has the string ``"name"``."""
        if any(m.reads(name) for m in self.modules):
            return True
        word = name.encode()
        pattern = re.compile(rb"\.\s*%(w)s\b|([\"'])%(w)s\1" % {b"w": re.escape(word)})
        return not speaks(word) and any(True for _ in self._index.silent_with(pattern, word))

    def canonical(self, origin: str) -> str:
        """Follow imports between the project's files to where a name is really defined."""
        return self._resolver.canonical(origin)

    def is_own(self, origin: str) -> bool:
        """Whether a name is said to be in a file of the project, or brought there."""
        return self._resolver.is_own(origin)

    def origin_in(self, module: Module, parts: tuple[str, ...]) -> str:
        """The origin of a dotted name at the top level of a file."""
        return self._resolver.in_module(module, parts)

    def definition(self, origin: str) -> tuple[Module, str, Binding] | None:
        """The module, name and binding behind a canonical origin, if it is the project's."""
        return self._resolver.definition(origin)

    def keeps_parameters(self, origin: str) -> bool:
        """Whether a decorator leaves a function's parameters as they are."""
        found = self.definition(origin)
        if found is None:
            return self.canonical(origin) in pass_through.KNOWN
        function = found[0].scope.functions.get(found[1])
        return function is not None and pass_through.passes_on(function)

    def task_with(self, function: Function) -> Task | None:
        """The task that a function is."""
        return self._targets.task_with(function)
