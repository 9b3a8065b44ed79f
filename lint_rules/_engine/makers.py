"""Decorators of the project that make tasks: functions, classes and values that end in shared_task."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from lint_rules._engine.facts import Arg, Function, Kind, Maker, arguments
from lint_rules._engine.folding import spread
from lint_rules._engine.lookup import Lookup, Place
from lint_rules._engine.module import Module
from lint_rules._engine.names import dotted
from lint_rules._engine.resolve import Resolver
from lint_rules._engine.returns import imported_inside, local_values, parameters, returned

_DEEPEST = 9
Around = tuple[Function | ast.Lambda, ...]


@dataclass(frozen=True, eq=False)
class _At:
    """Where an expression stands: the functions around it, and the class of those."""

    module: Module
    around: Around = ()
    owner: ast.ClassDef | None = None
    depth: int = 0


class Makers:
    """Finds the decorators of one run that make tasks.

    Args:
        kind: what a dotted name is, if it is a task decorator of Celery.
        configured: more decorators that make tasks, by their dotted names.
    """

    def __init__(
        self,
        resolver: Resolver,
        lookup: Lookup,
        kind: Callable[[str], Kind | None],
        configured: Iterable[str] = (),
    ) -> None:
        self._resolver = resolver
        self._lookup = lookup
        self._kind = kind
        self._configured = frozenset(map(resolver.canonical, configured))
        self._known: dict[str, Maker | None] = {}

    def of(self, origin: str) -> Maker | None:
        """The maker at a dotted name; None if there is none."""
        origin = self._resolver.canonical(origin)
        if origin not in self._known:
            self._known[origin] = None  # what refers to itself makes nothing
            self._known[origin] = self._find(origin)
        return self._known[origin]

    def _find(self, origin: str) -> Maker | None:
        found = self._resolver.definition(origin)
        made = None
        if found is not None:
            module, name, _ = found
            node: ast.AST | None = module.definitions.get(name)
            if node is None:
                values = module.scope.values.get(name, [])
                node = values[0] if len(values) == 1 else None
            made = self._definition(node, _At(module)) if node is not None else None
        if made is None and origin in self._configured:
            kind = self._kind("celery.shared_task") or Kind(is_safe=False)
            return Maker(kind, forwards=True, wraps=True)
        return made

    def _definition(self, node: ast.AST, at: _At) -> Maker | None:
        if isinstance(node, ast.ClassDef):
            call = _method(node, "__call__")
            return self._function(call, replace(at, owner=node)) if call else None
        if isinstance(node, ast.FunctionDef):
            return self._function(node, at)
        return self._value(node, at) if isinstance(node, ast.Call) else None

    def _function(self, function: Function | ast.Lambda, at: _At) -> Maker | None:
        """What one of the values that a function returns makes."""
        inside = replace(at, around=(*at.around, function), depth=at.depth + 1)
        if inside.depth > _DEEPEST:
            return None
        return _first(self._value(value, inside) for value in returned(function))

    def _value(self, node: ast.AST, at: _At) -> Maker | None:
        if at.depth > _DEEPEST:
            return None
        if isinstance(node, ast.Lambda):
            return self._function(node, at)
        if isinstance(node, ast.IfExp):
            return _first(self._value(part, at) for part in (node.body, node.orelse))
        if isinstance(node, ast.Call):
            return self._call(node, replace(at, depth=at.depth + 1))
        name = dotted(node)
        if name is None:
            return None
        local = self._local(name, at)
        return local if local is not None else self._named(name, (), at)

    def _local(self, name: tuple[str, ...], at: _At) -> Maker | None:
        """What a function or value inside the functions around makes."""
        for n in range(len(at.around) if len(name) == 1 else 0, 0, -1):
            function = at.around[n - 1]
            found = local_values(function, name[0])
            inner = replace(at, around=at.around[:n], depth=at.depth + 1)
            if found:
                return _first(
                    self._nested(value, inner)
                    if isinstance(value, Function)
                    else self._value(value, inner)
                    for value in found
                )
            if name[0] in parameters(function):
                is_own = n == len(at.around) and isinstance(function, ast.FunctionDef)
                return self._registers(function, name[0], at) if is_own else None
        return None

    def _registers(self, function: Function | ast.Lambda, name: str, at: _At) -> Maker | None:
        """A function that gives back what it is given, and has a Celery app make a task of it."""
        kind = self._kind("celery.shared_task")
        for node in ast.walk(function):
            if not isinstance(node, ast.Call) or len(node.args) != 1 or kind is None:
                continue
            made, given = node.func, node.args[0]
            if (
                not isinstance(given, ast.Name)
                or given.id != name
                or not isinstance(made, ast.Call)
            ):
                continue
            held = made.func
            if (
                isinstance(held, ast.Attribute)
                and held.attr == "task"
                and _is_celery(held, function)
            ):
                stars = [a for a in arguments(made) if a.star == "**"]
                forwards = [a for a in stars if _is_handed_on(a.value, at)]
                own = tuple(a for a in arguments(made) if a.keyword)
                # What class its app makes tasks of is not to be seen: it may add arguments.
                return Maker(kind, own, bool(forwards), len(forwards) < len(stars), wraps=True)
        return None

    def _nested(self, function: Function, at: _At) -> Maker | None:
        """A function inside: a task itself, or one that returns a task."""
        for decorator in function.decorator_list:
            given = arguments(decorator) if isinstance(decorator, ast.Call) else ()
            callee = decorator.func if isinstance(decorator, ast.Call) else decorator
            name = dotted(callee)
            made = self._named(name, given, at) if name else None
            if made is not None:
                return replace(made, wraps=True, keeps_name=made.keeps_name and _wraps(function))
        return self._function(function, at)

    def _call(self, node: ast.Call, at: _At) -> Maker | None:
        name = dotted(node.func)
        if name is None:
            made = self._value(node.func, at)
            return self._applied(made, node, at)
        if at.owner is not None and len(name) == 2 and name[0] in ("self", "cls"):
            method = _method(at.owner, name[1])
            return self._function(method, replace(at, around=())) if method else None
        if name[-1] == "partial" and node.args:
            inner = dotted(node.args[0])
            made = self._named(inner, arguments(node)[1:], at) if inner else None
            # What is written where it is used goes the same way.
            is_celery = made is not None and self._kind(self._origin(inner or (), at) or "")
            return replace(made, forwards=True, takes=frozenset()) if made and is_celery else made
        local = self._local(name, at)
        if local is not None:
            return self._applied(local, node, at)
        made = self._named(name, arguments(node), at)
        return self._applied(made, node, at)

    def _applied(self, made: Maker | None, node: ast.Call, at: _At) -> Maker | None:
        """``made(inner)``: the task runs ``inner``, which may be another than the decorated function."""
        target = dotted(node.args[0]) if node.args else None
        if made is None or target is None or len(target) != 1:
            return made
        for function in reversed(at.around):
            inner = [f for f in local_values(function, target[0]) if isinstance(f, Function)]
            if inner:
                keeps = all(map(_wraps, inner))
                return replace(made, wraps=True, keeps_name=made.keeps_name and keeps)
        return made

    def _named(self, name: tuple[str, ...], given: tuple[Arg, ...], at: _At) -> Maker | None:
        """A decorator of Celery, or one of the project, with what it is given."""
        origin = self._origin(name, at)
        if origin is None:
            return None
        kind = self._kind(origin)
        made = Maker(kind) if kind is not None else self.of(origin)
        if made is None or (kind is None and not made.forwards):
            return made
        if not at.around:  # inside of a function its parameters may hide a constant
            place = Place(ast.Constant(None), at.module.scope, at.module)
            given = spread(self._lookup, place, given)
        own = tuple(a for a in given if a.keyword)
        stars = [a for a in given if a.star == "**"]
        forwards = [a for a in stars if _is_handed_on(a.value, at)]
        return replace(
            made,
            options=(*made.options, *own),
            forwards=bool(forwards),
            takes=_taken(at, forwards, frozenset() if kind is not None else made.takes),
            is_opaque=made.is_opaque or len(forwards) < len(stars),
            keeps_name=made.keeps_name
            and not any(a.keyword == "name" for a in own)
            and len(forwards) == len(stars),
        )

    def _origin(self, name: tuple[str, ...], at: _At) -> str | None:
        """The origin of a name, unless a function around binds it to something else."""
        for function in reversed(at.around):
            inside = imported_inside(function, name[0], at.module.package)
            if inside is not None:
                return ".".join((*inside, *name[1:]))
            if name[0] in parameters(function) or local_values(function, name[0]):
                return None
        return self._resolver.in_module(at.module, name)


def uses(modules: Iterable[Module], configured: Iterable[str] = ()) -> re.Pattern[bytes] | None:
    """What a file has that matters though it may not speak of Celery.

    It uses a decorator that makes tasks, or has a class that another file registers as one.
    """
    modules = list(modules)
    words = {name.rpartition(".")[2] for name in configured}.union(*(m.makers for m in modules))
    before = -1
    while len(words) > before:
        before = len(words)
        words |= {
            name
            for module in modules
            for name, bound in module.bindings.items()
            if bound.origin and bound.origin[-1] in words
        }
    made = (r.task.origin or r.task.instance_of for m in modules for r in m.registrations)
    classes = {origin.rpartition(".")[2] for origin in made if origin}
    parts = []
    if words:
        parts.append(rf"@[ \t]*(?:\w+[ \t]*\.[ \t]*)*(?:{_either(words)})\b")
    if classes:
        parts.append(rf"^class[ \t]+(?:{_either(classes)})\b")
    return re.compile("|".join(parts).encode(), re.MULTILINE) if parts else None


def _either(words: Iterable[str]) -> str:
    return "|".join(map(re.escape, sorted(words)))


def _is_handed_on(node: ast.expr, at: _At) -> bool:
    """Whether ``**node`` is what the decorator was given: its own ``**options``, kept or not."""
    if isinstance(node, ast.Attribute):
        return isinstance(node.value, ast.Name) and node.value.id == "self"
    return isinstance(node, ast.Name) and any(
        not isinstance(f, ast.Lambda) and f.args.kwarg is not None and f.args.kwarg.arg == node.id
        for f in at.around
    )


def _taken(at: _At, handed_on: list[Arg], more: frozenset[str] | None) -> frozenset[str] | None:
    """The parameters of the functions around, and more; None where a class may keep some."""
    is_seen = at.owner is None and all(isinstance(a.value, ast.Name) for a in handed_on)
    return None if more is None or not is_seen else more.union(*map(parameters, at.around))


def _is_celery(made: ast.Attribute, function: Function | ast.Lambda) -> bool:
    """Whether the app of ``app.task`` is called so, or taken from what is: ``registry["celery"]``."""
    names = {n.id for n in ast.walk(made) if isinstance(n, ast.Name)}
    values = [
        node.value
        for node in ast.walk(function)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name) and target.id in names
    ]
    return any("celery" in ast.unparse(node).lower() for node in (made, *values))


def _wraps(function: Function) -> bool:
    """Whether ``functools.wraps`` gives it the name of another."""
    return any(
        isinstance(d, ast.Call) and (dotted(d.func) or ("",))[-1] == "wraps"
        for d in function.decorator_list
    )


def _method(owner: ast.ClassDef, name: str) -> Function | None:
    found = [n for n in owner.body if isinstance(n, ast.FunctionDef) and n.name == name]
    return found[-1] if found else None


def _first(found: Iterator[Maker | None]) -> Maker | None:
    return next((made for made in found if made is not None), None)
