"""Celery's task, signature and result as a type checker sees them under a SafeCelery.

Celery ships no types. What is here is what a project writes; the classes at run time are Celery's
own, and tests/unit/test_typed_surface.py fails when one of these names is not there.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Concatenate, Generic, overload

from typing_extensions import ParamSpec, Self, TypeVar, Unpack

from celery_safe.keywords import CallOptions
from celery_safe.result import SafeResult

_P = ParamSpec("_P", default=...)
_Q = ParamSpec("_Q")
_R = TypeVar("_R", default=Any, covariant=True)
_T = TypeVar("_T")

_A = TypeVar("_A")
_B = TypeVar("_B")
_C = TypeVar("_C")
_D = TypeVar("_D")
_E = TypeVar("_E")
_F = TypeVar("_F")
_G = TypeVar("_G")
_H = TypeVar("_H")

class Context:
    """The request of a running task: ``self.request``."""

    id: str | None
    args: list[Any] | None
    kwargs: dict[str, Any] | None
    retries: int
    is_eager: bool
    called_directly: bool
    root_id: str | None
    parent_id: str | None
    group: str | None
    group_index: int | None
    correlation_id: str | None
    reply_to: str | None
    hostname: str | None
    delivery_info: dict[str, Any] | None
    headers: dict[str, Any] | None
    properties: dict[str, Any] | None
    origin: str | None
    eta: str | None
    expires: str | None
    timelimit: tuple[float | None, float | None] | None
    shadow: str | None
    ignore_result: bool
    callbacks: list[Any] | None
    errbacks: list[Any] | None
    chain: list[Any] | None
    chord: Any
    children: list[Any]
    utc: bool | None
    stamped_headers: list[str] | None
    stamps: dict[str, Any] | None
    def get(self, key: str, default: Any = None) -> Any: ...

class Signature(Generic[_P, _R]):
    """A call that is not yet sent; ``_P`` is what it still lacks."""

    task: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    options: dict[str, Any]
    immutable: bool
    @property
    def name(self) -> str: ...
    def __call__(self, *args: _P.args, **kwargs: _P.kwargs) -> _R: ...
    def delay(self, *args: _P.args, **kwargs: _P.kwargs) -> SafeResult[_R]: ...
    @overload
    def apply_async(self: Signature[[], _T], **options: Unpack[CallOptions]) -> SafeResult[_T]: ...
    @overload
    def apply_async(
        self: Signature[[_A], _T], args: tuple[_A] | list[_A], **options: Unpack[CallOptions]
    ) -> SafeResult[_T]: ...
    def set(self, immutable: bool | None = None, **options: Unpack[CallOptions]) -> Self: ...
    def clone(self) -> Self: ...
    def link(self, callback: Signature[..., Any]) -> Any: ...
    def link_error(self, errback: Signature[..., Any]) -> Any: ...
    def on_error(self, errback: Signature[..., Any]) -> Self: ...
    def freeze(self) -> SafeResult[_R]: ...
    @overload
    def __or__(self, other: Signature[[], _T]) -> Signature[_P, _T]: ...
    @overload
    def __or__(self, other: Signature[[_R], _T]) -> Signature[_P, _T]: ...

class AsyncResult(Generic[_R]):
    """The result of a task; Celery's part of :class:`celery_safe.result.SafeResult`."""

    id: str
    backend: Any
    app: Any
    parent: SafeResult[Any] | None
    def __init__(
        self,
        id: str,
        backend: Any = None,
        task_name: str | None = None,
        app: Any = None,
        parent: Any = None,
    ) -> None: ...
    def get(
        self,
        timeout: float | None = None,
        propagate: bool = True,
        interval: float = 0.5,
        no_ack: bool = True,
        follow_parents: bool = True,
        callback: Callable[..., Any] | None = None,
        on_message: Callable[..., Any] | None = None,
        on_interval: Callable[..., Any] | None = None,
        disable_sync_subtasks: bool = True,
    ) -> _R: ...
    def ready(self) -> bool: ...
    def successful(self) -> bool: ...
    def failed(self) -> bool: ...
    def forget(self) -> None: ...
    def revoke(
        self,
        connection: Any = None,
        terminate: bool = False,
        signal: str | None = None,
        wait: bool = False,
        timeout: float | None = None,
    ) -> None: ...
    def maybe_throw(
        self, propagate: bool = True, callback: Callable[..., Any] | None = None
    ) -> str: ...
    def _maybe_reraise_parent_error(self) -> None: ...
    def _parents(self) -> Iterable[SafeResult[Any]]: ...
    @property
    def ignored(self) -> bool: ...
    @property
    def task_id(self) -> str: ...
    @property
    def result(self) -> Any: ...
    @property
    def info(self) -> Any: ...
    @property
    def state(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def traceback(self) -> str | None: ...
    @property
    def children(self) -> list[Any] | None: ...
    @property
    def name(self) -> str | None: ...
    @property
    def retries(self) -> int | None: ...
    @property
    def date_done(self) -> datetime | None: ...

class Task(Generic[_P, _R]):
    """A task, with the parameters ``_P`` and the result ``_R`` of its function."""

    abstract: bool
    name: str
    request: Context
    app: Any
    backend: Any
    max_retries: int | None
    default_retry_delay: float
    rate_limit: str | float | None
    ignore_result: bool | None
    serializer: str | None
    time_limit: float | None
    soft_time_limit: float | None
    acks_late: bool | None
    priority: int | None
    expires: float | datetime | None
    throws: tuple[type[BaseException], ...]
    track_started: bool | None
    typing: bool | None
    MaxRetriesExceededError: type[Exception]
    OperationalError: type[Exception]
    def run(self, *args: Any, **kwargs: Any) -> Any: ...
    def __call__(self, *args: _P.args, **kwargs: _P.kwargs) -> _R: ...
    def delay(self, *args: _P.args, **kwargs: _P.kwargs) -> SafeResult[_R]: ...
    def delay_on_commit(self, *args: _P.args, **kwargs: _P.kwargs) -> None: ...
    def si(self, *args: _P.args, **kwargs: _P.kwargs) -> Signature[[], _R]: ...
    @overload
    def s(  # type: ignore[overload-overlap]  # what is complete is not partial
        self, *args: _P.args, **kwargs: _P.kwargs
    ) -> Signature[[], _R]: ...
    @overload
    def s(
        self: Callable[Concatenate[_A, _Q], _T], *args: _Q.args, **kwargs: _Q.kwargs
    ) -> Signature[[_A], _T]: ...
    def signature(
        self,
        args: Sequence[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
        *,
        immutable: bool = False,
        **options: Unpack[CallOptions],
    ) -> Signature[..., _R]: ...
    def subtask(
        self,
        args: Sequence[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
        *,
        immutable: bool = False,
        **options: Unpack[CallOptions],
    ) -> Signature[..., _R]: ...
    # A tuple is checked member by member. A list and the values of keywords are each checked to be
    # of one of the parameters' types: Python's types know nothing of their lengths and keys.
    # fmt: off
    @overload
    def apply_async(self: Callable[[], object], args: tuple[()] | list[Any] | None = None, kwargs: None = None, **o: Unpack[CallOptions]) -> SafeResult[_R]: ...
    @overload
    def apply_async(self: Callable[[_A], object], args: tuple[_A] | list[_A], kwargs: None = None, **o: Unpack[CallOptions]) -> SafeResult[_R]: ...
    @overload
    def apply_async(self: Callable[[_A, _B], object], args: tuple[_A, _B] | list[_A | _B], kwargs: None = None, **o: Unpack[CallOptions]) -> SafeResult[_R]: ...
    @overload
    def apply_async(self: Callable[[_A, _B, _C], object], args: tuple[_A, _B, _C] | list[_A | _B | _C], kwargs: None = None, **o: Unpack[CallOptions]) -> SafeResult[_R]: ...
    @overload
    def apply_async(self: Callable[[_A, _B, _C, _D], object], args: tuple[_A, _B, _C, _D] | list[_A | _B | _C | _D], kwargs: None = None, **o: Unpack[CallOptions]) -> SafeResult[_R]: ...
    @overload
    def apply_async(self: Callable[[_A, _B, _C, _D, _E], object], args: tuple[_A, _B, _C, _D, _E] | list[_A | _B | _C | _D | _E], kwargs: None = None, **o: Unpack[CallOptions]) -> SafeResult[_R]: ...
    @overload
    def apply_async(self: Callable[[_A, _B, _C, _D, _E, _F], object], args: tuple[_A, _B, _C, _D, _E, _F] | list[_A | _B | _C | _D | _E | _F], kwargs: None = None, **o: Unpack[CallOptions]) -> SafeResult[_R]: ...
    @overload
    def apply_async(self: Callable[[_A, _B, _C, _D, _E, _F, _G], object], args: tuple[_A, _B, _C, _D, _E, _F, _G] | list[_A | _B | _C | _D | _E | _F | _G], kwargs: None = None, **o: Unpack[CallOptions]) -> SafeResult[_R]: ...
    @overload
    def apply_async(self: Callable[[_A, _B, _C, _D, _E, _F, _G, _H], object], args: tuple[_A, _B, _C, _D, _E, _F, _G, _H] | list[_A | _B | _C | _D | _E | _F | _G | _H], kwargs: None = None, **o: Unpack[CallOptions]) -> SafeResult[_R]: ...
    @overload
    def apply_async(self: Callable[[_A], object], args: tuple[()] | None = None, *, kwargs: Mapping[str, _A], **o: Unpack[CallOptions]) -> SafeResult[_R]: ...
    @overload
    def apply_async(self: Callable[[_A, _B], object], args: tuple[()] | None = None, *, kwargs: Mapping[str, _A | _B], **o: Unpack[CallOptions]) -> SafeResult[_R]: ...
    @overload
    def apply_async(self: Callable[[_A, _B, _C], object], args: tuple[()] | None = None, *, kwargs: Mapping[str, _A | _B | _C], **o: Unpack[CallOptions]) -> SafeResult[_R]: ...
    @overload
    def apply_async(self: Callable[[_A, _B, _C, _D], object], args: tuple[()] | None = None, *, kwargs: Mapping[str, _A | _B | _C | _D], **o: Unpack[CallOptions]) -> SafeResult[_R]: ...
    @overload
    def apply_async(self: Callable[[_A, _B, _C, _D, _E], object], args: tuple[()] | None = None, *, kwargs: Mapping[str, _A | _B | _C | _D | _E], **o: Unpack[CallOptions]) -> SafeResult[_R]: ...
    @overload
    def apply_async(self: Callable[[_A, _B, _C, _D, _E, _F], object], args: tuple[()] | None = None, *, kwargs: Mapping[str, _A | _B | _C | _D | _E | _F], **o: Unpack[CallOptions]) -> SafeResult[_R]: ...
    @overload
    def apply_async(self: Callable[[_A, _B, _C, _D, _E, _F, _G], object], args: tuple[()] | None = None, *, kwargs: Mapping[str, _A | _B | _C | _D | _E | _F | _G], **o: Unpack[CallOptions]) -> SafeResult[_R]: ...
    @overload
    def apply_async(self: Callable[[_A, _B, _C, _D, _E, _F, _G, _H], object], args: tuple[()] | None = None, *, kwargs: Mapping[str, _A | _B | _C | _D | _E | _F | _G | _H], **o: Unpack[CallOptions]) -> SafeResult[_R]: ...
    @overload
    def apply_async(self: Callable[Concatenate[_A, ...], object], args: tuple[_A] | list[_A], kwargs: Mapping[str, Any], **o: Unpack[CallOptions]) -> SafeResult[_R]: ...
    @overload
    def apply_async(self: Callable[Concatenate[_A, _B, ...], object], args: tuple[_A, _B] | list[_A | _B], kwargs: Mapping[str, Any], **o: Unpack[CallOptions]) -> SafeResult[_R]: ...
    @overload
    def apply_async(self: Callable[Concatenate[_A, _B, _C, ...], object], args: tuple[_A, _B, _C] | list[_A | _B | _C], kwargs: Mapping[str, Any], **o: Unpack[CallOptions]) -> SafeResult[_R]: ...
    @overload
    def apply_async(self: Callable[Concatenate[_A, _B, _C, _D, ...], object], args: tuple[_A, _B, _C, _D] | list[_A | _B | _C | _D], kwargs: Mapping[str, Any], **o: Unpack[CallOptions]) -> SafeResult[_R]: ...
    @overload
    def apply_async(self: Callable[Concatenate[_A, _B, _C, _D, _E, ...], object], args: tuple[_A, _B, _C, _D, _E] | list[_A | _B | _C | _D | _E], kwargs: Mapping[str, Any], **o: Unpack[CallOptions]) -> SafeResult[_R]: ...
    @overload
    def apply_async(self: Callable[Concatenate[_A, _B, _C, _D, _E, _F, ...], object], args: tuple[_A, _B, _C, _D, _E, _F] | list[_A | _B | _C | _D | _E | _F], kwargs: Mapping[str, Any], **o: Unpack[CallOptions]) -> SafeResult[_R]: ...
    @overload
    def apply_async(self: Callable[Concatenate[_A, _B, _C, _D, _E, _F, _G, ...], object], args: tuple[_A, _B, _C, _D, _E, _F, _G] | list[_A | _B | _C | _D | _E | _F | _G], kwargs: Mapping[str, Any], **o: Unpack[CallOptions]) -> SafeResult[_R]: ...
    @overload
    def apply_async(self: Callable[Concatenate[_A, _B, _C, _D, _E, _F, _G, _H, ...], object], args: tuple[_A, _B, _C, _D, _E, _F, _G, _H] | list[_A | _B | _C | _D | _E | _F | _G | _H], kwargs: Mapping[str, Any], **o: Unpack[CallOptions]) -> SafeResult[_R]: ...
    # fmt: on
    def apply_async_on_commit(
        self,
        args: Sequence[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
        **options: Unpack[CallOptions],
    ) -> None: ...
    def apply(
        self,
        args: Sequence[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
        **options: Unpack[CallOptions],
    ) -> SafeResult[_R]: ...
    def retry(
        self,
        args: Sequence[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
        exc: BaseException | None = None,
        throw: bool = True,
        max_retries: int | None = None,
        **options: Unpack[CallOptions],
    ) -> Exception:
        """Send the task again and raise ``Retry``; written as ``raise self.retry(...)``."""
    def replace(self, sig: Signature[..., Any]) -> Any: ...
    def add_to_chord(self, sig: Signature[..., Any], lazy: bool = False) -> Any: ...
    def chunks(self, it: Iterable[Any], n: int) -> Any: ...
    def map(self, it: Iterable[Any]) -> Any: ...
    def starmap(self, it: Iterable[Any]) -> Any: ...
    def update_state(
        self,
        task_id: str | None = None,
        state: str | None = None,
        meta: Any = None,
        **kwargs: Any,
    ) -> None: ...
    def send_event(self, type_: str, retry: bool = True, **fields: Any) -> None: ...
    def AsyncResult(self, task_id: str, **kwargs: Any) -> SafeResult[_R]: ...
    def shadow_name(self, args: Any, kwargs: Any, options: Any) -> str | None: ...
    def before_start(self, task_id: str, args: Any, kwargs: Any) -> None: ...
    def on_success(self, retval: Any, task_id: str, args: Any, kwargs: Any) -> None: ...
    def on_retry(
        self, exc: BaseException, task_id: str, args: Any, kwargs: Any, einfo: Any
    ) -> None: ...
    def on_failure(
        self, exc: BaseException, task_id: str, args: Any, kwargs: Any, einfo: Any
    ) -> None: ...
    def after_return(
        self, status: str, retval: Any, task_id: str, args: Any, kwargs: Any, einfo: Any
    ) -> None: ...
    def on_replace(self, sig: Signature[..., Any]) -> Any: ...
    @classmethod
    def on_bound(cls, app: Any) -> None: ...
    def _get_app(self) -> Any: ...
    def _get_exec_options(self) -> dict[str, Any]: ...
