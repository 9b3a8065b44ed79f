"""SafeCelery: a drop-in for ``celery.Celery`` with safe defaults below the user's configuration."""

from __future__ import annotations

import inspect
import warnings
from typing import Any

from celery import Celery
from celery.app.task import Task
from celery.utils.imports import gen_task_name

from celery_safe import broker, settings
from celery_safe.errors import AsyncTaskError, UnnamedTask, UnnamedTaskWarning


class SafeCelery(Celery):
    """A Celery app that does not lose a task when a worker dies.

    ``strict=True`` refuses an unnamed task, which is one warning by default. ``waive={"setting": "reason"}`` accepts a
    dangerous setting, with a written reason. Everything else is as in :class:`celery.Celery`.
    """

    def __init__(
        self,
        main: str | None = None,
        *args: Any,
        strict: bool = False,
        waive: dict[str, str] | None = None,
        **kwargs: Any,
    ) -> None:
        self.strict = bool(strict)
        self.waivers = settings.check_waivers(waive)
        broker.register()
        super().__init__(main, *args, **kwargs)
        if self.set_as_current:
            # @shared_task in a thread that did not make the app would use amqp://localhost otherwise.
            self.set_default()

    def __reduce_keys__(self) -> dict[str, Any]:
        return dict(super().__reduce_keys__(), strict=self.strict, waive=self.waivers)

    def on_init(self) -> None:
        """Put the defaults below every source of the user's configuration."""
        settings.install(self)

    def _load_config(self) -> Any:
        # Not in a receiver of on_after_configure: Celery logs and swallows what receivers raise.
        conf = super()._load_config()
        settings.check(self)
        return conf

    def finalize(self, auto: bool = False) -> None:
        """Finalize the app; refuse dangerous settings made since it was configured."""
        super().finalize(auto)
        if self.configured:
            settings.check(self)

    def send_task(self, name: str, *args: Any, **kwargs: Any) -> Any:
        """Send a task; every path, canvas included, comes by here."""
        settings.check(self)
        settings.check_send_options(self, name, kwargs)
        return super().send_task(name, *args, **kwargs)

    def task(self, *args: Any, **options: Any) -> Any:
        """Decorate a function as a task; a task without a name is one warning, or refused under strict."""
        fun = args[0] if args and callable(args[0]) else None
        if fun is not None:
            self._check_name(fun, options)
            return super().task(*args, **options)
        decorate = super().task(*args, **options)

        def named(fun: Any) -> Any:
            self._check_name(fun, options)
            return decorate(fun)

        return named

    def _check_name(self, fun: Any, options: dict[str, Any]) -> None:
        if options.get("name") is not None or not hasattr(fun, "__name__"):
            return
        name = gen_task_name(self, fun.__name__, fun.__module__)
        message = (
            f"task {fun.__module__}.{fun.__qualname__} has no explicit name: moving or renaming it breaks messages "
            f'in flight. Write @app.task(name="{name}"), the name that it has today'
        )
        if self.strict:
            raise UnnamedTask(message)
        warnings.warn(message, UnnamedTaskWarning, stacklevel=4)

    def _task_from_fun(
        self,
        fun: Any,
        name: str | None = None,
        base: Any = None,
        bind: bool = False,
        **options: Any,
    ) -> Any:
        if inspect.iscoroutinefunction(fun) or inspect.isasyncgenfunction(fun):
            overrides = base is not None and base.__call__ is not Task.__call__
            if not overrides:
                raise AsyncTaskError(
                    f"{fun.__module__}.{fun.__qualname__} is async: Celery would report it as succeeded without "
                    "running it. Make it a plain function that calls asyncio.run(...)"
                )
        name = name or self.gen_task_name(fun.__name__, fun.__module__)
        settings.check_task_options(self, name, options)
        task = super()._task_from_fun(fun, name=name, base=base, bind=bind, **options)
        settings.reconcile_limits(task, options)
        return task

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
