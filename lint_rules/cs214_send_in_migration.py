"""CS214 send-in-migration: the worker may run other code than the migration, or before its commit."""

from __future__ import annotations

from collections.abc import Iterator

from lint_rules._engine.facts import Finding
from lint_rules._engine.module import Module
from lint_rules._engine.policy import once
from lint_rules._engine.project import Project, finding
from lint_rules._engine.started import CALLED

CODE = "CS214"
NAME = "send-in-migration"
PRESET = "strict"

_SENDS = frozenset(
    {"delay", "apply_async", "send_task", "delay_on_commit", "apply_async_on_commit", CALLED}
)
_DJANGO = "django.db.migrations.Migration"


def check(project: Project) -> Iterator[Finding]:
    """Sends in the files of Django's and Alembic's migrations."""
    found = [
        finding(
            module,
            send.call,
            (CODE, NAME),
            f"{send.text} in a migration: the worker may still run the code before it, "
            "or that of years later; do the work in the migration, or send from a command after the deploy",
        )
        for module, send in project.sends()
        if send.method in _SENDS and _is_migration(module)
    ]
    yield from once(found, len(found), "sends in migrations")


def _is_migration(module: Module) -> bool:
    if any(base.origin == _DJANGO for base in module.classes.get("Migration", ())):
        return True
    operations = module.bindings.get("op")
    is_alembic = operations is not None and operations.origin == ("alembic", "op")
    return is_alembic and "upgrade" in module.functions
