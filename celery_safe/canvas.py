"""Calls and everything they carry along: under strict refused as a whole, before a message is out.

Touches ``group.apply_async`` and ``Signature.set`` (``celery/canvas.py``), which no app can
override; tests/unit/test_canvas.py fails when they move.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import Any

from celery.canvas import Signature, group

from celery_safe import arguments, options, settings
from celery_safe.notices import is_lenient, sent_by_celery

#: Options that carry signatures, which the worker sends later.
_CARRIERS = ("link", "link_error", "chain", "chord")


def signatures(canvas: Any) -> Iterator[Any]:
    """Every call of a task in ``canvas``, as deep as it goes, without what else it is made of."""
    if isinstance(canvas, list | tuple):
        for part in canvas:
            yield from signatures(part)
    if not isinstance(canvas, Mapping):
        return
    kwargs, kind = canvas.get("kwargs") or {}, canvas.get("subtask_type")
    if kind in ("group", "chain", "chord"):
        for key in ("tasks", "header", "body"):
            yield from signatures(kwargs.get(key))
    else:
        yield canvas
    yield from carried(canvas.get("options") or {})


def carried(opts: Mapping[str, Any]) -> Iterator[Any]:
    """Every call that a call carries along for a worker to send later."""
    for key in _CARRIERS:
        yield from signatures(opts.get(key))


def check_call(app: Any, name: str, args: Any, kwargs: Any, opts: Mapping[str, Any]) -> None:
    """Complain of a call, and under strict of the calls that it carries along."""
    task = app._tasks.get(name)
    options.check_send(app, name, opts, task)
    if not app.strict or is_lenient():
        return
    _check_arguments(app, task, name, args, kwargs, opts)
    for part in carried(opts):
        _check_part(app, part, {})


def _check_part(app: Any, part: Any, overrides: Mapping[str, Any]) -> None:
    name, args, kwargs = part["task"], part.get("args"), part.get("kwargs")
    opts = {**(part.get("options") or {}), **overrides}
    task = app._tasks.get(name)
    settings.check_send_options(app, name, opts)
    options.check_send(app, name, opts, task)
    # The arguments of a partial call are moved by those that come before: their names are not known.
    _check_arguments(app, task if part.get("immutable") else None, name, args, kwargs, opts)
    exec_options = task._get_exec_options() if task is not None else {}
    app.amqp.router.route({**exec_options, **opts}, name, args, kwargs, task)


def _check_arguments(
    app: Any, task: Any, name: str, args: Any, kwargs: Any, opts: Mapping[str, Any]
) -> None:
    serializer = opts.get("serializer") or getattr(task, "serializer", None)
    if not name.startswith("celery.") and arguments.is_json(serializer or app.conf.task_serializer):
        arguments.check(task, name, args, kwargs)


def _is_strict(app: Any) -> bool:
    return bool(hasattr(app, "complaints") and app.strict and not is_lenient())


@functools.cache
def install() -> None:
    """Let a group of a strict app be checked before its first member is sent, and ``set`` where it is written."""
    plain_apply_async, plain_set = group.apply_async, Signature.set

    @functools.wraps(plain_apply_async)
    def apply_async(
        self: Any, args: Any = None, kwargs: Any = None, *more: Any, **opts: Any
    ) -> Any:
        if _is_strict(self.app) and not sent_by_celery():
            given = {key: value for key, value in opts.items() if value is not None}
            for member in self.tasks:
                for part in signatures(member):
                    _check_part(self.app, part, given if part is member else {})
        return plain_apply_async(self, args, kwargs, *more, **opts)

    @functools.wraps(plain_set)
    def set_(self: Any, immutable: Any = None, **opts: Any) -> Any:
        # Its app, if it has one: asking for the current one would make a default app at import.
        app = self._app
        if hasattr(app, "complaints") and self.subtask_type is None and not sent_by_celery():
            options.check_send(app, self.task, opts, app._tasks.get(self.task))
        return plain_set(self, immutable, **opts)

    group.apply_async, Signature.set = apply_async, set_
