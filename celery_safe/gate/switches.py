"""The kill switch: tasks that must not run now, by name, queue or argument."""

from __future__ import annotations

import getpass
import socket
import time
import uuid
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Literal, get_args

from celery_safe.errors import TaskDisabled
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

    ``task`` and ``queue`` may hold ``*`` and ``?``; ``argument`` is ``name=value`` of a keyword argument.
    All that are given must fit.
    """

    mode: Mode
    reason: str
    who: str
    at: float
    task: str = "*"
    queue: str = "*"
    argument: str = ""
    until: float | None = None

    @property
    def key(self) -> str:
        """What it is about; a second switch of the same takes its place."""
        return "|".join([self.task, self.queue, self.argument])

    def fits(self, task: str, queue: str, kwargs: Any) -> bool:
        """Whether it is about this message."""
        name, _, value = self.argument.partition("=")
        return (
            fnmatchcase(task, self.task)
            and fnmatchcase(queue, self.queue)
            and (not name or (isinstance(kwargs, dict) and str(kwargs.get(name)) == value))
        )


def me() -> str:
    """Who switches, for the audit."""
    return f"{getpass.getuser()}@{socket.gethostname()}"


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
    records.write(AUDIT, key, {"action": action, "by": who, **what}, AUDIT_KEPT)


def guard(request: Any, gate: Gate) -> Verdict | None:
    """Hold, drop or fail what is switched off."""
    if not gate.switches:
        return None
    queue = gate.queue_of(request)
    for switch in gate.switches:
        if not switch.fits(request.name, queue, request.kwargs if switch.argument else None):
            continue
        why = f"disabled by {switch.who}: {switch.reason}"
        if switch.mode == "hold":
            return Park("held", why, details={"switch": switch.key})
        if switch.mode == "drop":
            return Drop(why)
        return Fail(TaskDisabled(f"task {request.name}[{request.id}] is {why}"), is_dead=False)
    return None


def is_off(switches: list[Switch], message: Message) -> bool:
    """Whether a message on the shelf is still switched off; its arguments are not read again."""
    queue = message.routing_key
    return any(
        s.mode == "hold" and fnmatchcase(message.task, s.task) and fnmatchcase(queue, s.queue)
        for s in switches
    )
