"""Options that Celery swallows: unknown ones of a task's decorator and of a call.

Celery makes every unknown decorator option an attribute of the task, and hands every unknown
option of ``apply_async`` to the transport, which drops it: a typo is silent in both.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from functools import cache
from typing import Any

from celery import Celery
from celery.app.amqp import AMQP
from celery.app.task import Context, Task, extract_exec_options
from kombu.messaging import Producer

from celery_safe.errors import UnknownOption, UnknownOptionWarning
from celery_safe.notices import complain, nearest

#: Read by Celery from the options themselves, without being attributes of Task
#: (``Celery.task``, ``_task_from_fun``, ``add_autoretry_behaviour``, ``shared_task``).
_READ_BY_CELERY = frozenset(
    {
        "name", "base", "bind", "lazy", "shared", "filter", "fun",
        "autoretry_for", "dont_autoretry_for", "retry_kwargs", "retry_backoff",
        "retry_backoff_max", "retry_jitter", "override_max_retries",
        "max_worker_losses", "validate",
        "pydantic", "pydantic_strict", "pydantic_context", "pydantic_dump_kwargs",
    }
)  # fmt: skip

#: Names that have no meaning as a task option but are attributes of the class.
_NO_OPTIONS = frozenset({"app", "request", "run", "delay", "apply_async", "apply", "retry", "bind"})

#: Properties of AMQP's basic class, and what other transports read from the properties.
_PROPERTIES = frozenset(
    {
        "app_id", "cluster_id", "content_encoding", "content_type", "correlation_id",
        "expiration", "message_id", "timestamp", "type", "user_id",
        "MessageGroupId", "MessageDeduplicationId", "MessageAttributes", "message_attributes",
        "DelaySeconds", "ordering_key", "partition_key", "key",
    }
)  # fmt: skip

#: What canvas and retries pass along (``Context.as_execution_options``, ``celery/canvas.py``).
_PASSED_ALONG = frozenset(
    {"origin", "ignore_result", "stamped_headers", "stamps", "task_type", "immutable",
     "max_retries", "interval", "propagate", "eager", "throw", "queue", "exchange_type", "timeout",
     "confirm_timeout", "immediate", "mandatory", "argsrepr", "kwargsrepr", "create_sent_event", "delivery_info", "replaced_task_nesting", "reject_on_worker_lost"}
)  # fmt: skip


#: Read by SafeCelery itself.
_OURS = frozenset({"idempotency_key", "ordering_key"})


def _parameters(function: Any) -> set[str]:
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    found = inspect.signature(function).parameters.values()
    return {p.name for p in found if p.kind in kinds} - {"self"}


@cache
def send_options() -> frozenset[str]:
    """Every option of a call that means something to SafeCelery, this Celery or kombu."""
    return celery_send_options() | _OURS


@cache
def celery_send_options() -> frozenset[str]:
    """Those that mean something without SafeCelery too."""
    found = {*_PROPERTIES, *_PASSED_ALONG, *extract_exec_options(object())}
    functions = [Task.apply_async, Celery.send_task, AMQP.as_task_v2, Producer.publish]
    functions += [f for n in ("as_task_v1",) if (f := getattr(AMQP, n, None)) is not None]
    for function in functions:
        found |= _parameters(function)
    found |= set(Context().as_execution_options())
    return frozenset(found - {"body", "name"})


@cache
def task_options(base: type) -> frozenset[str]:
    """Every option of a task whose class is ``base``: its public attributes, and Celery's own words.

    A library that reads an option of its own declares it on its base class, as ``once`` of
    celery-once.
    """
    public = {name for name in dir(base) if not name.startswith("_")}
    sent_with = set(extract_exec_options(object()))  # read off the task at each call
    return frozenset((public - _NO_OPTIONS) | _READ_BY_CELERY | sent_with)


def check_task(app: Any, where: str, base: Any, options: Mapping[str, Any], strict: bool) -> None:
    """Complain of every option in ``options`` that nothing reads; ``where`` names the function."""
    known = task_options(base if isinstance(base, type) else type(base))
    for name in options:
        if name in known or name.startswith("_"):
            continue
        complain(
            app,
            ("task option", where, name),
            f"task {where}: Celery knows no task option {name!r} and only makes it an attribute"
            f"{nearest(name, known)}{_declare(name, known)}",
            UnknownOption,
            UnknownOptionWarning,
            strict=strict,
        )


def _declare(name: str, known: frozenset[str]) -> str:
    if nearest(name, known):
        return ""
    return f"; if your code reads it, write `{name} = None` in the task's base class"


@cache
def _declared(base: type) -> frozenset[str]:
    """Options that a base class declares beyond Celery's own, as ``once`` of celery-once."""
    return task_options(base) - task_options(Task)


def check_send(app: Any, name: str, options: Mapping[str, Any], task: Any = None) -> None:
    """Complain of every option of a call that neither Celery nor the transport reads.

    Args:
        app: a SafeCelery.
        name: the task's name.
        options: those of the call.
        task: the task, if it is registered here; its base class may read options of its own.
    """
    known = send_options()
    unknown = options.keys() - known - set(options.get("stamped_headers") or ())
    if unknown and task is not None:
        unknown -= _declared(type(task).__mro__[1])  # the first class holds the task's own options
    for option in sorted(unknown):
        complain(
            app,
            ("send option", name, option),
            f"call of {name}: Celery knows no option {option!r} and ignores it"
            f"{nearest(option, known)}"
            + ("" if nearest(option, known) else f"; data of your own goes into headers={{{option!r}: ...}}"),
            UnknownOption,
            UnknownOptionWarning,
        )  # fmt: skip
