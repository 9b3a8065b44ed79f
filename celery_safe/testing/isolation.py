"""Tasks that a test defines are gone with it: ``@app.task`` gives them to every app made later.

Touches a private part of Celery: ``_on_app_finalizers`` (``celery/_state.py``);
tests/unit/testing/test_plugin.py fails when it moves.
"""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Iterator
from typing import Any

from celery import _state


@contextlib.contextmanager
def own_tasks(app: Any) -> Iterator[None]:
    """Forget, at the end, the tasks that were defined inside a function meanwhile."""
    finalizers, names = set(_state._on_app_finalizers), set(app._tasks)
    try:
        yield
    finally:
        for one in set(_state._on_app_finalizers) - finalizers:
            if _is_local(one):
                _state._on_app_finalizers.discard(one)
        for name in set(app._tasks) - names:
            if "<locals>" in getattr(inspect.unwrap(app._tasks[name].run), "__qualname__", ""):
                del app._tasks[name]


@contextlib.contextmanager
def without_tasks_of_others() -> Iterator[None]:
    """An app that is made and finalised here has Celery's own tasks, those of ``@shared_task``, and its own."""
    before = set(_state._on_app_finalizers)
    others = {one for one in before if one.__module__ == "celery.app.base"}
    _state._on_app_finalizers.difference_update(others)
    try:
        yield
    finally:
        _state._on_app_finalizers.clear()
        _state._on_app_finalizers.update(before)


def _is_local(finalizer: Any) -> bool:
    cells = [cell.cell_contents for cell in finalizer.__closure__ or ()]
    return any("<locals>" in getattr(value, "__qualname__", "") for value in cells)
