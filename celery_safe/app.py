"""SafeCelery: a drop-in for ``celery.Celery`` with safe defaults below the user's configuration.

Touches private parts of Celery: ``_load_config`` and ``_connection`` (``celery/app/base.py``);
tests/unit/test_app.py fails when they move.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Hashable
from typing import Any, Literal

from celery import Celery, current_task
from kombu.exceptions import EncodeError
from kombu.utils.imports import symbol_by_name

from celery_safe import (
    arguments,
    beat,
    broker,
    canvas,
    retention,
    schedules,
    settings,
    spelling,
    validation,
)  # fmt: skip
from celery_safe.decorators import Decorators
from celery_safe.errors import ArgumentError, NoStore
from celery_safe.notices import lenient, sent_by_celery
from celery_safe.outbox import keys, sending
from celery_safe.outbox.django import OnCommit
from celery_safe.outbox.later import later
from celery_safe.store import MessageStore
from celery_safe.task import SafeTask

#: Parameters of ``Celery.send_task`` after the arguments of the task.
_POSITIONAL = tuple(inspect.signature(Celery.send_task).parameters)[4:]


class SafeCelery(sending.Sends, Decorators):
    """A Celery app that does not lose a task when a worker dies.

    Everything is as in :class:`celery.Celery`, and these besides:

    Args:
        strict: refuse what is one warning by default: an unnamed task at its decoration, an unknown
            option where it is given, an undeclared queue before anything is published, an argument
            that JSON would silently change.
        waive: accept a dangerous setting, each with a written reason:
            ``waive={"accept_content": "legacy producer until Q3"}``.
        store: a message store, or a function that makes it when it is first used: what is not in
            the broker is kept there, and the worker's gate works by it.
        relay: ``"worker"`` lets each worker move the outbox, so that no process more is needed;
            None leaves that to ``celery-safe relay``.

    Raises:
        UnsafeSetting: when it is configured, for a dangerous setting that is not waived.
        WaiverError: for a waiver without a reason, or of what is no dangerous setting.
        TypeError: for a keyword that is neither ours nor a setting of Celery.
    """

    amqp_cls = "celery_safe.queues:SafeAMQP"

    #: Queues that are declared or the default one; known after the first use of ``app.amqp``.
    declared_queues: frozenset[str] = frozenset()

    def __init__(
        self,
        main: str | None = None,
        *args: Any,
        strict: bool = False,
        waive: dict[str, str] | None = None,
        store: MessageStore | Callable[[], MessageStore] | None = None,
        relay: Literal["worker"] | None = None,
        **kwargs: Any,
    ) -> None:
        self._relay = sending.check_relay(relay, store)
        self.strict = bool(strict)
        self._store = store
        self.waivers = settings.check_waivers(waive)
        self.complaints: set[Hashable] = set()
        #: What :func:`celery_safe.schedule` has given to beat, by the entry's name.
        self.scheduled: dict[str, schedules.Scheduled] = {}
        self.checked: Any = None
        self._finalize_error: BaseException | None = None
        spelling.check_keywords(kwargs, inspect.signature(Celery.__init__).parameters)
        broker.register()
        canvas.install()
        beat.install()
        super().__init__(main, *args, **kwargs)
        if store is not None:
            self.steps["consumer"].add("celery_safe.gate.step:GateStep")
            self.steps["consumer"].add("celery_safe.gate.dropped:DroppedStep")
            self.steps["consumer"].add("celery_safe.metrics:MetricsStep")
        if relay == "worker":
            self.steps["consumer"].add("celery_safe.relay.step:RelayStep")
        if self.set_as_current:
            # @shared_task in a thread that did not make the app would use amqp://localhost otherwise.
            self.set_default()

    def __reduce_keys__(self) -> dict[str, Any]:
        ours = {"strict": self.strict, "waive": self.waivers, "store": self._store}
        return {**super().__reduce_keys__(), **ours, "relay": self._relay}

    @property
    def store(self) -> MessageStore:
        """The message store.

        Raises:
            NoStore: the app has none.
            BadSetting: ``safe_store_retention`` cannot be read.
        """
        if self._store is None:
            raise NoStore(
                f"app {self.main!r} has no message store: SafeCelery(..., store=RedisStore(client)) "
                "or SQLAlchemyStore(engine), see docs/how-to/use-a-store.md"
            )
        retention.parsed(self.conf.get("safe_store_retention"))
        if not isinstance(self._store, MessageStore):
            self._store = self._store()
        return self._store

    def on_init(self) -> None:
        """Put the defaults below every source of the user's configuration."""
        settings.install(self)

    def create_task_cls(self) -> Any:
        """The base of tasks without one of their own.

        Not by ``task_cls``: with that set, Django's fixup would not put its own there.
        """
        below: Any = symbol_by_name(self.task_cls)
        more = (OnCommit,) if hasattr(below, "delay_on_commit") else ()
        is_ours = issubclass(below, SafeTask)
        cls = below if is_ours else type("SafeTask", (*more, SafeTask, below), {})
        return self.subclass_with_self(
            cls, name="Task", attribute="_app", keep_reduce=True, abstract=True
        )

    def config_from_object(self, obj: Any, *args: Any, **kwargs: Any) -> Any:
        """Read the configuration from an object, a module's name, or a :class:`SafeSettings`."""
        to_celery = getattr(type(obj), "to_celery", None)
        return super().config_from_object(to_celery(obj) if to_celery else obj, *args, **kwargs)

    def _load_config(self) -> Any:
        # Not in a receiver of on_after_configure: Celery logs and swallows what receivers raise.
        conf = super()._load_config()
        settings.check(self)
        return conf

    def finalize(self, auto: bool = False) -> None:
        """Finalize the app; refuse dangerous settings made since it was configured."""
        if self._finalize_error is not None:
            # Celery marks itself as finalized first, so a second try would pass with half the tasks.
            raise self._finalize_error
        try:
            super().finalize(auto)
            schedules.install(self)
        except Exception as error:
            self._finalize_error = error
            raise
        if self.configured:
            settings.check(self)

    @functools.wraps(Celery.send_task)
    def send_task(
        self, name: str, args: Any = None, kwargs: Any = None, *more: Any, **opts: Any
    ) -> Any:
        """Send a task; every path, canvas included, comes by here."""
        settings.check_again(self)
        settings.check_send_options(self, name, opts)
        if later(self, opts) is None:
            settings.check_delay(self, name, opts)
        settings.reconcile_call(self, self._tasks.get(name), opts)
        opts.setdefault("confirm_timeout", self.conf.get("safe_confirm_timeout"))
        args, kwargs = self._plain(name, args, kwargs, opts)
        beat.mark(opts)
        opts.update(zip(_POSITIONAL, more, strict=False))
        send = functools.partial(super().send_task, name, args, kwargs)
        if self.strict and self._must_go_out(opts):
            with lenient():
                return self._send(send, name, args, kwargs, opts)
        return self._send(send, name, args, kwargs, opts)

    def _plain(self, name: str, args: Any, kwargs: Any, opts: dict[str, Any]) -> tuple[Any, Any]:
        """What goes over the wire for the arguments, checked against the task's annotations."""
        checks = validation.of(self._tasks.get(name))
        if checks is None:
            return args, kwargs
        try:
            return checks.dump(args, kwargs)
        except ArgumentError:
            if not self._must_go_out(opts):
                raise
            return args, kwargs  # the task fails where it runs; refused here it would be dropped

    def _must_go_out(self, opts: dict[str, Any]) -> bool:
        """Whether the running task is being sent again, or a worker sends what follows on a task."""
        task = current_task
        is_retry = opts.get("retries") and task and task.request.id == opts.get("task_id")
        return bool(is_retry) or sent_by_celery()

    def _send(
        self, send: Callable[..., Any], name: str, args: Any, kwargs: Any, opts: dict[str, Any]
    ) -> Any:
        canvas.check_call(self, name, args, kwargs, opts)
        is_urgent = bool(opts.get("retries"))
        key, order = opts.pop("idempotency_key", None), opts.pop("ordering_key", None)
        try:
            if not self._must_go_out(opts):
                keys.check_carried(name, opts)
                go = functools.partial(sending.send, self, send, is_urgent=is_urgent, order=order)
                if order is not None:
                    sending.check_order(self, name, order, opts)
                return go(opts) if key is None else keys.once(self, name, key, opts, go)
            return sending.send(self, send, opts, is_urgent)
        except EncodeError as error:
            explained = arguments.explain(self._tasks.get(name), name, args, kwargs, opts)
            if explained is None:
                raise
            raise explained from error

    def _connection(self, url: Any, **kwargs: Any) -> Any:
        kwargs["transport_options"] = settings.transport_options(
            self,
            str(url or self.conf.broker_url or "amqp").partition(":")[0],
            {
                **(self.conf.broker_transport_options or {}),
                **(kwargs.get("transport_options") or {}),
            },
        )
        return super()._connection(url, **kwargs)

    @property
    def Worker(self) -> Any:
        """The worker class, with our settings for gossip and mingle."""
        return self.subclass_with_self("celery_safe.gate.worker:SafeWorker", name="Worker")
