"""Settings: in a settings module, a configuration class, ``conf``, ``conf.update`` and dictionaries."""

from __future__ import annotations

import ast

from lint_rules._engine.celery_facts.settings import NEW_NAME
from lint_rules._engine.facts import ConfigLoad, Function, Ref, Setting, arguments
from lint_rules._engine.module import Module
from lint_rules._engine.names import dotted
from lint_rules._engine.scopes import Scopes


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
        if isinstance(target, ast.Attribute) and _ends_with_conf(target.value):
            self._setting(target.attr, value, target)
        elif isinstance(target, ast.Subscript) and _ends_with_conf(target.value):
            key = target.slice
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                self._setting(key.value, value, target)
        elif isinstance(target, ast.Name) and not self.functions:
            name = target.id
            if name.startswith(("CELERY", "BROKER_")) or self._holds_settings():
                self._setting(name, value, target, is_module_level=not self.classes)
            if "celery" in name.lower():
                self._dict(value)

    def _holds_settings(self) -> bool:
        """Whether plain lower-case names here are settings: ``celeryconfig.py``, ``class CeleryConfig``."""
        where = self.classes[-1] if self.classes else self.module.name[-1]
        return "celery" in where.lower() and (bool(self.classes) or "conf" in where.lower())

    def conf_update(self, node: ast.Call, func: ast.Attribute) -> None:
        """``app.conf.update(...)``."""
        if not _ends_with_conf(func.value):
            return
        for arg in arguments(node):
            if arg.keyword:
                self._setting(arg.keyword, arg.value, arg.node)
            else:
                self._dict(arg.value)

    def _dict(self, node: ast.expr) -> None:
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    self._setting(key.value, value, key)
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
    ) -> None:
        name = NEW_NAME.get(written) or written.removeprefix("CELERY_").lower()
        self.module.settings.append(Setting(name, written, value, node, is_module_level))

    def config_load(self, node: ast.Call) -> None:
        """``app.config_from_object(...)``."""
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


def _ends_with_conf(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "conf" and dotted(node) is not None
