"""CS510 setting-of-another-version: the Celery that the project runs does not read this setting."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules._engine import conf
from lint_rules._engine.celery_facts.versions import HISTORY, REMOVED
from lint_rules._engine.facts import Finding, Setting
from lint_rules._engine.project import Project, finding

CODE = "CS510"
NAME = "setting-of-another-version"
PRESET = "default"


def check(project: Project) -> Iterator[Finding]:
    """Settings that were removed, are deprecated, or came later than the version in use."""
    for module, setting in conf.settings(project):
        why = _removed(project, setting) or _of_another_version(project, setting)
        if why:
            yield finding(module, setting.node, (CODE, NAME), f"{setting.written}: {why}")


def _removed(project: Project, setting: Setting) -> str | None:
    # `conf.NAME = 1` looks like a read of it.
    is_set_so = isinstance(setting.node, ast.Attribute)
    if setting.written in REMOVED and (is_set_so or not project.reads_attribute(setting.written)):
        return "Celery does not read it since 4.0; remove it"
    return None


def _of_another_version(project: Project, setting: Setting) -> str | None:
    known = HISTORY.get(setting.name)
    if known is None:
        return None
    if why := project.celery.lacks(known):
        return why
    if project.celery.deprecates(known):
        instead = f"; write {known.instead}" if known.instead else ""
        return f"Celery warns that it is deprecated{instead}"
    return None
