"""Tasks that are not made yet: what is known of them without making them before their time.

Touches private parts of Celery's proxies: ``_Proxy__local`` and ``_Proxy__args``
(``celery/local.py``), in which a lazy task keeps its app's method and its function;
tests/unit/schedules/test_entries.py fails when they move.
"""

from __future__ import annotations

from typing import Any

from celery import current_app
from celery.local import PromiseProxy, Proxy


def is_lazy(task: Any) -> bool:
    """Whether looking at it would make the task before its time; even isinstance() looks at it."""
    if issubclass(type(task), PromiseProxy):
        return not task.__evaluated__()
    return issubclass(type(task), Proxy)


def is_shared(task: Any) -> bool:
    """Whether each app has its own, by ``@shared_task``."""
    return issubclass(type(task), Proxy) and not issubclass(type(task), PromiseProxy)


def app_of(task: Any) -> Any:
    """The app of a task, also of one that is not made yet."""
    if is_shared(task):
        return current_app._get_current_object()
    if is_lazy(task):
        return object.__getattribute__(task, "_Proxy__local").__self__
    return task._get_app()


def name_of(task: Any) -> str:
    """The task's name, or its function's while it has none."""
    if is_lazy(task) and not is_shared(task):
        function = object.__getattribute__(task, "_Proxy__args")[0]
        return f"{function.__module__}.{function.__qualname__}"
    return str(task.name)
