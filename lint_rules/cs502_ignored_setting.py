"""CS502 ignored-setting: Celery does not read a setting of this name under the namespace in use."""

from __future__ import annotations

from collections.abc import Iterator

from lint_rules._engine.celery_facts.settings import NEW_NAME, SETTINGS
from lint_rules._engine.facts import ConfigLoad, Finding, Setting
from lint_rules._engine.module import Module
from lint_rules._engine.project import Project, finding

CODE = "CS502"
NAME = "ignored-setting"
PRESET = "default"

_DJANGO = frozenset({"django.conf:settings", "django.conf.settings"})


def check(project: Project) -> Iterator[Finding]:
    """Module-level settings that the one ``config_from_object`` of the project does not see."""
    loads = project.config_loads()
    namespaces = {load.namespace for load in loads}
    if len(namespaces) != 1 or "?" in namespaces or any(_target(load) is None for load in loads):
        return
    (namespace,) = namespaces
    prefix = f"{namespace.rstrip('_')}_" if namespace else ""
    targets = {str(_target(load)) for load in loads}
    modules = [m for m in project.modules if _is_loaded(m, targets)]
    written = {s.written for m in modules for s in m.settings if s.is_module_level}
    for module in modules:
        for setting in module.settings:
            if not setting.is_module_level or not setting.written.isupper():
                continue
            right, why = _right_name(
                setting, prefix, reads_old=not project.celery.is_before((5, 7))
            )
            if right is None or right in written or project.reads_attribute(setting.written):
                continue
            yield finding(
                module,
                setting.node,
                (CODE, NAME),
                f"Celery ignores {setting.written}: {why}; write {right}",
            )


def _target(load: ConfigLoad) -> str | None:
    """What is loaded, by name, or None if that cannot be seen."""
    return load.target if isinstance(load.target, str) else load.target.origin


def _is_loaded(module: Module, targets: set[str]) -> bool:
    name = ".".join(module.name)
    if targets & _DJANGO and any("settings" in part or "config" in part for part in module.name):
        return True
    return any(t == name or t.endswith(f".{name}") or name.endswith(f".{t}") for t in targets)


def _right_name(setting: Setting, prefix: str, *, reads_old: bool) -> tuple[str | None, str]:
    """The name that is read, or None if ``setting`` is read or is none of Celery's; and why.

    ``reads_old`` says that old names are read under a namespace too, as Celery 5.7 does.
    """
    written = setting.written
    if not prefix:
        new = written.removeprefix("CELERY_").lower()
        if written.startswith("CELERY_") and written not in NEW_NAME and new in SETTINGS:
            return SETTINGS[new] or new.upper(), "config_from_object has no namespace"
        return None, ""
    bare = written.removeprefix(prefix)
    if bare != written and bare.lower() in SETTINGS:
        return None, ""
    new = NEW_NAME.get(written) or (written.lower() if written.startswith("BROKER_") else "")
    if new in SETTINGS and reads_old:
        return None, ""
    if new in SETTINGS:
        why = f'an old name, which Celery before 5.7 does not read with namespace="{prefix[:-1]}"'
        return prefix + new.upper(), why
    if bare.startswith(prefix) and bare.removeprefix(prefix).lower() in SETTINGS:
        return bare, f"the prefix {prefix} is there twice"
    return None, ""
