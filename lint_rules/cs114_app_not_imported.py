"""CS114 app-not-imported: shared tasks are sent to amqp://localhost, where nothing imports the app."""

from __future__ import annotations

from collections.abc import Iterator

from lint_rules._engine import disk
from lint_rules._engine.facts import Finding
from lint_rules._engine.module import Module
from lint_rules._engine.project import Project, finding
from lint_rules._engine.reach import imported

CODE = "CS114"
NAME = "app-not-imported"
PRESET = "strict"

_SENDS = frozenset({"delay", "apply_async", "delay_on_commit", "apply_async_on_commit"})


def check(project: Project) -> Iterator[Finding]:
    """The app of a Django project that no file imports, if one of its shared tasks is sent."""
    apps = [(m, call.call) for m, call in project.app_calls() if not m.is_test_file]
    if len(apps) != 1 or not project.sees_all() or not _sends_shared_task(project):
        return
    module, call = apps[0]
    if "DJANGO_SETTINGS_MODULE" not in module.text or _is_imported(project, module):
        return
    yield finding(
        module,
        call,
        (CODE, NAME),
        f"no file imports {'.'.join(module.name)}: where only a worker is told of this app, as by "
        "celery -A, shared tasks that a request sends go to Celery's default app and its broker, "
        "amqp://localhost; import the app in the __init__.py of its package",
    )


def _sends_shared_task(project: Project) -> bool:
    return any(
        task.is_shared
        for module, send in project.sends()
        if send.method in _SENDS and not module.is_test_file
        for task in project.target(send).tasks
    )


def _is_imported(project: Project, module: Module) -> bool:
    """Whether another file imports it, or has its whole name in a text."""
    last, whole = module.name[-1].encode(), ".".join(module.name).encode()
    for name, path in project.files().items():
        if name == module.name:
            continue
        try:
            raw = disk.read_bytes(path)
        except OSError:
            return True  # it cannot be asked
        if last not in raw:
            continue
        if whole in raw or module.name in imported(raw, name, path.name == "__init__.py"):
            return True
    return False
