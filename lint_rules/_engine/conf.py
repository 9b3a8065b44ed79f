"""All settings of a project, wherever they are written."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from lint_rules._engine.facts import ConfigLoad, Setting
from lint_rules._engine.module import Module
from lint_rules._engine.project import Project

#: Those that are none.
_ARGUMENTS = frozenset(
    {
        "main", "loader", "amqp", "events", "log", "control", "set_as_current", "tasks", "broker",
        "backend", "changes", "config_source", "fixups", "task_cls", "autofinalize", "namespace",
        "strict_typing", "include", "registry_cls",
    }
)  # fmt: skip


def settings(project: Project, *names: str) -> Iterator[tuple[Module, Setting]]:
    """Settings by today's names, all of them without ``names``; ``Celery(...)`` has some too."""
    for module, setting in project.settings:
        if not names or setting.name in names:
            yield module, setting


def written(project: Project) -> Iterator[tuple[Module, Setting]]:
    """What is given as a setting for sure, be it one or not.

    Upper-case names at the top level of a settings file, the attributes and keywords of ``conf``
    and ``Celery(...)``, and what is in a file, class or dictionary that an app loads.
    """
    loaded = {load.target for load in project.config_loads()}
    for module, setting in project.settings:
        is_settings = ".".join(module.name) in loaded or any(
            "settings" in part or "conf" in part
            for part in (*module.name, module.path.absolute().parent.name)
        )
        node = setting.node
        if (
            (setting.is_module_level and setting.written.isupper() and is_settings)
            or (isinstance(node, ast.Attribute | ast.Subscript) and setting.written.islower())
            or (isinstance(node, ast.keyword) and setting.written.islower())
            or setting.is_loaded
        ):
            yield module, setting
    for module, call in project.app_calls():
        for argument in call.arguments:
            name = argument.keyword
            if name and name not in _ARGUMENTS:
                yield module, Setting(name, name, argument.value, argument.node)


def is_seen(project: Project) -> bool:
    """Whether nothing says that settings come from where they cannot be seen."""
    if not project.sees_all():
        return False
    bases = [
        base.origin
        for module in project.modules
        for name, above in module.classes.items()
        if "celery" in name.lower() and "conf" in name.lower()
        for base in above
    ]
    if any(origin and project.definition(origin) is None for origin in bases):
        return False  # a configuration of another distribution
    loads = project.config_loads()
    return all(
        isinstance(load.target, str) or load.target.origin or _is_key_written(project, load)
        for load in loads
    )


def _is_key_written(project: Project, load: ConfigLoad) -> bool:
    """Whether it is ``app.config["CELERY"]`` of Flask, and a file has what is under the key."""
    given = load.call.args[0] if load.call.args else None
    if not isinstance(given, ast.Subscript) or not isinstance(given.slice, ast.Constant):
        return False
    key = re.escape(str(given.slice.value))
    written = re.compile(
        rf"""\b{key}\s*=\s*(?:dict\(|\{{)|["']{key}["']\s*(?:\]\s*=|:)\s*(?:dict\(|\{{)"""
    )
    return any(written.search(module.text) for module in project.modules)


def is_true(node: ast.expr) -> bool:
    """Whether ``True`` is written."""
    return isinstance(node, ast.Constant) and node.value is True


def is_for_tests(module: Module, *, only_tests: bool = False) -> bool:
    """Whether a file is, by its name, for tests, or else for development or a base of others."""
    folders = {part.lower() for part in (*module.name[:-1], module.path.absolute().parent.name)}
    words = folders | set(module.path.stem.lower().split("_"))
    return bool(words & (_TESTS if only_tests else _TESTS | _NOT_PRODUCTION))


_TESTS = frozenset(
    {"test", "tests", "testing", "conftest", "pytest", "ci", "travis", "drone", "actions"}
)
_NOT_PRODUCTION = frozenset(
    {
        "dev", "develop", "development", "base", "common", "default", "defaults", "example",
        "examples", "debug", "docs", "demo",
    }
)  # fmt: skip
