"""The keywords of a call and of ``@app.task``, for type checkers and editors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypedDict

if TYPE_CHECKING:
    from celery_safe._celery import Signature


class CallOptions(TypedDict, total=False):
    """The options of one call; what is not here, Celery and the transports ignore."""

    countdown: float | None
    eta: datetime | None
    expires: float | datetime | None
    task_id: str | None
    queue: str | Any | None
    exchange: str | Any | None
    routing_key: str | None
    priority: int | None
    serializer: str | None
    compression: str | None
    headers: Mapping[str, Any] | None
    link: Signature[..., Any] | Sequence[Signature[..., Any]] | None
    link_error: Signature[..., Any] | Sequence[Signature[..., Any]] | None
    ignore_result: bool
    time_limit: float | None
    soft_time_limit: float | None
    retry: bool
    retry_policy: Mapping[str, Any] | None
    confirm_timeout: float | None
    delivery_mode: int | str | None
    shadow: str | None
    add_to_parent: bool
    reply_to: str | None
    root_id: str | None
    parent_id: str | None
    group_id: str | None
    group_index: int | None
    chord: Any
    producer: Any
    connection: Any
    stamped_headers: Sequence[str] | None
    idempotency_key: str | None
    ordering_key: str | None
    argsrepr: str
    kwargsrepr: str


class TaskOptions(TypedDict, total=False):
    """The options of ``@app.task``; a base class of your own may declare more, with ``base=``."""

    name: str
    typing: bool
    lazy: bool
    shared: bool
    filter: Callable[..., Any]
    autoretry_for: tuple[type[BaseException], ...]
    dont_autoretry_for: tuple[type[BaseException], ...]
    retry_kwargs: Mapping[str, Any]
    retry_backoff: bool | float
    retry_backoff_max: float
    retry_jitter: bool
    max_retries: int | None
    default_retry_delay: float
    max_worker_losses: int | None
    validate: bool
    rate_limit: str | float | None
    ignore_result: bool | None
    trail: bool
    send_events: bool
    store_errors_even_if_ignored: bool | None
    serializer: str | None
    time_limit: float | None
    soft_time_limit: float | None
    backend: Any
    track_started: bool | None
    acks_late: bool | None
    acks_on_failure_or_timeout: bool | None
    acks_on_failure: bool | None
    acks_on_timeout: bool | None
    reject_on_worker_lost: bool | None
    retry_on_worker_lost: bool | None
    throws: tuple[type[BaseException], ...]
    expires: float | datetime | None
    priority: int | None
    queue: str | None
    routing_key: str | None
    exchange: str | None
    resultrepr_maxsize: int
    Strategy: str
    Request: Any
    pydantic: bool
    pydantic_strict: bool | None
    pydantic_context: Mapping[str, Any] | None
    pydantic_dump_kwargs: Mapping[str, Any] | None
    before_start: Callable[..., None]
    on_success: Callable[..., None]
    on_retry: Callable[..., None]
    on_failure: Callable[..., None]
    after_return: Callable[..., None]
    on_replace: Callable[..., Any]
    shadow_name: Callable[..., str | None]
