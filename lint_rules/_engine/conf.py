"""All settings of a project, wherever they are written."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules._engine.celery_facts.settings import NEW_NAME, SETTINGS
from lint_rules._engine.facts import Setting
from lint_rules._engine.module import Module
from lint_rules._engine.project import Project

#: Parameters of ``Celery(...)`` that are settings by another name.
_PARAMETERS = {"broker": "broker_url", "backend": "result_backend"}


def settings(project: Project, *names: str) -> Iterator[tuple[Module, Setting]]:
    """Settings by today's names, all of them without ``names``; ``Celery(...)`` has some too."""
    for module in project.modules:
        for setting in module.settings:
            if not names or setting.name in names:
                yield module, setting
    for module, call in project.app_calls():
        for argument in call.arguments:
            written = argument.keyword or ""
            name = _PARAMETERS.get(written) or NEW_NAME.get(written, written)
            if name in SETTINGS and (not names or name in names):
                yield module, Setting(name, written, argument.value, argument.node)


def is_seen(project: Project) -> bool:
    """Whether nothing says that settings come from where they cannot be seen."""
    loads = project.config_loads()
    return project.sees_all() and all(
        isinstance(load.target, str) or load.target.origin for load in loads
    )


def is_true(node: ast.expr) -> bool:
    """Whether ``True`` is written."""
    return isinstance(node, ast.Constant) and node.value is True


def is_for_tests(module: Module) -> bool:
    """Whether a file is, by its name, for tests, for development, or a base that others change."""
    words = {
        word
        for part in module.path.parts[-3:]
        for word in part.lower().replace(".py", "").split("_")
    }
    return bool(words & _NOT_PRODUCTION)


_NOT_PRODUCTION = frozenset(
    {
        "test", "tests", "testing", "conftest", "dev", "develop", "development", "local", "base",
        "common", "default", "defaults", "ci", "example", "examples", "debug", "docs", "demo",
    }
)  # fmt: skip
