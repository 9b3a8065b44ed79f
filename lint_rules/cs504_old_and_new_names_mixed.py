"""CS504 old-and-new-names-mixed: Celery refuses to start with settings of both kinds."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lint_rules._engine.celery_facts.settings import NEW_NAME, SETTINGS
from lint_rules._engine.facts import ConfigLoad, Edit, Finding, Fix, Setting
from lint_rules._engine.module import Module
from lint_rules._engine.names import Scope
from lint_rules._engine.project import Project, finding

CODE = "CS504"
NAME = "old-and-new-names-mixed"
PRESET = "default"

_NEW_OF = {**{name.upper(): name for name, old in SETTINGS.items() if not old}, **NEW_NAME}


def check(project: Project) -> Iterator[Finding]:
    """Modules that are loaded without a namespace and have names from before Celery 4 and since."""
    for load in project.config_loads():
        if load.namespace is not None:
            continue
        for module in project.modules:
            if _is_target(module, load):
                yield from _mixed(module)
        target = _named(load)
        found = project.definition(target) if target else None
        if found is not None and found[1] in found[0].class_scopes:
            yield from _mixed_in_class(found[0], found[0].class_scopes[found[1]])


def _is_target(module: Module, load: ConfigLoad) -> bool:
    target, name = _named(load), ".".join(module.name)
    return target is not None and (target == name or target.endswith(f".{name}"))


def _named(load: ConfigLoad) -> str | None:
    return load.target.replace(":", ".") if isinstance(load.target, str) else load.target.origin


def _mixed_in_class(module: Module, scope: Scope) -> Iterator[Finding]:
    new = {name for name in scope.values if name in SETTINGS}
    left = [name for name in scope.values if name in _NEW_OF and _NEW_OF[name] not in new]
    for name in left if new else ():
        value = scope.values[name][-1]
        if value is not None:
            yield finding(module, value, (CODE, NAME), _message(name, new))


def _message(old: str, new: set[str]) -> str:
    return (
        f"{old} is an old name beside the new {min(new)}: Celery raises ImproperlyConfigured; "
        f"write {_NEW_OF[old]}"
    )


def _mixed(module: Module) -> Iterator[Finding]:
    new = {
        n for n, b in module.bindings.items() if n in SETTINGS and b.kind not in ("import", "def")
    }
    old = [s for s in module.settings if s.is_module_level and s.written in _NEW_OF]
    # Where both names of a setting are there, Celery takes the new one.
    left = [s for s in old if _NEW_OF[s.written] not in new]
    if not new or not left:
        return
    for setting in left if len(new) >= len(old) else left[:1]:
        right = _NEW_OF[setting.written]
        yield finding(
            module,
            setting.node,
            (CODE, NAME),
            _message(setting.written, new),
            _fix(module, setting, right) if len(new) >= len(old) else None,
        )


def _fix(module: Module, setting: Setting, right: str) -> Fix | None:
    if len(re.findall(rf"\b{setting.written}\b", module.text)) > 1:
        return None
    span = module.span(setting.node)
    edit = Edit(span.line, span.column, span.end_line, span.end_column, right)
    return Fix("safe", f"write {right}", (edit,))
