"""What was sent: from the messages themselves, as they went to the broker."""

from __future__ import annotations

import base64
import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ParamSpec

from kombu.serialization import loads

from celery_safe import validation

if TYPE_CHECKING:
    from celery_safe.task import SafeTask
    from celery_safe.testing.memory import Broker

P = ParamSpec("P")


@dataclass(frozen=True)
class Sent:
    """One message that was published."""

    task: str
    id: str
    args: list[Any]
    kwargs: dict[str, Any]
    headers: dict[str, Any]
    queue: str

    def __str__(self) -> str:
        given = [*map(repr, self.args), *(f"{k}={v!r}" for k, v in self.kwargs.items())]
        return f"{self.task}({', '.join(given)})"


def messages(broker: Broker) -> list[Sent]:
    """Every task that was published, in order; a retry or a redelivered copy is one more."""
    found = []
    for payload in broker.published:
        headers, properties = payload["headers"], payload["properties"]
        if "task" not in headers:
            continue
        body: Any = payload["body"]
        if properties.get("body_encoding") == "base64":
            body = base64.b64decode(body)
        content: Any = loads(body, payload["content-type"], payload["content-encoding"])
        args, kwargs, _ = content
        found.append(
            Sent(headers["task"], headers["id"], list(args), dict(kwargs), headers,
                 properties["delivery_info"]["routing_key"])
        )  # fmt: skip
    return found


class AssertSent:
    """``assert_sent(task)``, ``assert_sent(task, 7, cc=None)``; gives the message back.

    Without arguments any call of the task will do; with some, one with just these, whether by place
    or by name, defaults filled in.
    """

    def __init__(self, broker: Broker) -> None:
        self._broker = broker

    def __call__(self, task: SafeTask[..., Any], *args: Any, **kwargs: Any) -> Sent:
        """The last message of ``task``, with these arguments if there are any.

        Raises:
            AssertionError: there is none; with what was sent instead.
        """
        found = self.all(task, *args, **kwargs)
        if not found:
            call = f"{task.name}(...)"
            if args or kwargs:
                call = str(Sent(task.name, "", list(args), kwargs, {}, ""))
            sent = "".join(f"\n  {message}" for message in messages(self._broker))
            raise AssertionError(f"{call} was not sent; what was:{sent or ' nothing'}")
        return found[-1]

    def all(self, task: SafeTask[..., Any], *args: Any, **kwargs: Any) -> list[Sent]:
        """All messages of ``task``, or those with these arguments."""
        own = [message for message in messages(self._broker) if message.task == task.name]
        if not args and not kwargs:
            return own
        wanted = _bound(task, args, kwargs)
        return [message for message in own if _bound(task, message.args, message.kwargs) == wanted]

    def never(self, task: SafeTask[..., Any], *args: Any, **kwargs: Any) -> None:
        """The opposite.

        Raises:
            AssertionError: it was sent.
        """
        found = self.all(task, *args, **kwargs)
        if found:
            raise AssertionError("was sent: " + ", ".join(map(str, found)))


def _bound(task: SafeTask[..., Any], args: Any, kwargs: Any) -> dict[str, Any]:
    checks = validation.of(task)
    if checks is not None:
        args, kwargs = checks.rebuild(args, kwargs)
    bound = inspect.signature(task.run).bind(*args, **kwargs)
    bound.apply_defaults()
    return dict(bound.arguments)
