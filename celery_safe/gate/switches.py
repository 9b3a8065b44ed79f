"""The kill switch: tasks that must not run now, by name, queue, argument or beat entry."""

from __future__ import annotations

import functools
import json
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Literal, get_args

from celery_safe.beat import entry_of
from celery_safe.calls import by_name, call_of
from celery_safe.errors import Misfit, TaskDisabled
from celery_safe.gate.verdicts import Drop, Fail, Park, Verdict
from celery_safe.message import Message
from celery_safe.store._records import Records

if TYPE_CHECKING:
    from celery_safe.gate.gate import Gate

Mode = Literal["hold", "drop", "fail"]
MODES: tuple[Mode, ...] = get_args(Mode)
TOPIC = "switch"
AUDIT = "audit"
#: Seconds for which it is kept who switched what.
AUDIT_KEPT = 90 * 86400.0


@dataclass(frozen=True)
class Switch:
    """What is off. ``at`` and ``until`` are seconds since 1970.

    ``task``, ``queue`` and ``schedule`` (a beat entry's name) may hold ``*`` and ``?``; ``argument`` is
    ``name=value`` of a parameter, however it is passed. All that are given must fit.
    """

    mode: Mode
    reason: str
    who: str
    at: float
    task: str = "*"
    queue: str = "*"
    argument: str = ""
    until: float | None = None
    schedule: str = "*"

    @property
    def key(self) -> str:
        """What it is about; a second switch of the same takes its place."""
        parts = [self.task, self.queue, self.argument]
        return "|".join(parts if self.schedule == "*" else [*parts, self.schedule])

    def fits(self, task: str, queue: str, schedule: str | None, arguments: _Arguments) -> bool:
        """Whether it is about this message; its arguments are asked for only if they matter."""
        name, _, value = self.argument.partition("=")
        return (
            fnmatchcase(task, self.task)
            and fnmatchcase(queue, self.queue)
            and (self.schedule == "*" or fnmatchcase(schedule or "", self.schedule))
            and (not name or _says(arguments(), name, value))
        )

    def __str__(self) -> str:
        only = (("queue", self.queue), ("argument", self.argument), ("schedule", self.schedule))
        return self.task + "".join(f" {k}={v}" for k, v in only if v not in ("", "*"))


_Arguments = Callable[[], Mapping[str, Any]]


def _says(arguments: Mapping[str, Any], name: str, value: str) -> bool:
    """Whether the argument is ``value``, as text or as JSON: ``42``, ``true``, ``null``."""
    if name not in arguments:
        return False
    found = arguments[name]
    return str(found) == value or json.dumps(found, default=str) == value


def read(records: Records) -> list[Switch]:
    """All that are on."""
    return [Switch(**r.value) for r in records.read(TOPIC)]


def switch_off(records: Records, switch: Switch) -> None:
    """Disable tasks until the switch is removed or its time is up."""
    ttl = None if switch.until is None else max(switch.until - switch.at, 0.001)
    records.write(TOPIC, switch.key, asdict(switch), ttl)
    _audit(records, "disable", switch.who, asdict(switch))


def switch_on(records: Records, switches: list[Switch], who: str, reason: str = "") -> None:
    """Enable again; what was held is released by the workers, in order and paced."""
    records.erase(TOPIC, [s.key for s in switches])
    for switch in switches:
        _audit(records, "enable", who, {**asdict(switch), "reason": reason})


def _audit(records: Records, action: str, who: str, what: dict[str, Any]) -> None:
    key = f"{time.time():017.6f}-{uuid.uuid4().hex[:8]}"
    records.write(
        AUDIT, key, {**what, "action": action, "by": who, "done_at": time.time()}, AUDIT_KEPT
    )


def guard(request: Any, gate: Gate) -> Verdict | None:
    """Hold, drop or fail what is switched off."""
    if not gate.switches:
        return None
    queue, schedule = gate.queue_of(request), entry_of(request._message.headers)

    @functools.cache  # once for all switches
    def arguments() -> Mapping[str, Any]:
        return by_name(request.task, request.args, request.kwargs)

    for switch in gate.switches:
        if not switch.fits(request.name, queue, schedule, arguments):
            continue
        why = f"disabled by {switch.who}: {switch.reason}"
        if switch.mode == "hold":
            # Of a beat entry one message is enough: a night's worth of ticks must not run at dawn.
            once = None if schedule is None else f"{schedule}|{request.name}|{queue}"
            return Park("held", why, details={"switch": switch.key}, once=once)
        if switch.mode == "drop":
            return Drop(why)
        return Fail(TaskDisabled(f"task {request.name}[{request.id}] is {why}"), is_dead=False)
    return None


def is_off(switches: list[Switch], message: Message, task: Any) -> bool:
    """Whether a message on the shelf is still held back.

    Args:
        switches: those in force.
        message: it.
        task: the registered task, or None.
    """
    queue, schedule = message.routing_key, entry_of(message.headers)

    @functools.cache  # once for all switches
    def arguments() -> Mapping[str, Any]:
        try:
            args, kwargs, _ = call_of(message)
        except Misfit:
            return {}  # as at the gate: what cannot be read becomes no task
        return by_name(task, args, kwargs)

    return any(
        s.mode == "hold" and s.fits(message.task, queue, schedule, arguments) for s in switches
    )


def in_force(switches: list[Switch]) -> list[Switch]:
    """Those whose time is not up, by this host's clock; for when the store cannot be asked."""
    return [s for s in switches if s.until is None or s.until > time.time()]
