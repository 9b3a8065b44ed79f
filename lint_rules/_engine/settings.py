"""Every setting of a project: those that a file shows by itself, and those that an app is told to load."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from lint_rules._engine.celery_facts.settings import NEW_NAME, SETTINGS
from lint_rules._engine.constants import text
from lint_rules._engine.facts import Call, ConfigLoad, Ref, Setting
from lint_rules._engine.folding import folded
from lint_rules._engine.lookup import Lookup, Place
from lint_rules._engine.module import Module
from lint_rules._engine.names import Scope
from lint_rules._engine.resolve import Resolver

#: Parameters of ``Celery(...)`` that are settings by another name.
_PARAMETERS = {"broker": "broker_url", "backend": "result_backend"}
#: How many base classes and imported files are followed.
_DEEPEST = 9
_DJANGO = "django.conf"

Held = tuple[Module, Setting]


def settings(
    modules: Sequence[Module],
    apps: Iterator[tuple[Module, Call]],
    resolver: Resolver,
    lookup: Lookup,
) -> list[Held]:
    """Every setting with the file it is in; values are constants where names stood for them."""
    found = [(m, s) for m in modules for s in m.settings]
    known = {id(s.value) for _, s in found}
    for module, setting in _Loaded(resolver, lookup).of(modules):
        if id(setting.value) not in known:
            known.add(id(setting.value))
            found.append((module, setting))
    for module, call in apps:
        for argument in call.arguments:
            written = argument.keyword or ""
            name = _PARAMETERS.get(written) or NEW_NAME.get(written, written)
            if name in SETTINGS:
                found.append((module, Setting(name, written, argument.value, argument.node)))
    return [(m, replace(s, value=folded(lookup, Place(s.value, m.scope, m)))) for m, s in found]


def loaded_files(modules: Iterable[Module]) -> set[tuple[str, ...]]:
    """The names that files with settings may have: what is loaded by name, and what that is in."""
    origins = [
        tuple(origin.split("."))
        for module in modules
        for target in (*(load.target for load in module.config_loads), *module.conf_updates)
        for origin in _origins(target)
    ]
    return {name for o in origins for name in (o, o[:-1]) if len(name) > 1 or o == name}


def loads(modules: Iterable[Module], lookup: Lookup) -> list[ConfigLoad]:
    """Every ``config_from_object``, with a namespace that a constant gives."""
    found: list[ConfigLoad] = []
    for module in modules:
        for load in module.config_loads:
            given = [k.value for k in load.call.keywords if k.arg == "namespace"]
            if load.namespace == "?" and given:
                named = text(lookup, Place(given[0], module.scope, module))
                load = replace(load, namespace="?" if named is None else named)
            found.append(load)
    return found


class _Loaded:
    """What ``config_from_object`` and ``conf.update`` are given by name."""

    def __init__(self, resolver: Resolver, lookup: Lookup) -> None:
        self._resolver = resolver
        self._lookup = lookup
        self._seen: set[tuple[int, str]] = set()

    def of(self, modules: Sequence[Module]) -> Iterator[Held]:
        for load in loads(modules, self._lookup):
            prefix = f"{load.namespace.rstrip('_')}_" if load.namespace else ""
            for origin in _origins(load.target):
                yield from self._at(origin, prefix)
        for module in modules:
            for ref in module.conf_updates:
                for origin in _origins(ref):
                    yield from self._at(origin, "")

    def _at(self, origin: str, prefix: str) -> Iterator[Held]:
        """The settings of a module, a class or a dictionary."""
        origin = self._resolver.canonical(origin)
        found = self._resolver.definition(origin)
        if found is None:
            module = self._resolver.module(origin)
            if module is not None:
                yield from self._of_module(module, prefix)
            return
        module, name, _ = found
        if name in module.class_scopes:
            yield from self._of_class(module, name, prefix)
        for value in module.scope.values.get(name, ()):
            if isinstance(value, ast.Dict):
                yield from _of_dict(module, value, prefix)
            elif isinstance(value, ast.Call) and isinstance(value.func, ast.Name):
                # `settings = Settings()`, or `dict(broker_url=...)`.
                made = self._resolver.in_module(module, (value.func.id,))
                if value.func.id == "dict":
                    yield from _of_dict(module, value, prefix)
                elif made != origin:
                    yield from self._at(made, prefix)

    def _of_module(self, module: Module, prefix: str, depth: int = 0) -> Iterator[Held]:
        if depth > _DEEPEST or not self._is_new(module, ""):
            return
        yield from _of_scope(module, module.scope, prefix, is_module_level=True)
        for binding in module.bindings.values():
            # `from .common import broker_url`: a setting of another file.
            if binding.kind == "import" and binding.origin and len(binding.origin) > 1:
                held = self._resolver.definition(".".join(binding.origin))
                if held and _name(held[1], prefix) in SETTINGS:
                    values = {held[1]: held[0].scope.values.get(held[1], [])}
                    yield from _of_values(held[0], values, prefix, is_module_level=True)
        for base in module.stars:
            above = self._resolver.module(".".join(base))
            if above is not None:
                yield from self._of_module(above, prefix, depth + 1)

    def _of_class(self, module: Module, name: str, prefix: str, depth: int = 0) -> Iterator[Held]:
        if depth > _DEEPEST or "test" in name.lower() or not self._is_new(module, name):
            return
        yield from _of_scope(module, module.class_scopes[name], prefix)
        for base in module.classes.get(name, ()):
            held = self._resolver.definition(base.origin) if base.origin else None
            if held and held[1] in held[0].class_scopes:
                yield from self._of_class(held[0], held[1], prefix, depth + 1)

    def _is_new(self, module: Module, name: str) -> bool:
        key = id(module), name
        is_new = key not in self._seen
        self._seen.add(key)
        return is_new


def _origins(target: str | Ref) -> tuple[str, ...]:
    """The dotted names of what is loaded; Django's settings say themselves what they are."""
    name = target.replace(":", ".") if isinstance(target, str) else target.origin
    made = None if isinstance(target, str) else target.instance_of
    return tuple(n for n in (name, made) if n and not n.startswith(_DJANGO))


def _of_scope(
    module: Module, scope: Scope, prefix: str, *, is_module_level: bool = False
) -> Iterator[Held]:
    yield from _of_values(module, scope.values, prefix, is_module_level=is_module_level)


def _of_values(
    module: Module,
    values: dict[str, list[ast.expr | None]],
    prefix: str,
    *,
    is_module_level: bool = False,
) -> Iterator[Held]:
    for written, given in values.items():
        name = _name(written, prefix)
        for value in given if name else ():
            if value is not None:
                yield module, Setting(name, written, value, value, is_module_level, True)


def _of_dict(module: Module, node: ast.Dict | ast.Call, prefix: str) -> Iterator[Held]:
    if isinstance(node, ast.Call):
        keywords = [(ast.Constant(k.arg), k, k.value) for k in node.keywords]
        pairs: list[tuple[ast.expr | None, ast.expr | ast.keyword | None, ast.expr]] = [*keywords]
    else:
        pairs = [(k, k, v) for k, v in zip(node.keys, node.values, strict=True)]
    for key, at, value in pairs:
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            name = _name(key.value, prefix)
            if name and at is not None:
                yield module, Setting(name, key.value, value, at, is_loaded=True)


def _name(written: str, prefix: str) -> str:
    """Today's name of what is given as a setting, be it one or not; empty for anything else."""
    if prefix:
        return written.removeprefix(prefix).lower() if written.startswith(prefix) else ""
    is_plain = written.islower() and not written.startswith("_")
    return NEW_NAME.get(written) or (written if is_plain else "")
