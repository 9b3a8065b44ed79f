"""How a function or a class becomes a task: its checks, and its signature for type checkers.

Touches a private part of Celery: ``_task_from_fun`` (``celery/app/base.py``), by which
``@shared_task`` comes as well; tests/unit/test_app.py fails when it moves.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Concatenate, Literal, ParamSpec, Protocol, TypeVar, overload

import celery
from celery import Celery

from celery_safe import aio, annotated, options, settings, transient, validation
from celery_safe.errors import AsyncTaskError, UnnamedTask, UnnamedTaskWarning
from celery_safe.notices import complain, is_third_party
from celery_safe.task import SafeTask

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from celery_safe.keywords import TaskOptions

P = ParamSpec("P")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)
B_co = TypeVar("B_co", bound="SafeTask[..., Any]", covariant=True)


class Decorate(Protocol):
    """``@app.task(...)``: the task has the function's parameters, and its result, awaited."""

    @overload
    def __call__(self, fun: Callable[P, Coroutine[Any, Any, R]], /) -> SafeTask[P, R]: ...
    @overload
    def __call__(self, fun: Callable[P, R], /) -> SafeTask[P, R]: ...


class DecorateBound(Protocol[B_co]):
    """``@app.task(bind=True, ...)``: the function's first parameter is the task itself."""

    @overload
    def __call__(
        self, fun: Callable[Concatenate[B_co, P], Coroutine[Any, Any, R]], /
    ) -> SafeTask[P, R]: ...
    @overload
    def __call__(self, fun: Callable[Concatenate[B_co, P], R], /) -> SafeTask[P, R]: ...


class _HasRun(Protocol[P, R_co]):
    """A task that is a class."""

    @property
    def run(self) -> Callable[P, R_co]: ...


class _TaskDecorator(Protocol):
    """Decorate a function as a task; it keeps its parameters and its result for type checkers."""

    @overload
    def __call__(self, fun: Callable[P, Coroutine[Any, Any, R]], /) -> SafeTask[P, R]: ...
    @overload
    def __call__(self, fun: Callable[P, R], /) -> SafeTask[P, R]: ...
    @overload
    def __call__(self, *, bind: Literal[False] = ..., **opts: Unpack[TaskOptions]) -> Decorate: ...
    @overload
    def __call__(
        self, *, bind: Literal[True], **opts: Unpack[TaskOptions]
    ) -> DecorateBound[SafeTask[..., Any]]: ...
    @overload
    def __call__(
        self, *, base: type[B_co], bind: Literal[True], **opts: Any
    ) -> DecorateBound[B_co]: ...
    @overload
    def __call__(self, *, base: type[Any], bind: Literal[False] = ..., **opts: Any) -> Decorate: ...


class Decorators(Celery):
    """The part of :class:`~celery_safe.app.SafeCelery` that makes tasks."""

    strict: bool
    complaints: set[Any]

    if TYPE_CHECKING:
        task: _TaskDecorator
    else:

        def task(self, *args: Any, **opts: Any) -> Any:
            """Decorate a function as a task.

            A task without a name and an unknown option are one warning each, or refused under strict.
            """
            fun = args[0] if args and callable(args[0]) else None
            if fun is not None:
                self._check_task(fun, opts)
                return super().task(*args, **opts)
            decorate = super().task(*args, **opts)

            def checked(fun: Any) -> Any:
                self._check_task(fun, opts)
                return decorate(fun)

            return checked

    def _check_task(self, fun: Any, opts: dict[str, Any]) -> None:
        """Complain of a decorated function, with the user's line on the stack."""
        if not hasattr(fun, "__name__"):
            return
        annotated.remember(fun)
        where = f"{fun.__module__}.{fun.__qualname__}"
        if aio.is_async_generator(fun):
            raise AsyncTaskError(aio.generator_message(fun))
        options.check_task(self, where, opts.get("base") or self.Task, opts, self.strict)
        if opts.get("name") is None:
            self._complain_of_no_name(fun, where, '@app.task(name="{}")', self.strict)

    def _complain_of_no_name(self, fun: Any, where: str, line: str, strict: bool) -> None:
        name = self.gen_task_name(fun.__name__, fun.__module__)
        complain(
            self,
            ("unnamed", where),
            f"task {where} has no explicit name: moving or renaming it breaks messages in flight. "
            f"Write {line.format(name)}, the name that it has today",
            UnnamedTask,
            UnnamedTaskWarning,
            strict=strict,
        )

    def _task_from_fun(
        self,
        fun: Any,
        name: str | None = None,
        base: Any = None,
        bind: bool = False,
        **opts: Any,
    ) -> Any:
        # @shared_task comes here directly, once for every app.
        where = f"{fun.__module__}.{getattr(fun, '__qualname__', fun)}"
        is_ours = not is_third_party(fun.__module__)
        options.check_task(self, where, base or self.Task, opts, self.strict and is_ours)
        if name is None and is_ours:
            self._complain_of_no_name(fun, where, '@shared_task(name="{}")', strict=False)
        if aio.is_async_generator(fun):
            fun = aio.never(fun)
        elif aio.is_async(fun) and not _runs_coroutines(base):
            fun = aio.synchronous(fun)
        name = name or self.gen_task_name(fun.__name__, fun.__module__)
        settings.check_task_options(self, name, base or self.Task, opts)
        task = super()._task_from_fun(fun, name=name, base=base, bind=bind, **opts)
        settings.reconcile_limits(task, opts)
        transient.retry_by_default(task, opts)
        transient.keep_retries(task)
        if not opts.get("pydantic"):  # Celery's own way
            validation.install(task, fun, skip_first=bind)
        return task

    @overload
    def register_task(
        self, task: type[_HasRun[P, Coroutine[Any, Any, R]]] | _HasRun[P, Coroutine[Any, Any, R]]
    ) -> SafeTask[P, R]: ...
    @overload
    def register_task(self, task: type[_HasRun[P, R]] | _HasRun[P, R]) -> SafeTask[P, R]: ...
    @overload
    def register_task(self, task: Any, **opts: Any) -> Any: ...
    def register_task(self, task: Any, **opts: Any) -> Any:
        """Register a task that is a class; what it gives back is typed by the class's ``run``."""
        task = task() if inspect.isclass(task) else task
        run = task.run
        if aio.is_async_generator(task.run):
            raise AsyncTaskError(aio.generator_message(task.run))
        cls = type(task)
        if not task.name and not is_third_party(cls.__module__):
            where = f"{cls.__module__}.{cls.__qualname__}"
            self._complain_of_no_name(cls, where, 'name = "{}" in the class', self.strict)
        if aio.is_async(task.run) and not _runs_coroutines(type(task)):
            task.run = aio.synchronous(task.run)
        task = super().register_task(task, **opts)
        settings.check_task_options(self, task.name, type(task), {})
        settings.reconcile_limits(task, vars(type(task)))
        transient.retry_by_default(task, {**vars(type(task)), **opts})
        transient.keep_retries(task)
        validation.install(task, run, skip_first=False)
        return task


def _runs_coroutines(base: Any) -> bool:
    """Whether somebody else awaits ``async def`` tasks: their base class, or a pool of theirs."""
    call = getattr(base, "__call__", None)  # noqa: B004 (of the class: is it `async def`?)
    return inspect.iscoroutinefunction(call) or bool(os.environ.get("CELERY_CUSTOM_WORKER_POOL"))


if TYPE_CHECKING:
    shared_task: _TaskDecorator
else:
    #: ``celery.shared_task``, typed: for code that does not know the app, as in a Django project.
    shared_task = celery.shared_task
