"""Transactions: what opens one, and which sends it reaches through calls."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass
from functools import cached_property

from lint_rules._engine import guards
from lint_rules._engine.committing import commits
from lint_rules._engine.facts import Context, Function, Send, Site
from lint_rules._engine.lookup import Found, Lookup, Place
from lint_rules._engine.module import Module
from lint_rules._engine.names import Scope, last_name
from lint_rules._engine.resolve import Resolver
from lint_rules._engine.started import CALLED

_ATOMIC = frozenset(
    {
        "django.db.transaction.atomic", "django.db.transaction.Atomic",
        # Before Django 1.8.
        "django.db.transaction.commit_on_success",
    }
)  # fmt: skip
#: How many calls are followed from the transaction to the send.
FARTHEST = 3
_SENDS = frozenset({"delay", "apply_async", "send_task", CALLED})
#: Names of decorators that may run the function later, or elsewhere.
_LATER = re.compile(
    r"commit|defer|async|background|thread|delay|later|lazy|debounce|merge", re.IGNORECASE
)


@dataclass(frozen=True, eq=False)
class Chain:
    """A call inside a transaction, the names of the functions that it goes through, and the send."""

    module: Module
    call: ast.Call
    contexts: tuple[Context, ...]
    functions: tuple[str, ...]
    send: Send
    send_module: Module


_Reach = tuple[tuple[str, ...], Send, Module]


class Transactions:
    """The transactions of one run.

    Args:
        is_task: whether a send is of something that is known to be a task.
    """

    def __init__(
        self,
        modules: Sequence[Module],
        lookup: Lookup,
        resolver: Resolver,
        is_task: Callable[[Send], bool],
    ) -> None:
        self._modules = modules
        self._lookup = lookup
        self._resolver = resolver
        self._is_task = is_task
        self._homes: dict[int, tuple[Function, Module]] = {}
        self._sends: dict[int, list[Send]] = {}
        self._reached: dict[tuple[object, ...], _Reach | None] = {}

    def around(self, contexts: Sequence[Context]) -> Context | None:
        """The innermost of ``contexts`` that is a transaction."""
        return next((c for c in reversed(contexts) if self._is_atomic(c)), None)

    def _is_atomic(self, context: Context, depth: int = 0) -> bool:
        if context.is_session:
            return True
        if context.is_elsewhere or not context.ref.origin:
            return False
        origin = self._resolver.canonical(context.ref.origin)
        if origin in _ATOMIC:
            return True
        found = self._resolver.definition(origin)
        if found is not None and context.is_written and self._commits(*found[:2]):
            return True
        opened = found[0].context_managers.get(found[1], []) if found else []
        return depth < 3 and any(self._is_atomic(inner, depth + 1) for inner in opened)

    def _commits(self, module: Module, name: str) -> bool:
        definition = module.definitions.get(name)
        return definition is not None and commits(definition)

    def chains(self) -> Iterator[Chain]:
        """Every call inside a transaction that ends in a send, up to three calls away."""
        for module, site in _sites_of(self._modules, self._sender_names):
            if site.contexts and self.around(site.contexts) is not None:
                chain = self.chain(site, module)
                if chain is not None:
                    yield chain

    def chain(self, site: Site, module: Module) -> Chain | None:
        """The chain from a call to a send that it ends in, if it is made at once."""
        if last_name(site.call.func) not in self._sender_names or _is_deferred(site.scope):
            return None
        reach = self._through(site, module, frozenset({id(site.function)}), {})
        return None if reach is None else Chain(module, site.call, site.contexts, *reach)

    @cached_property
    def _sender_names(self) -> set[str]:
        self._find_senders()
        return sender_names(self._modules)

    def _find_senders(self) -> None:
        for module in self._modules:
            for send in module.sends:
                if send.inside is not None and self._leaves_at_once(send):
                    self._sends.setdefault(id(send.inside), []).append(send)
            for sites in module.sites.values():
                function = sites[0].function
                self._homes[id(function)] = (function, module)

    def _leaves_at_once(self, send: Send) -> bool:
        return (
            send.method in _SENDS
            and send.scope is not None
            and not _is_deferred(send.scope)
            and self.around(send.contexts) is None
            and self._is_task(send)
        )

    def _through(
        self, site: Site, module: Module, seen: frozenset[int], values: guards.Known
    ) -> _Reach | None:
        function = self._callee(site, module)
        if function is None or id(function) in seen or id(function) not in self._homes:
            return None
        given = guards.known(function, site.call, values)
        # With the distance, or how far is followed would depend on what was asked before.
        constants = sorted((name, repr(c.value)) for name, c in given.items())
        key = (id(function), len(seen), *constants)
        if key not in self._reached:
            self._reached[key] = self._reach(function, seen | {id(function)}, given)
        return self._reached[key]

    def _reach(
        self, function: Function, seen: frozenset[int], values: guards.Known
    ) -> _Reach | None:
        """The first send that a function makes before it returns, called with these values."""
        module = self._homes[id(function)][1]
        sites = module.sites[function]
        if any(self._runs_later(d, module) for d in function.decorator_list):
            return None
        if any("commit" in last_name(site.call.func) for site in sites):
            return None  # it knows about transactions, and sends at once only without one
        for send in self._sends.get(id(function), ()):
            if guards.comes_to(function, send.call, values):
                return (function.name,), send, module
        for site in sites if len(seen) <= FARTHEST else ():
            if _is_deferred(site.scope) or self.around(site.contexts) is not None:
                continue
            reach = self._through(site, module, seen, values)
            if reach is not None and guards.comes_to(function, site.call, values):
                return ((function.name, *reach[0]), *reach[1:])
        return None

    def _callee(self, site: Site, module: Module) -> Function | None:
        func = site.call.func
        if isinstance(func, ast.Name):
            return self._lookup.find(Place(func, site.scope, module)).function
        if not isinstance(func, ast.Attribute):
            return None
        if not isinstance(func.value, ast.Call):
            found = self._lookup.find(Place(func, site.scope, module))
            if found.function is not None and not found.is_self:
                return found.function
        elif isinstance(func.value.func, ast.Name) and func.value.func.id == "super":
            owner = _owner(site.scope)
            above = self._lookup.above(owner, func.attr, module) if owner else None
            return above.function if above else None
        ends = list(self._lookup.ends(Place(func.value, site.scope, module)))
        if len(ends) != 1 or isinstance(ends[0], Found) or not isinstance(ends[0].node, ast.Call):
            return None
        made = ends[0].node.func
        if not isinstance(made, ast.Name | ast.Attribute):
            return None
        home = self._lookup.find(Place(made, ends[0].scope, ends[0].module)).origin
        return self._lookup.at(f"{home}.{func.attr}").function if home else None

    def _runs_later(self, decorator: ast.expr, module: Module) -> bool:
        """Whether a decorator's name says so, or the file of the project that has it sends or waits."""
        node = decorator.func if isinstance(decorator, ast.Call) else decorator
        if not isinstance(node, ast.Name | ast.Attribute) or _LATER.search(last_name(node)):
            return True
        origin = self._lookup.find(Place(node, module.scope, module)).origin
        found = self._resolver.definition(origin) if origin else None
        return found is not None and "on_commit" in found[0].text


def _sites_of(modules: Sequence[Module], names: set[str]) -> Iterator[tuple[Module, Site]]:
    """The calls in functions of what has one of these names, file by file as they stand there."""
    for module in modules:
        sites = (s for n in names & module.sites_by_name.keys() for s in module.sites_by_name[n])
        for site in sorted(sites, key=lambda site: (site.call.lineno, site.call.col_offset)):
            yield module, site


def sender_names(modules: Sequence[Module]) -> set[str]:
    """Names of the functions that send, or call one that may: no other needs to be looked up."""
    fresh = {
        site.function.name
        for module in modules
        for name in _SENDS & module.sites_by_name.keys()
        for site in module.sites_by_name[name]
        if not _is_deferred(site.scope)
    } | {s.inside.name for m in modules for s in m.sends if s.method == CALLED and s.inside}
    names: set[str] = set()
    for _ in range(FARTHEST - 1):
        fresh = _with_other_names(fresh, modules)
        names |= fresh
        callers = {
            site.function.name
            for module in modules
            for name in fresh & module.sites_by_name.keys()
            for site in module.sites_by_name[name]
        }
        fresh = callers - names
    return names | _with_other_names(fresh, modules)


def _with_other_names(names: set[str], modules: Sequence[Module]) -> set[str]:
    known: set[str] = set()
    while names > known:
        known = names
        names = names.union(*(module.other_names(names) for module in modules))
    return names


def homes_of_senders(modules: Sequence[Module]) -> dict[str, set[str]]:
    """Those that other files may call, with the names of their classes; "" is the top level."""
    names = sender_names(modules)
    homes: dict[str, set[str]] = {}
    for module in modules:
        every: dict[str, Set[str]] = {
            home: scope.functions.keys() for home, scope in module.class_scopes.items()
        }
        every[""] = module.scope.functions.keys() | module.other_names(names)
        for home, own in every.items():
            for name in names & own:
                if not name.startswith("test_"):
                    homes.setdefault(name, set()).add(home)
    return homes


def _is_deferred(scope: Scope) -> bool:
    inner: Scope | None = scope
    while inner is not None and inner.function is None:
        if inner.is_lambda:
            return True
        inner = inner.parent
    return False


def _owner(scope: Scope) -> Scope | None:
    inner: Scope | None = scope
    while inner is not None and inner.function is None:
        inner = inner.parent
    return inner.owner if inner is not None else None
