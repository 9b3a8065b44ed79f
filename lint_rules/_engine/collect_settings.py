"""Settings: in a settings module, a configuration class, ``conf``, ``conf.update`` and dictionaries."""

from __future__ import annotations

import ast

from lint_rules._engine.celery_facts.settings import NEW_NAME
from lint_rules._engine.facts import ConfigLoad, Function, Ref, Setting, arguments
from lint_rules._engine.module import Module
from lint_rules._engine.names import OTHER, Scope, dotted
from lint_rules._engine.scopes import Scopes

#: Last names of the calls that may set something, ``update`` apart.
SETS = frozenset(
    {"setdefault", "add_defaults", "setattr", "from_mapping", "append", "extend", "insert", "add"}
)


class SettingsCollector(Scopes):
    """The part of the walk that gathers settings."""

    def __init__(self, module: Module) -> None:
        super().__init__(module)
        self.functions: list[Function] = []
        self.classes: list[str] = []

    def visit_Assign(self, node: ast.Assign) -> None:
        super().visit_Assign(node)
        for target in node.targets:
            self._assigned(target, node.value)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        super().visit_AnnAssign(node)
        if node.value is not None:
            self._assigned(node.target, node.value)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self.generic_visit(node)
        self._assigned(node.target, node.value)

    def _assigned(self, target: ast.expr, value: ast.expr) -> None:
        key = _text(target.slice) if isinstance(target, ast.Subscript) else None
        if isinstance(target, ast.Attribute) and self._is_conf(target.value):
            self._setting(target.attr, value, target)
        elif isinstance(target, ast.Subscript) and key and self._is_conf(target.value):
            self._setting(key, value, target)
        elif isinstance(target, ast.Subscript) and key and (held := self._held(target.value)):
            part = ast.Dict([target.slice], [value])
            self._setting(held, ast.copy_location(part, value), target)
        elif isinstance(target, ast.Subscript) and key and _is_flask(target.value):
            self._flask(key, value, target)
        elif isinstance(target, ast.Name) and not self.functions:
            name = target.id
            if name.startswith(("CELERY", "BROKER_")) or self._holds_settings():
                self._setting(name, value, target, is_module_level=not self.classes)
            if "celery" in name.lower():
                self._dict(value)

    def _held(self, node: ast.expr) -> str:
        """The setting with options, if it is one: ``conf.broker_transport_options["x"] = 1``."""
        written = ""
        if isinstance(node, ast.Attribute) and self._is_conf(node.value):
            written = node.attr
        elif isinstance(node, ast.Subscript) and self._is_conf(node.value):
            written = _text(node.slice) or ""
        elif isinstance(node, ast.Name) and node.id.startswith(("CELERY", "BROKER_")):
            written = node.id
        return written if written.lower().endswith(("_options", "_ssl", "routes")) else ""

    def _holds_settings(self) -> bool:
        """Whether plain lower-case names here are settings: ``celeryconfig.py``, ``class CeleryConfig``."""
        where = self.classes[-1] if self.classes else self.module.name[-1]
        return "celery" in where.lower() and (bool(self.classes) or "conf" in where.lower())

    def _is_conf(self, node: ast.expr) -> bool:
        """Whether it is ``app.conf``, or a name for that."""
        if isinstance(node, ast.Name):
            scope: Scope | None = self.scope
            while scope is not None and node.id not in scope.bindings:
                scope = scope.parent
            bound = scope.bindings[node.id] if scope is not None else OTHER
            origin = bound.origin or ()
            return bound.kind == "alias" and len(origin) > 1 and origin[-1] == "conf"
        return isinstance(node, ast.Attribute) and node.attr == "conf" and dotted(node) is not None

    def conf_update(self, node: ast.Call, func: ast.Attribute) -> None:
        """``app.conf.update(...)``, and Flask's ``app.config.update(CELERY={...})``."""
        if self._is_conf(func.value):
            self._given(node)
        elif _is_flask(func.value):
            for arg in arguments(node):
                if arg.keyword:
                    self._flask(arg.keyword, arg.value, arg.node)
                elif isinstance(arg.value, ast.Dict):
                    for key, value in zip(arg.value.keys, arg.value.values, strict=True):
                        if key is not None and (text := _text(key)):
                            self._flask(text, value, key)

    def _given(self, node: ast.Call) -> None:
        for arg in arguments(node):
            if arg.keyword:
                self._setting(arg.keyword, arg.value, arg.node)
            elif isinstance(arg.value, ast.Name | ast.Attribute):
                self.module.conf_updates.append(self.ref_of(arg.value))
            else:
                self._dict(arg.value, is_loaded=True)

    def _flask(self, name: str, value: ast.expr, node: ast.expr | ast.keyword) -> None:
        """What a Flask app keeps for Celery: under one key, or each with its prefix."""
        if name in ("CELERY", "CELERY_CONFIG"):
            self._dict(value)
        elif name.startswith(("CELERY_", "BROKER_")):
            self._setting(name, value, node)

    def setting_call(self, node: ast.Call, func: ast.expr) -> None:
        """The other calls that set something: ``conf.setdefault``, ``add_defaults``, ``setattr``."""
        first = node.args[0] if node.args else None
        rest = node.args[1:]
        name = _text(first) if first is not None else None
        if isinstance(func, ast.Name):
            name = _text(rest[0]) if len(rest) == 2 else None
            if func.id == "setattr" and first is not None and name and self._is_conf(first):
                self._setting(name, rest[1], node)
        elif isinstance(func, ast.Attribute):
            if func.attr == "add_defaults":
                self._given(node)
            elif func.attr == "from_mapping":
                self.conf_update(node, func)
            elif func.attr == "setdefault" and name and rest and self._is_conf(func.value):
                self._setting(name, rest[0], first or node)
            elif func.attr in ("append", "extend", "insert", "add"):
                self._added(node, func)

    def _added(self, node: ast.Call, func: ast.Attribute) -> None:
        """``CELERY_ACCEPT_CONTENT.append("pickle")``, as ``+=`` would say it."""
        held = func.value
        written = held.id if isinstance(held, ast.Name) else None
        if isinstance(held, ast.Attribute) and self._is_conf(held.value):
            written = held.attr
        elif not (written and written.startswith("CELERY") and not self.functions):
            return
        if written and node.args:
            value = node.args[-1]
            if func.attr != "extend":
                value = ast.copy_location(ast.List([value], ast.Load()), value)
            self._setting(written, value, held)

    def _dict(self, node: ast.expr, *, is_loaded: bool = False) -> None:
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    self._setting(key.value, value, key, is_loaded=is_loaded)
        elif isinstance(node, ast.Call) and dotted(node.func) == ("dict",):
            for arg in arguments(node):
                if arg.keyword:
                    self._setting(arg.keyword, arg.value, arg.node)

    def _setting(
        self,
        written: str,
        value: ast.expr,
        node: ast.expr | ast.keyword,
        *,
        is_module_level: bool = False,
        is_loaded: bool = False,
    ) -> None:
        name = NEW_NAME.get(written) or written.removeprefix("CELERY_").lower()
        self.module.settings.append(Setting(name, written, value, node, is_module_level, is_loaded))

    def config_load(self, node: ast.Call) -> None:
        """``app.config_from_object(...)``."""
        if node.args:
            self._dict(node.args[0], is_loaded=True)
        target: str | Ref = Ref()
        namespace: str | None = None
        for n, arg in enumerate(arguments(node)):
            constant = arg.value.value if isinstance(arg.value, ast.Constant) else "?"
            if arg.star:
                namespace = "?"
            elif arg.keyword == "obj" or (n == 0 and not arg.keyword):
                is_text = isinstance(constant, str) and constant != "?"
                target = str(constant) if is_text else self.ref_of(arg.value)
            elif arg.keyword == "namespace":
                namespace = None if constant is None else str(constant)
        self.module.config_loads.append(ConfigLoad(node, target, namespace))


def _is_flask(node: ast.expr) -> bool:
    """Whether it is ``app.config``, as Flask has it."""
    return isinstance(node, ast.Attribute) and node.attr == "config" and dotted(node) is not None


def _text(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
