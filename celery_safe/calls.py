"""The call that a message carries: its arguments, and what is embedded beside them."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from kombu.compression import decompress
from kombu.serialization import loads

from celery_safe.errors import Misfit
from celery_safe.message import Message


def call_of(message: Message) -> tuple[Any, Any, Any]:
    """Positional arguments, keyword arguments and what is embedded.

    Raises:
        Misfit: it cannot be read.
    """
    body = message.body
    try:
        if message.headers.get("compression"):
            body = decompress(body, message.headers["compression"])
        payload = loads(
            body, message.content_type, message.content_encoding, accept=["application/json"]
        )
        args, kwargs, embed = payload
    except Exception as error:
        raise Misfit(f"its body cannot be read ({message.content_type}): {error}") from error
    return args, kwargs, embed


def by_name(task: Any, args: Any, kwargs: Any) -> Mapping[str, Any]:
    """The arguments by the names of the task's parameters; without the task those that have a name.

    Args:
        task: the registered task, or None.
        args: positional arguments as they were delivered.
        kwargs: keyword arguments as they were delivered.
    """
    named: dict[str, Any] = dict(kwargs) if isinstance(kwargs, dict) else {}
    if task is None or not isinstance(args, list | tuple):
        return named
    try:
        bound = inspect.signature(task.run).bind_partial(*args)
    except (TypeError, ValueError):  # more than it takes, or no signature: it fails when it runs
        return named
    return {**bound.arguments, **named}
